import { type Atoms, createAtoms } from '@mlffd/core';

/** Angstrom. */
const WATER_BOND = 0.9572;
/** Degrees. */
const WATER_ANGLE = 104.52;
/** Angstrom. */
const METHANE_BOND = 1.087;

/** One water molecule at the equilibrium of the gas: Benedict, Gailar, Plyler, J. Chem. Phys. 24, 1139 (1956). */
export function water(): Atoms {
  const half = ((WATER_ANGLE / 2) * Math.PI) / 180;
  const [x, z] = [WATER_BOND * Math.sin(half), WATER_BOND * Math.cos(half)];
  return createAtoms({ symbols: ['O', 'H', 'H'], positions: [0, 0, 0, x, 0, z, -x, 0, z] });
}

/** One methane molecule at equilibrium: Hirota, J. Mol. Spectrosc. 77, 213 (1979). */
export function methane(): Atoms {
  const a = METHANE_BOND / Math.sqrt(3);
  return createAtoms({
    symbols: ['C', 'H', 'H', 'H', 'H'],
    positions: [0, 0, 0, a, a, a, a, -a, -a, -a, a, -a, -a, -a, a],
  });
}

/**
 * Alanine dipeptide (N-acetyl-L-alanine-N'-methylamide) at a minimum of GFN2-xTB; made by
 * tooling/python/data/alanine_dipeptide.py. Symbol, then Angstrom.
 */
const ALANINE_DIPEPTIDE = [
  ['C', -0.0422, 3.3589, 1.3786],
  ['C', -0.7883, 2.1665, 0.8191],
  ['O', -1.9918, 2.027, 0.8864],
  ['N', 0.0139, 1.265, 0.2104],
  ['C', -0.474, 0.0064, -0.298],
  ['C', -0.7418, 0.0914, -1.8066],
  ['C', 0.596, -1.0534, -0.0242],
  ['O', 1.7485, -0.7528, 0.2138],
  ['N', 0.1522, -2.3211, -0.1013],
  ['C', 1.014, -3.4638, 0.0845],
  ['H', 0.511, 3.8578, 0.5865],
  ['H', 0.66, 3.0308, 2.1417],
  ['H', -0.7519, 4.0539, 1.8171],
  ['H', 1.0216, 1.3376, 0.2579],
  ['H', -1.4069, -0.2287, 0.2283],
  ['H', 0.1768, 0.3414, -2.3327],
  ['H', -1.4786, 0.8679, -1.995],
  ['H', -1.1204, -0.8535, -2.1878],
  ['H', -0.8242, -2.494, -0.2786],
  ['H', 1.0235, -4.0887, -0.8102],
  ['H', 0.6851, -4.0614, 0.9364],
  ['H', 2.0177, -3.0874, 0.2736],
] as const;

/** One molecule of alanine dipeptide. */
export function alanineDipeptide(): Atoms {
  return createAtoms({
    symbols: ALANINE_DIPEPTIDE.map(([symbol]) => symbol),
    positions: ALANINE_DIPEPTIDE.map(([, x, y, z]) => [x, y, z]),
  });
}
