import { describe, expect, test } from '@jest/globals';
import {
  createAtoms,
  cyclicOrder,
  doubledCell,
  matrixFromVoigt,
  neighborList,
  permuted,
  permutedBack,
  randomRotation,
  Rng,
  rotated,
  rotatedBack,
  scattered,
  sideBySide,
  translated,
  transformRows,
  transposeMatrix,
  voigtFromMatrix,
} from '../src/index.ts';

const atoms = createAtoms({
  symbols: ['Na', 'Cl', 'O'],
  positions: [0.1, 0.2, 0.3, 2, 2.1, 2.2, 1, 3, 0.5],
  cell: [
    [4, 0, 0],
    [1, 5, 0],
    [0.5, -0.7, 6],
  ],
  pbc: true,
  charge: 1,
});
/** Rounding of coordinates of a few Angstrom. */
const EXACT = 1e-12;

const distances = (structure: typeof atoms): number[] =>
  Array.from(neighborList(structure, 4.5).distances).sort((a, b) => a - b);

describe('what changes nothing', () => {
  test('keeps all distances', () => {
    const rng = new Rng(1, 'symmetries');
    const before = distances(atoms);
    const order = cyclicOrder(3, rng);
    for (const after of [
      translated(atoms, [5, -3, 1]),
      rotated(atoms, randomRotation(rng)),
      permuted(atoms, order),
      scattered(atoms, rng),
    ]) {
      const found = distances(after);
      expect(found).toHaveLength(before.length);
      found.forEach((d, k) => {
        expect(Math.abs(d - before[k])).toBeLessThan(EXACT);
      });
    }
    expect(permutedBack(permuted(atoms, order).positions, order)).toEqual(atoms.positions);
    expect([...cyclicOrder(7, rng)].every((i, k) => i !== k)).toBe(true);
  });

  test('a stress turns with its axes, and back', () => {
    const rotation = randomRotation(new Rng(2, 'stress'));
    const stress = Float64Array.of(1, 2, 3, 0.4, 0.5, 0.6);
    const half = transformRows(matrixFromVoigt(stress), rotation);
    const turned = transposeMatrix(transformRows(transposeMatrix(half), rotation));
    rotatedBack(voigtFromMatrix(turned), rotation).forEach((value, k) => {
      expect(Math.abs(value - stress[k])).toBeLessThan(EXACT);
    });
  });
});

describe('two of them', () => {
  test('cells double along the shortest vector', () => {
    const doubled = doubledCell(atoms);
    expect(doubled.numbers).toHaveLength(6);
    expect(Array.from(doubled.cell.subarray(0, 3))).toEqual([8, 0, 0]);
    expect(doubled.charge).toBe(2);
  });

  test('side by side there is a gap, and charges add up', () => {
    const open = { ...atoms, pbc: [false, false, false] as const };
    const other = createAtoms({ symbols: ['H', 'H'], positions: [7, 0, 0, 9, 1, 0], spin: 2 });
    const both = sideBySide(open, other, 10);
    expect(both.numbers).toEqual(Int32Array.of(11, 17, 8, 1, 1));
    // The last of the first is at 2.
    expect(both.positions[9]).toBeCloseTo(12, 12);
    expect(both.positions[12]).toBeCloseTo(14, 12);
    expect(both).toMatchObject({ charge: 1, spin: 2 });
    expect('charge' in sideBySide(other, other, 5)).toBe(false);
  });
});
