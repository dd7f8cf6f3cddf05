import { expect, test } from '@jest/globals';
import { createAtoms, type Pbc } from '@mlffd/core';
import { toCellFrame } from '../src/ipi/cellFrame.ts';
import { withVacuum } from '../src/ipi/vacuumCell.ts';

const POSITIONS = [0, 0, 0, 1, 2, 3];

function cellOf(cell: readonly number[], pbc: Pbc): number[] {
  const atoms = createAtoms({ symbols: ['H', 'H'], positions: POSITIONS, cell: [...cell], pbc });
  return [...withVacuum(atoms, 10).cell];
}

test('a molecule gets a box around it, also where it has one already', () => {
  const box = [11, 0, 0, 0, 12, 0, 0, 0, 13];
  expect(cellOf([0, 0, 0, 0, 0, 0, 0, 0, 0], [false, false, false])).toEqual(box);
  expect(cellOf([1, 1, 0, 0, 1, 0, 0, 0, 1], [false, false, false])).toEqual(box);
});

test('a slab keeps its vectors, and the third is orthogonal to them', () => {
  const slab = [4, 0, 0, 2, 5, 0, 0, 1, 1];
  expect(cellOf(slab, [true, true, false])).toEqual([4, 0, 0, 2, 5, 0, 0, 0, 13]);
});

test('a periodic structure stays as it is', () => {
  const cell = [4, 0, 0, 2, 5, 0, 0, 1, 1];
  expect(cellOf(cell, [true, true, true])).toEqual(cell);
});

test('leaning vectors of a lattice are straightened, along periodic axes only', () => {
  const cell = Float64Array.of(4, 0, 0, 9, 5, 0, -7, 11, 6);
  const positions = Float64Array.from(POSITIONS);
  const straight = (pbc: Pbc): number[] => [
    ...toCellFrame({ positions, cell }, pbc).structure.cell,
  ];
  // b - 2 a; c - 2 b of these, and + 2 a.
  expect(straight([true, true, true])).toEqual([4, 0, 0, 1, 5, 0, -1, 1, 6]);
  expect(straight([false, false, true])).toEqual([...cell]);
  const hexagonal = Float64Array.of(4, 0, 0, 2, 3, 0, -2, 1.5, 6);
  const structure = { positions, cell: hexagonal };
  expect(toCellFrame(structure, [true, true, true]).structure).toBe(structure);
});
