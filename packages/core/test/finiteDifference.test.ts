import { describe, expect, test } from '@jest/globals';
import { jumpOf, slopeOf } from '../src/finiteDifference.ts';

const differencesOf = (f: (x: number) => number, step: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => f(step * 2 ** k) - f(-step * 2 ** k));

describe('slopeOf', () => {
  test('is exact for polynomials up to the sixth power', () => {
    const f = (x: number): number => 3 + 2 * x - x ** 2 + 5 * x ** 3 - 7 * x ** 5 + x ** 6;
    expect(slopeOf(differencesOf(f, 0.1, 3), 0.1).value).toBeCloseTo(2, 12);
    expect(slopeOf(differencesOf(f, 0.1, 5), 0.1).value).toBeCloseTo(2, 12);
  });

  test('errors are of sixth order, and below the resolution', () => {
    const errors = [0.2, 0.1].map((step) => {
      const { value, resolution } = slopeOf(differencesOf(Math.exp, step, 3), step);
      expect(Math.abs(value - 1)).toBeLessThan(resolution);
      return Math.abs(value - 1);
    });
    expect(Math.log2(errors[0] / errors[1])).toBeCloseTo(6, 0);
  });

  test('finds a long step where the function is in single precision', () => {
    const single = (x: number): number => Math.fround(10 * Math.exp(x));
    const short = Math.abs(slopeOf(differencesOf(single, 1e-4, 3), 1e-4).value - 10);
    const ladder = slopeOf(differencesOf(single, 1e-4, 11), 1e-4);
    expect(Math.abs(ladder.value - 10)).toBeLessThan(short / 10);
    // One ulp of 10 is 1e-6.
    expect(Math.abs(ladder.value - 10)).toBeLessThan(1e-4);
  });
});

test('jumpOf sees a step and nothing else up to the second order', () => {
  const samples = (f: (x: number) => number): number[] => [-3, -1, 1, 3].map((x) => f(0.1 * x));
  expect(jumpOf(samples((x) => 2 + 3 * x - 4 * x * x))).toBeCloseTo(0, 14);
  expect(jumpOf(samples((x) => (x > 0 ? 5 + x : x)))).toBeCloseTo(5, 12);
});
