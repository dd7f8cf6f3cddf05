import { COVALENT_RADII } from '@mlffd/core';

/**
 * Electronegativity of Pauling, by atomic number from hydrogen on: W. M. Haynes (ed.), CRC Handbook of
 * Chemistry and Physics, 95th edition, 9-98. Helium, neon and argon, which it leaves out, have the
 * values of Allen (J. Am. Chem. Soc. 111, 9003, 1989).
 */
const ELECTRONEGATIVITY: readonly number[] = [
  2.2, 4.16, 0.98, 1.57, 2.04, 2.55, 3.04, 3.44, 3.98, 4.79, 0.93, 1.31, 1.61, 1.9, 2.19, 2.58,
  3.16, 3.24, 0.82, 1, 1.36, 1.54, 1.63, 1.66, 1.55, 1.83, 1.88, 1.91, 1.9, 1.65, 1.81, 2.01, 2.18,
  2.55, 2.96, 3, 0.82, 0.95, 1.22, 1.33, 1.6, 2.16, 1.9, 2.2, 2.28, 2.2, 1.93, 1.69, 1.78, 1.96,
  2.05, 2.1, 2.66, 2.6, 0.79, 0.89, 1.1, 1.12, 1.13, 1.14, 1.13, 1.17, 1.2, 1.2, 1.1, 1.22, 1.23,
  1.24, 1.25, 1.1, 1.27, 1.3, 1.5, 2.36, 1.9, 2.2, 2.2, 2.28, 2.54, 2, 1.62, 2.33, 2.02, 2, 2.2,
  2.2, 0.7, 0.9, 1.1, 1.3, 1.5, 1.38, 1.36, 1.28, 1.3,
];

/** From curium on nobody has measured it; the actinides before are all near this. */
const UNKNOWN_ELECTRONEGATIVITY = 1.3;

/** Radius of elements that nobody has measured, Angstrom. */
const UNKNOWN_RADIUS = 1.5;

/** Last atomic number of each period. */
const PERIOD_ENDS = [2, 10, 18, 36, 54, 86, 118] as const;

/** How many numbers describe an element. */
export const TRAIT_COUNT = 4;

/**
 * What distinguishes an element, as numbers of order one: electronegativity, covalent radius, period
 * and place in the period. Similar elements get similar numbers, which one-hot vectors do not give.
 */
export function elementTraits(z: number): readonly [number, number, number, number] {
  const period = PERIOD_ENDS.findIndex((end) => z <= end);
  const start = period === 0 ? 0 : PERIOD_ENDS[period - 1];
  const place = (z - start) / (PERIOD_ENDS[period] - start);
  const chi = ELECTRONEGATIVITY.at(z - 1) ?? UNKNOWN_ELECTRONEGATIVITY;
  return [(chi - 2.1) / 0.8, (covalentRadius(z) - 1.2) / 0.45, (period - 2) / 2, 2 * place - 1];
}

/** Covalent radius, Angstrom, with a stand-in where none is known. */
export function covalentRadius(z: number): number {
  const radius = COVALENT_RADII[z];
  return Number.isNaN(radius) ? UNKNOWN_RADIUS : radius;
}
