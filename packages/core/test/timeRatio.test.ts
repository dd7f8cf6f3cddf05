import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blockMeans, compareBlocks, median, Rng, timeRatio } from '../src/index.ts';

function noisy(seed: number, level: number, count = 100): number[] {
  const rng = new Rng(seed, 'blocks');
  return Array.from({ length: count }, () => level * (1 + 0.05 * rng.normal()));
}

describe('timeRatio', () => {
  test('holds the true ratio in its band as often as it says', () => {
    const trials = 40;
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      const { low, high } = timeRatio(noisy(2 * trial, 1.2, 25), noisy(2 * trial + 1, 1, 25));
      if (low <= 1.2 && 1.2 <= high) held++;
    }
    // Four standard errors of a share of 95 % in 40 trials.
    expect(held / trials).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / trials));
  });

  test('scales with the times, and turns over with the sides', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (factor) => {
        const [a, b] = [noisy(1, 3, 20), noisy(2, 2, 21)];
        const { ratio, low, high } = timeRatio(a, b);
        const scaled = timeRatio(
          a.map((value) => factor * value),
          b,
        );
        expect(scaled.ratio / ratio).toBeCloseTo(factor, 9);
        expect(low).toBeLessThanOrEqual(ratio);
        expect(high).toBeGreaterThanOrEqual(ratio);
        expect(timeRatio(b, a).ratio * ratio).toBeCloseTo(1, 12);
      }),
      { seed: 1, numRuns: 5 },
    );
  });

  test('does not mind outliers, and needs something', () => {
    const spiked = noisy(3, 1).with(4, 500);
    expect(timeRatio(spiked, noisy(4, 1)).ratio).toBeLessThan(1.05);
    expect(timeRatio([2], [1])).toEqual({ ratio: 2, low: 2, high: 2, confidence: 0.95 });
    expect(() => timeRatio([], [1])).toThrow(
      expect.objectContaining({ code: 'statistics/too-few-points' }),
    );
  });
});

test('blocks are means of stretches that leave nothing out', () => {
  expect(blockMeans(Float64Array.of(1, 2, 6))).toEqual([1, 2, 6]);
  const values = Float64Array.from({ length: 250 }, (_, k) => k);
  const means = blockMeans(values);
  expect(means).toHaveLength(100);
  expect(means.slice(0, 2)).toEqual([0.5, 3]);
  expect(means[99]).toBe(248);
  expect(median([4, 1, 2])).toBe(2);
  expect(median([4, 1])).toBe(2.5);
});

test('a run is too slow beyond the limit only, and not by chance', () => {
  const [now, before] = [noisy(5, 1.2), noisy(6, 1)];
  const found = compareBlocks(now, before, 0.1);
  expect(found).toEqual({
    ...timeRatio(now, before),
    now: median(now),
    before: median(before),
    tooSlow: true,
  });
  expect(compareBlocks(now, before, 0.3).tooSlow).toBe(false);
  expect(compareBlocks(before, now, 0.1).tooSlow).toBe(false);
  // Twice as slow at the median, but as often as not.
  expect(compareBlocks([1, 1, 4, 4], [1, 1, 3, 4], 0.1).tooSlow).toBe(false);
});
