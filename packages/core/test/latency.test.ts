import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { latencyDistribution } from '../src/index.ts';

describe('latencyDistribution', () => {
  test('gives the percentiles of NumPy', () => {
    // numpy.percentile([1, 2, 3, 4, 10], [50, 90, 99]) and numpy.std(..., ddof=1)
    expect(latencyDistribution([10, 1, 3, 2, 4])).toMatchObject({
      count: 5,
      mean: 4,
      min: 1,
      p50: 3,
      p90: expect.closeTo(7.6, 12),
      p99: expect.closeTo(9.76, 12),
      max: 10,
      standardDeviation: expect.closeTo(Math.sqrt(12.5), 12),
    });
    expect(latencyDistribution([2])).toMatchObject({ p50: 2, p99: 2, standardDeviation: 0 });
  });

  test('counts every latency in the bin that it belongs to', () => {
    const latency = fc.double({ min: 0, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1 }), (samples) => {
        const { edges, counts } = latencyDistribution(samples).histogram;
        expect(edges).toHaveLength(counts.length + 1);
        // A latency on an edge may fall to either side; 1e-6 ms stands for less.
        const ROUNDING = 1e-8;
        for (const [k, count] of counts.entries()) {
          const inside = (slack: number): number =>
            samples.filter((s) => {
              const value = Math.max(s, 1e-6);
              return value >= edges[k] * (1 - slack) && value < edges[k + 1] * (1 + slack);
            }).length;
          expect(count).toBeLessThanOrEqual(inside(ROUNDING));
          expect(count).toBeGreaterThanOrEqual(inside(-ROUNDING));
        }
        expect(counts.reduce((a, b) => a + b, 0)).toBe(samples.length);
      }),
    );
  });

  test('has edges at powers of ten', () => {
    const { edges, counts } = latencyDistribution([1, 10]).histogram;
    expect(edges[0]).toBe(1);
    expect(edges[10]).toBeCloseTo(10, 12);
    expect(counts[0]).toBe(1);
    expect(counts[10]).toBe(1);
  });

  test.each([[[]], [[1, NaN]], [[-1]], [[Infinity]]])('refuses %j', (samples: number[]) => {
    expect(() => latencyDistribution(samples)).toThrow(
      expect.objectContaining({ code: 'statistics/invalid-samples' }),
    );
  });
});
