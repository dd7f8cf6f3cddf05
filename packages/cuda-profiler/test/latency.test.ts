import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { latencyDistribution } from '../src/index.ts';

/** Rounding of the interpolation between two samples. */
const ROUNDING = 12;

describe('latencyDistribution', () => {
  test('interpolates percentiles as numpy does', () => {
    // numpy.percentile([1, 2, 3, 4, 10], [50, 90, 99])
    const { p50, p90, p99, mean, min, max } = latencyDistribution([10, 1, 4, 2, 3]);
    expect({ p50, mean, min, max }).toEqual({ p50: 3, mean: 4, min: 1, max: 10 });
    expect(p90).toBeCloseTo(7.6, ROUNDING);
    expect(p99).toBeCloseTo(9.76, ROUNDING);
  });

  test('counts every sample in one bar, and orders its figures', () => {
    const samples = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(samples, (times) => {
        const { calls, histogram, min, p50, p90, p99, max } = latencyDistribution(times);
        expect(calls).toBe(times.length);
        expect(histogram.counts.reduce((a, b) => a + b, 0)).toBe(times.length);
        expect(histogram.edges).toHaveLength(histogram.counts.length + 1);
        expect([min, p50, p90, p99, max]).toEqual([min, p50, p90, p99, max].sort((a, b) => a - b));
      }),
    );
  });

  test.each([[[]], [[-1, 2]], [[1, Number.NaN]], [[1, Infinity]]])('refuses %j', (samples) => {
    expect(() => latencyDistribution(samples)).toThrow(
      expect.objectContaining({ code: 'profiler/bad-samples' }),
    );
  });
});
