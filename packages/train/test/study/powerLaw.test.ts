import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fitPowerLaw, gainOfDoubling, predictError } from '../../src/study/powerLaw.ts';

/** Digits of a least-squares fit in float64 of numbers over a few decades. */
const DIGITS = 8;

describe('the power law of a learning curve', () => {
  test('finds prefactor and exponent of exact points, whatever their number', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1e4, noNaN: true }),
        fc.double({ min: -0.5, max: 1.5, noNaN: true }),
        fc.uniqueArray(fc.integer({ min: 1, max: 100_000 }), { minLength: 2, maxLength: 6 }),
        (prefactor, exponent, amounts) => {
          const points = amounts.map((structures) => ({
            structures,
            error: prefactor * structures ** -exponent,
          }));
          const law = fitPowerLaw(points);
          expect(law.exponent).toBeCloseTo(exponent, 6);
          for (const { structures, error } of points) {
            expect(predictError(law, structures) / error).toBeCloseTo(1, 6);
          }
        },
      ),
      { seed: 1 },
    );
  });

  test('twice the data halve the error of an exponent of 1', () => {
    const law = fitPowerLaw([
      { structures: 100, error: 40 },
      { structures: 200, error: 20 },
      { structures: 400, error: 10 },
    ]);
    expect(gainOfDoubling(law)).toBeCloseTo(0.5, DIGITS);
    expect(predictError(law, 800)).toBeCloseTo(5, DIGITS);
    expect(law.misfit).toBeCloseTo(0, DIGITS);
    expect(law.exponentError).toBeCloseTo(0, DIGITS);
  });

  test('points that scatter give an error of the exponent as a regression does', () => {
    const law = fitPowerLaw([
      { structures: 1, error: 1 },
      { structures: Math.E, error: Math.exp(-0.4) },
      { structures: Math.E ** 2, error: Math.exp(-1) },
    ]);
    // y = 0, -0.4, -1 at x = 0, 1, 2: slope -1/2, residuals -1/30, 1/15, -1/30.
    expect(law.exponent).toBeCloseTo(0.5, DIGITS);
    expect(law.exponentError).toBeCloseTo(Math.sqrt(6 / 900 / 2), DIGITS);
    expect(law.misfit).toBeCloseTo(1 / 15, DIGITS);
    expect(
      fitPowerLaw([
        { structures: 1, error: 2 },
        { structures: 2, error: 1 },
      ]).exponentError,
    ).toBeNull();
  });

  test.each([
    [[{ structures: 10, error: 1 }], '1 amount'],
    [
      [
        { structures: 10, error: 1 },
        { structures: 10, error: 2 },
      ],
      '1 amount',
    ],
    [
      [
        { structures: 10, error: 1 },
        { structures: 20, error: 0 },
      ],
      'error 0 with 20 structures',
    ],
    [
      [
        { structures: 10, error: 1 },
        { structures: 20, error: NaN },
      ],
      'error NaN',
    ],
  ])('%j is refused', (points, found) => {
    expect(() => fitPowerLaw(points)).toThrow(
      expect.objectContaining({
        code: 'train/learning-points',
        found: expect.stringContaining(found) as unknown,
      }),
    );
  });
});
