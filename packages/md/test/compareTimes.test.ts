import { describe, expect, test } from '@jest/globals';
import { Rng } from '@mlffd/core';
import fc from 'fast-check';
import { compareTimes, type HarnessRecord, timeRatio } from '../src/index.ts';

function noisy(seed: number, level: number, count = 100): number[] {
  const rng = new Rng(seed, 'blocks');
  return Array.from({ length: count }, () => level * (1 + 0.05 * rng.normal()));
}

/** As much of a record as a comparison looks at. */
function record(blocks: readonly number[] | null, basis = 'run', hash = 'a'): HarnessRecord {
  return {
    date: '2026-01-01T00:00:00.000Z',
    subject: { hash },
    system: { name: 'water-3', atoms: 3 },
    latency: blocks === null ? null : { basis, blocks },
  } as unknown as HarnessRecord;
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
      expect.objectContaining({ code: 'md/invalid-option' }),
    );
  });
});

describe('compareTimes', () => {
  test('is too slow beyond the limit, and not by chance', () => {
    const base = record(noisy(5, 1));
    const slow = (level: number): boolean | undefined =>
      compareTimes(record(noisy(6, level)), base, { limit: 0.1 })?.tooSlow;
    expect(slow(1.2)).toBe(true);
    expect(slow(1.05)).toBe(false);
    expect(slow(0.5)).toBe(false);
    // Two stretches that differ by more than the limit say nothing.
    const vague = compareTimes(record([1, 3]), record([1, 2.4]), { limit: 0.1 });
    expect(vague).toMatchObject({ tooSlow: false, sameSubject: true, atoms: 3 });
    expect(vague?.ratio).toBeGreaterThan(1.1);
  });

  test('compares like with like only', () => {
    const base = record(noisy(5, 1));
    const limit = 0.1;
    expect(compareTimes(record(null), base, { limit })).toBeUndefined();
    expect(compareTimes(base, record(null), { limit })).toBeUndefined();
    expect(compareTimes(record([1], 'free-flight'), base, { limit })).toBeUndefined();
    expect(compareTimes(record([1], 'run', 'b'), base, { limit })?.sameSubject).toBe(false);
  });
});
