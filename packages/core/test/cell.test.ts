import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  cellDeterminant,
  completeCell,
  invertCell,
  periodicCell,
  reciprocalCell,
} from '../src/index.ts';
import { cells, pbcs } from './support/structures.ts';

/** Rounding of products of lengths of about 10 Angstrom in cells that are not too flat. */
const ROUNDING = 1e-12;

function multiply(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  return Array.from({ length: 9 }, (_, k) => {
    const [i, j] = [3 * Math.floor(k / 3), k % 3];
    return a[i] * b[j] + a[i + 1] * b[3 + j] + a[i + 2] * b[6 + j];
  });
}

function distanceFromIdentity(m: number[]): number {
  return Math.max(...m.map((value, k) => Math.abs(value - (k % 4 === 0 ? 1 : 0))));
}

test('the inverse and the reciprocal cell undo the cell', () => {
  fc.assert(
    fc.property(cells, (cell) => {
      expect(distanceFromIdentity(multiply(cell, invertCell(cell)))).toBeLessThan(ROUNDING);
      const b = reciprocalCell(cell);
      const transposed = [0, 3, 6, 1, 4, 7, 2, 5, 8].map((k) => b[k]);
      expect(distanceFromIdentity(multiply(cell, transposed))).toBeLessThan(ROUNDING);
    }),
  );
});

test('left-handed cells have a negative determinant', () => {
  expect(cellDeterminant([0, 2, 0, 3, 0, 0, 0, 0, 4])).toBe(-24);
  expect(cellDeterminant([2, 0, 0, 0, 3, 0, 0, 0, 4])).toBe(24);
});

test('cells without volume cannot be inverted', () => {
  expect(() => invertCell([1, 0, 0, 2, 0, 0, 0, 0, 1])).toThrow(
    expect.objectContaining({ code: 'atoms/zero-volume' }),
  );
  expect(() => invertCell(new Float64Array(9))).toThrow(
    expect.objectContaining({ name: 'InvalidAtomsError' }),
  );
});

describe('completed cells', () => {
  test('no cell becomes the identity, slabs and wires get unit vectors', () => {
    expect(completeCell(new Float64Array(9))).toEqual(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1));
    expect(completeCell([4, 0, 0, 1, 5, 0, 0, 0, 0])).toEqual(
      Float64Array.of(4, 0, 0, 1, 5, 0, 0, 0, 1),
    );
    expect(completeCell([0, 0, 0, 0, 7, 0, 0, 0, 0])).toEqual(
      Float64Array.of(1, 0, 0, 0, 7, 0, 0, 0, 1),
    );
  });

  test('periodic rows stay, the others are orthonormal to everything', () => {
    fc.assert(
      fc.property(cells, pbcs, (cell, pbc) => {
        const out = periodicCell(cell, pbc);
        const row = (k: number): number[] => Array.from(out.subarray(3 * k, 3 * k + 3));
        const dot = (a: number[], b: number[]): number => a.reduce((s, x, k) => s + x * b[k], 0);
        for (let k = 0; k < 3; k++) {
          if (pbc[k]) {
            expect(row(k)).toEqual(cell.slice(3 * k, 3 * k + 3));
            continue;
          }
          expect(Math.abs(dot(row(k), row(k)) - 1)).toBeLessThan(ROUNDING);
          expect(Math.abs(dot(row(k), row((k + 1) % 3)))).toBeLessThan(ROUNDING * 10);
          expect(Math.abs(dot(row(k), row((k + 2) % 3)))).toBeLessThan(ROUNDING * 10);
        }
        if (!pbc.every(Boolean)) expect(cellDeterminant(out)).toBeGreaterThan(0);
      }),
    );
  });
});
