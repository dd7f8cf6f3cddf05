import { describe, expect, it } from '@jest/globals';
import { Rng } from '@mlffd/core';
import fc from 'fast-check';
import { Cholesky } from '../src/uncertainty/cholesky.ts';
import { chooseRidge } from '../src/uncertainty/chooseRidge.ts';
import { FeatureCovariance } from '../src/uncertainty/featureCovariance.ts';
import { normalFraction } from '../src/uncertainty/normal.ts';
import { sampleHeads } from '../src/uncertainty/sampleHeads.ts';
import type { ValidationRow } from '../src/uncertainty/validationRows.ts';

/** Float64, matrices of condition below 1e4. */
const SAME = 1e-9;
/** Covariance of 4,000 draws: standard error of a variance 2 %, five of them. */
const SAMPLING = 0.12;

/** B Bᵀ + 1 with random B, row-major. */
function positiveMatrix(size: number, seed: number): Float64Array {
  const rng = new Rng(seed, 'matrix');
  const B = Float64Array.from({ length: size * size }, () => rng.normal());
  return Float64Array.from({ length: size * size }, (_, k) => {
    const [i, j] = [Math.floor(k / size), k % size];
    let sum = i === j ? 1 : 0;
    for (let c = 0; c < size; c++) sum += B[i * size + c] * B[j * size + c];
    return sum;
  });
}

function times(matrix: Float64Array, x: ArrayLike<number>): number[] {
  const size = x.length;
  return Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += matrix[i * size + j] * x[j];
    return sum;
  });
}

describe('the Cholesky factor', () => {
  it('gives the quadratic form of the inverse', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 99 }), (size, seed) => {
        const matrix = positiveMatrix(size, seed);
        const y = Array.from({ length: size }, (_, k) => Math.sin(k + seed));
        // For x = A y the form is yᵀ A y.
        const x = times(matrix, y);
        const expected = y.reduce((sum, value, k) => sum + value * x[k], 0);
        const found = Cholesky.of(matrix, size)!.inverseForm(x);
        expect(Math.abs(found - expected)).toBeLessThan(SAME * Math.max(1, expected));
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it('adds the ridge to the diagonal, which makes a singular matrix positive', () => {
    const singular = Float64Array.of(1, 1, 1, 1);
    expect(Cholesky.of(singular, 2)).toBeUndefined();
    const form = Cholesky.of(singular, 2, 1)!.inverseForm([1, -1]);
    expect(form).toBeCloseTo(2, 12);
  });
});

describe('heads', () => {
  const matrix = positiveMatrix(3, 5);
  const factor = Cholesky.of(matrix, 3)!;

  it('have the inverse as their covariance', () => {
    const count = 4000;
    const heads = sampleHeads(factor, { count, seed: 1, alpha: 1 });
    for (const x of [
      [1, 0, 0],
      [0, 1, 0],
      [1, -2, 3],
    ]) {
      let square = 0;
      for (let m = 0; m < count; m++) {
        square += x.reduce((sum, value, k) => sum + value * heads[3 * m + k], 0) ** 2 / count;
      }
      expect(Math.abs(square / factor.inverseForm(x) - 1)).toBeLessThan(SAMPLING);
    }
  });

  it('add up to zero, are those of their seed, and do not depend on alpha but in size', () => {
    const [one, same, other, twice, none] = [
      { seed: 1, alpha: 1 },
      { seed: 1, alpha: 1 },
      { seed: 2, alpha: 1 },
      { seed: 1, alpha: 2 },
      { seed: 1, alpha: 0 },
    ].map((options) => sampleHeads(factor, { count: 5, ...options }));
    for (let k = 0; k < 3; k++) {
      let sum = 0;
      for (let m = 0; m < 5; m++) sum += one[3 * m + k];
      expect(Math.abs(sum)).toBeLessThan(1e-6);
    }
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
    expect(twice).toEqual(one.map((x) => 2 * x));
    expect(none.every((x) => x === 0)).toBe(true);
  });
});

describe('the covariance of features', () => {
  it('is the sum of squares of its rows', () => {
    const covariance = new FeatureCovariance(2);
    covariance.add(Float64Array.of(2, 4), 0.5);
    covariance.add(Float64Array.of(1, -1), 3);
    expect(covariance.count).toBe(2);
    const [a, , b, c] = covariance.squares;
    expect([a, b, c]).toEqual([1 + 9, 2 - 9, 4 + 9]);
  });
});

describe('the ridge', () => {
  /** Features of two directions, the second seen a thousand times less. */
  const covariance = new FeatureCovariance(2);
  covariance.add(Float64Array.of(1, 0), 1);
  covariance.add(Float64Array.of(0, 1), 1e-3);
  const row = (
    values: number[],
    residual: number,
    kind: ValidationRow['kind'] = 'energy',
  ): ValidationRow => ({
    kind,
    values: Float64Array.from(values),
    residual,
  });

  it('is small where errors in rare directions are large', () => {
    // Both kinds of rows have errors as the covariance says: 1 and 1000.
    const { ridge, alpha } = chooseRidge(covariance, [
      row([1, 0], 2),
      row([0, 1], -2000),
      row([1, 0], 2),
      row([0, 1], 2000),
    ])!;
    expect(ridge).toBeLessThan(1e-6);
    expect(alpha).toBeCloseTo(2, 3);
  });

  it('is large where they are not', () => {
    const rows = [row([1, 0], 1), row([0, 1], 1)];
    expect(chooseRidge(covariance, rows)!.ridge).toBe(1e-3);
  });

  it('lets energies and forces have factors of their own', () => {
    const rows = [row([1, 0], 2), row([1, 0], 8, 'forces')];
    expect(chooseRidge(covariance, rows)!.alpha).toBeCloseTo(4, 3);
  });

  it('cannot be chosen without errors', () => {
    expect(chooseRidge(covariance, [])).toBeUndefined();
    expect(chooseRidge(covariance, [row([1, 0], 0)])).toBeUndefined();
  });
});

describe('the normal distribution', () => {
  // Abramowitz and Stegun, table 26.1, 2 P(x) - 1.
  it.each([
    [0, 0],
    [0.5, 0.38292492254802624],
    [1, 0.6826894921370859],
    [2, 0.9544997361036416],
    [3, 0.9973002039367398],
    [6, 0.9999999980268246],
    [20, 1],
  ])('has a part of it within %f standard deviations', (z, expected) => {
    expect(normalFraction(z)).toBeCloseTo(expected, 13);
  });
});
