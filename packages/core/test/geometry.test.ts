import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  applyStrain,
  cartesianPositions,
  createAtoms,
  fractionalPositions,
  matrixFromVoigt,
  minimumImages,
  pressureOf,
  type Pbc,
  voigtFromMatrix,
  wrapAtoms,
} from '../src/index.ts';
import { cells, pbcs, structures } from './support/structures.ts';

/** Rounding of coordinates of up to some 100 Angstrom through a cell and back. */
const ROUNDING = 1e-10;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let k = 0; k < a.length; k++) largest = Math.max(largest, Math.abs(a[k] - b[k]));
  return largest;
}

test('fractional and Cartesian coordinates undo each other', () => {
  fc.assert(
    fc.property(structures({ maxAtoms: 4, spread: 50 }), (atoms) => {
      const back = cartesianPositions(fractionalPositions(atoms), atoms.cell);
      expect(largestDifference(back, atoms.positions)).toBeLessThan(ROUNDING);
    }),
  );
});

test('wrapping moves atoms by whole cells into the cell, along periodic axes only', () => {
  fc.assert(
    fc.property(structures({ maxAtoms: 4, spread: 50 }), (atoms) => {
      const before = fractionalPositions(atoms);
      const after = fractionalPositions(wrapAtoms(atoms));
      for (let k = 0; k < after.length; k++) {
        const moved = after[k] - before[k];
        expect(Math.abs(moved - Math.round(moved))).toBeLessThan(ROUNDING);
        if (!atoms.pbc[k % 3]) expect(Math.abs(moved)).toBeLessThan(ROUNDING);
        else expect(after[k] > -ROUNDING && after[k] < 1 + ROUNDING).toBe(true);
      }
    }),
  );
});

test('an atom a hair below the cell border is not wrapped onto the other one', () => {
  const atoms = createAtoms({
    symbols: ['H'],
    positions: [-1e-20, 0, 0],
    cell: [2, 2, 2],
    pbc: true,
  });
  expect(wrapAtoms(atoms).positions[0]).toBe(-1e-20);
});

describe('applyStrain', () => {
  const atoms = createAtoms({ symbols: ['H'], positions: [1, 2, 3], cell: [4, 5, 6], pbc: true });

  test('maps x to (1 + strain) x, for the cell as for the atoms', () => {
    const strained = applyStrain(atoms, [0.1, 0.2, 0, 0, 0, 0, 0, 0, -0.5]);
    expect(Array.from(strained.positions)).toEqual([1.1 + 0.4, 2, 1.5]);
    expect(Array.from(strained.cell)).toEqual([4.4, 0, 0, 1, 5, 0, 0, 0, 3]);
    expect(
      largestDifference(fractionalPositions(strained), fractionalPositions(atoms)),
    ).toBeLessThan(1e-14);
  });

  test.each([[[0, 0, 0]], [[0, 0, 0, 0, NaN, 0, 0, 0, 0]]])('refuses %j', (strain) => {
    expect(() => applyStrain(atoms, strain)).toThrow(
      expect.objectContaining({ code: 'atoms/invalid-strain' }),
    );
  });
});

test('Voigt order is xx yy zz yz xz xy, and pressure is minus a third of the trace', () => {
  const voigt = [1, 2, 3, 4, 5, 6];
  expect(Array.from(matrixFromVoigt(voigt))).toEqual([1, 6, 5, 6, 2, 4, 5, 4, 3]);
  expect(Array.from(voigtFromMatrix(matrixFromVoigt(voigt)))).toEqual(voigt);
  expect(Array.from(voigtFromMatrix([0, 2, 0, 0, 0, 0, 0, 0, 0]))).toEqual([0, 0, 0, 0, 0, 1]);
  expect(pressureOf(voigt)).toBe(-2);
});

describe('minimumImages', () => {
  /** The shortest of all images within a generous range. */
  function shortestByTrying(v: number[], cell: number[], pbc: Pbc): number {
    const range = pbc.map((periodic) => (periodic ? 14 : 0));
    let best = Infinity;
    for (let a = -range[0]; a <= range[0]; a++) {
      for (let b = -range[1]; b <= range[1]; b++) {
        for (let c = -range[2]; c <= range[2]; c++) {
          const [x, y, z] = v.map((s, k) => s + a * cell[k] + b * cell[3 + k] + c * cell[6 + k]);
          best = Math.min(best, Math.sqrt(x * x + y * y + z * z));
        }
      }
    }
    return best;
  }

  test('are the shortest, in cells of any shape', () => {
    const vector = fc.array(fc.double({ min: -8, max: 8, noNaN: true }), {
      minLength: 3,
      maxLength: 3,
    });
    fc.assert(
      fc.property(vector, cells, pbcs, (v, cell, pbc) => {
        const image = minimumImages(Float64Array.from(v), cell, pbc);
        const length = Math.hypot(image[0], image[1], image[2]);
        expect(Math.abs(length - shortestByTrying(v, cell, pbc))).toBeLessThan(ROUNDING);
      }),
      { numRuns: 60 },
    );
  });

  test('need more than folding in a skewed cell', () => {
    const cell = [1, 0, 0, 5.4, 1, 0, 0, 0, 9];
    const [x, y] = minimumImages(Float64Array.of(0.1, 1.2, 0), cell, [true, true, true]);
    expect(x).toBeCloseTo(-0.3, 12);
    expect(y).toBeCloseTo(0.2, 12);
  });

  test('leave vectors alone where nothing is periodic, and copy them', () => {
    const vectors = Float64Array.of(9, 9, 9);
    const out = minimumImages(vectors, [1, 0, 0, 0, 1, 0, 0, 0, 1], [false, false, false]);
    expect(out).toEqual(vectors);
    expect(out).not.toBe(vectors);
  });

  test('refuse periodic vectors that are linearly dependent', () => {
    expect(() =>
      minimumImages(new Float64Array(3), new Float64Array(9), [true, false, false]),
    ).toThrow(expect.objectContaining({ code: 'atoms/zero-volume' }));
  });
});
