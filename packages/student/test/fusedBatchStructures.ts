import { type Atoms, createAtoms, type Property, Rng } from '@mlffd/core';
import { box, water } from './systems.ts';

/** All that a student gives. */
export const EVERYTHING: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];

/** A molecule of some atoms, none at the place of another, in a cell that gives it a volume. */
export function molecule(atoms: number, seed: number): Atoms {
  const rng = new Rng(seed, 'molecule');
  const numbers = [];
  const positions = [];
  for (let k = 0; k < atoms; k++) {
    numbers.push([1, 6, 7, 8][rng.integer(4)]);
    const site = [k % 3, Math.floor(k / 3) % 3, Math.floor(k / 9)];
    positions.push(site.map((n) => 1.4 * n + 0.4 * rng.uniform()));
  }
  return createAtoms({ numbers, positions, cell: [20, 21, 22] });
}

/** A crystal of few atoms, whose images within the cutoff are many, in a skewed cell. */
export function skewed(atoms: number, seed: number, pbc: boolean[]): Atoms {
  const rng = new Rng(seed, 'skewed');
  const numbers = Array.from({ length: atoms }, () => [1, 6, 7, 8][rng.integer(4)]);
  const positions = numbers.map((_, k) => [1.3 * k, 1.3 * (k % 2), rng.uniform()]);
  const cell = [
    [1.3 * atoms + 0.4, 0.3, 0],
    [0.5, 3.1, 0.2],
    [-0.4, 0.6, 2.9],
  ];
  return createAtoms({ numbers, positions, cell, pbc });
}

/** Structures of all kinds: many sizes, all periodicities, different cells, one atom, far atoms. */
export function mixture(): Atoms[] {
  const lonely = createAtoms({ numbers: [8], positions: [[3, 4, 5]], cell: [9, 9, 9] });
  const apart = createAtoms({
    numbers: [1, 7],
    positions: [
      [0, 0, 0],
      [40, 0, 0],
    ],
    cell: [50, 50, 50],
  });
  return [
    molecule(5, 1),
    skewed(2, 1, [true, true, true]),
    lonely,
    molecule(21, 2),
    skewed(3, 2, [true, false, true]),
    { ...water(), cell: Float64Array.of(8, 0, 0, 0, 8, 0, 0, 0, 8) },
    box(12, 3),
    apart,
    skewed(4, 3, [false, true, false]),
    // More than are computed at once, periodic and not.
    box(60, 4),
    molecule(50, 5),
    molecule(70, 6),
    ...Array.from({ length: 12 }, (_, k) => molecule(1 + (k % 7), 10 + k)),
  ];
}
