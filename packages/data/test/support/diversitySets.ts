import { createAtoms, randomRotation, Rng, transformRows, withPositions } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { fcc, perturbedSet, rocksalt } from '../../src/index.ts';
import type { LabelledStructure, Structure } from '../../src/index.ts';
import { PairPotential } from './pairPotential.ts';

/** A rotation, row by row, by seed. */
export function rotationOf(seed: number): Float64Array {
  return randomRotation(new Rng(seed, 'rotation'));
}

/** The structure rotated, shifted, and with its atoms in another order. */
export function transformed(
  atoms: Atoms,
  change: { rotation?: Float64Array; shift?: readonly number[]; shuffle?: number },
): Atoms {
  const { rotation = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), shift = [0, 0, 0] } = change;
  // transformRows takes row vectors: the transpose of the rotation.
  const transpose = rotation.map((_, k) => rotation[3 * (k % 3) + Math.floor(k / 3)]);
  const positions = transformRows(atoms.positions, transpose).map((x, k) => x + shift[k % 3]);
  const moved = withPositions(atoms, positions, transformRows(atoms.cell, transpose));
  if (change.shuffle === undefined) return moved;
  const order = new Rng(change.shuffle, 'order').shuffle(Array.from(atoms.numbers, (_, k) => k));
  return createAtoms({
    numbers: order.map((k) => atoms.numbers[k]),
    positions: order.flatMap((k) => [...positions.subarray(3 * k, 3 * k + 3)]),
    cell: moved.cell,
    pbc: atoms.pbc,
  });
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = a.length === b.length ? 0 : Infinity;
  for (let k = 0; k < a.length; k++) most = Math.max(most, Math.abs(a[k] - b[k]));
  return most;
}

const calculator = new PairPotential();

/** Labels of a pair potential, with a reference energy that grows with the atomic number. */
function labelled({ atoms, meta }: Structure): LabelledStructure {
  const {
    energy = 0,
    forces,
    stress,
  } = calculator.calculate(
    atoms,
    atoms.pbc.every(Boolean) ? ['energy', 'forces', 'stress'] : ['energy', 'forces'],
  );
  const reference = atoms.numbers.reduce((sum, z) => sum - 2 * z, 0);
  return {
    atoms,
    meta,
    energy: energy + reference,
    ...(forces === undefined ? {} : { forces }),
    ...(stress === undefined ? {} : { stress }),
  };
}

/** Crystals of several compounds, rattled and strained, some of them at temperatures. */
export function diverseSet(count: number): LabelledStructure[] {
  const parents = [
    { id: 'MgO', atoms: rocksalt(['Mg', 'O'], 4.2) },
    { id: 'CaS', atoms: rocksalt(['Ca', 'S'], 5.6, { repeat: [2, 1, 1] }) },
    { id: 'NaCl', atoms: rocksalt(['Na', 'Cl'], 5.6) },
    { id: 'Cu', atoms: fcc('Cu', 3.6, { repeat: [2, 2, 2] }) },
    { id: 'Au', atoms: fcc('Au', 4.1, { repeat: [3, 2, 2] }) },
    ...['C', 'Si', 'N', 'P'].map((symbol, k) => ({
      id: `${symbol}4`,
      atoms: createAtoms({
        symbols: [symbol, symbol, symbol, symbol],
        positions: [0, 0, 0, 2.6, 0, 0.2 * k, 0, 2.7, 0, 1, 1, 2.4],
      }),
    })),
  ];
  const copies = Math.ceil(count / parents.length);
  const all = [
    ...perturbedSet({
      parents,
      count: copies,
      stdev: [0.05, 0.3],
      strain: 0.05,
      includeParents: false,
      seed: 1,
    }),
  ];
  // Every parent in turn, so that a part of the set has all of them.
  const ordered = Array.from(
    { length: count },
    (_, k) => all[(k % parents.length) * copies + Math.floor(k / parents.length)],
  );
  return ordered.map(({ atoms, meta }, k) =>
    labelled({
      atoms,
      meta: { ...meta, ...(k % 2 === 0 ? { temperature: 300 * (1 + ((k / 2) % 3)) } : {}) },
    }),
  );
}

/** The same structures again and again, under other names. */
export function repeatedSet(
  structures: readonly LabelledStructure[],
  count: number,
): LabelledStructure[] {
  return Array.from({ length: count }, (_, k) => {
    const { meta, ...rest } = structures[k % structures.length];
    return { ...rest, meta: { ...meta, id: `${meta.id} ${k}` } };
  });
}

/** A list as a source of structures by number. */
export function sourceOf(structures: readonly LabelledStructure[]): {
  length: number;
  get: (k: number) => LabelledStructure;
} {
  return { length: structures.length, get: (k) => structures[k] };
}
