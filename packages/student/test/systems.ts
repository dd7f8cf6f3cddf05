import { type Atoms, createAtoms, Rng } from '@mlffd/core';
import {
  initializeParameters,
  type PainnConfig,
  type Student,
  type StudentConfig,
} from '../src/index.ts';

export const SMALL: PainnConfig = {
  features: 16,
  interactions: 2,
  radialBasis: { type: 'bessel', count: 8 },
  cutoff: 5,
  cutoffFunction: 'polynomial',
};

/** A student with random weights and made-up reference energies for H, C, N, O. */
export function randomStudent(config: StudentConfig = SMALL, seed = 1): Student {
  const energies = new Float64Array((config.maxAtomicNumber ?? 99) + 1);
  energies.set([-13.6], 1);
  energies.set([-1029.1, -1485.3, -2042.6], 6);
  return {
    config,
    parameters: initializeParameters(config, seed),
    baseline: { energies, scale: 0.7, elements: [1, 6, 7, 8] },
    provenance: { seed, note: 'random weights' },
  };
}

export function water(): Atoms {
  return createAtoms({
    symbols: ['O', 'H', 'H'],
    positions: [
      [0, 0, 0.1173],
      [0.1, 0.7572, -0.4692],
      [0, -0.7572, -0.4692],
    ],
  });
}

/** N atoms of H, C, N, O on a jittered periodic grid, 0.08 atoms per cubic Angstrom. */
export function box(atoms: number, seed = 1, pbc: boolean | boolean[] = true): Atoms {
  const rng = new Rng(seed, 'box');
  const side = Math.ceil(Math.cbrt(atoms));
  const edge = Math.cbrt(atoms / 0.08);
  const step = edge / side;
  const numbers = [];
  const positions = [];
  for (let k = 0; k < atoms; k++) {
    const site = [k % side, Math.floor(k / side) % side, Math.floor(k / side / side)];
    numbers.push([1, 6, 7, 8][rng.integer(4)]);
    positions.push(site.map((n) => step * n + 0.3 * (2 * rng.uniform() - 1)));
  }
  return createAtoms({ numbers, positions, cell: [edge, edge, edge], pbc });
}

/** Largest absolute difference. */
export function worst(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  return Array.from(found).reduce(
    (max, value, k) => Math.max(max, Math.abs(value - expected[k])),
    0,
  );
}
