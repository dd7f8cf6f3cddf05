import { describe, expect, test } from '@jest/globals';
import { memoryGrowth, type MemorySample, Rng, sampleMemory, theilSenSlope } from '../src/index.ts';

describe('theilSenSlope', () => {
  test('finds the slope of a line exactly, and shrugs at outliers', () => {
    const x = Array.from({ length: 30 }, (_, k) => k);
    const y = x.map((value) => 3 * value - 7);
    expect(theilSenSlope(x, y, 0.95)).toEqual({ slope: 3, low: 3, high: 3 });
    y[3] = 1e9;
    y[17] = -1e9;
    expect(theilSenSlope(x, y, 0.95).slope).toBe(3);
  });

  test('gives the band of a worked example', () => {
    // scipy.stats.theilslopes(y, x, 0.95), SciPy 1.17.1.
    const x = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    const y = [1, 3, 2, 5, 4, 8, 6, 9, 7, 12];
    expect(theilSenSlope(x, y, 0.95)).toEqual({ slope: 1, low: 4 / 7, high: 10 / 7 });
  });

  test('the band holds the true slope as often as it says', () => {
    const trials = 400;
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      const rng = new Rng(trial, 'band');
      const x = Array.from({ length: 25 }, (_, k) => k);
      const { low, high } = theilSenSlope(
        x,
        x.map((value) => 0.5 * value + rng.normal()),
        0.9,
      );
      if (low <= 0.5 && 0.5 <= high) held++;
    }
    // Four standard errors of a share of 90 % in 400 trials.
    expect(Math.abs(held / trials - 0.9)).toBeLessThan(4 * Math.sqrt((0.9 * 0.1) / trials));
  });

  test('thins out many points and takes constants', () => {
    const x = Float64Array.from({ length: 5000 }, (_, k) => k);
    expect(
      theilSenSlope(
        x,
        x.map((value) => 2 * value),
        0.95,
      ).slope,
    ).toBe(2);
    expect(theilSenSlope(x, new Float64Array(5000).fill(4), 0.95)).toEqual({
      slope: 0,
      low: 0,
      high: 0,
    });
  });

  test('refuses too few points and odd confidences', () => {
    expect(() => theilSenSlope([1, 2], [1, 2], 0.9)).toThrow(
      expect.objectContaining({ code: 'statistics/too-few-points' }),
    );
    expect(() => theilSenSlope([1, 2, 3], [1, 2], 0.9)).toThrow(
      expect.objectContaining({ code: 'statistics/too-few-points' }),
    );
    expect(() => theilSenSlope([1, 2, 3], [1, 2, 3], 1)).toThrow(
      expect.objectContaining({ code: 'statistics/invalid-confidence' }),
    );
  });
});

describe('memoryGrowth', () => {
  function series(bytes: (call: number) => number): MemorySample[] {
    return Array.from({ length: 200 }, (_, k) => {
      const call = 10 * k;
      return { call, rss: 1e8 + bytes(call), heapUsed: 2e7, external: 1e6 };
    });
  }

  test('tells a leak from the saw-tooth of garbage collection', () => {
    const sawtooth = (call: number): number => 5e3 * (call % 170);
    const flat = memoryGrowth(series(sawtooth));
    expect(flat.rss.grows).toBe(false);
    expect(flat.heapUsed).toEqual({ slope: 0, low: 0, high: 0, grows: false });
    const leak = memoryGrowth(series((call) => sawtooth(call) + 2000 * call)).rss;
    expect(leak.grows).toBe(true);
    expect(leak.low).toBeLessThanOrEqual(2000);
    expect(leak.high).toBeGreaterThanOrEqual(1900);
  });

  test('drops the warm-up', () => {
    const filling = series((call) => (call < 500 ? 1e5 * call : 5e7));
    expect(memoryGrowth(filling, { warmup: 500 }).rss.slope).toBe(0);
    expect(() => memoryGrowth(filling, { warmup: 1980 })).toThrow(
      expect.objectContaining({ code: 'statistics/too-few-points' }),
    );
  });

  test('finds memory that is really held', () => {
    const held: Uint8Array[] = [];
    const samples: MemorySample[] = [];
    for (let call = 0; call < 40; call++) {
      held.push(new Uint8Array(1e6));
      samples.push(sampleMemory(call));
    }
    const { external } = memoryGrowth(samples);
    expect(external.grows).toBe(true);
    // Other buffers of the process come and go, by far less than a quarter of this.
    expect(Math.abs(external.slope / 1e6 - 1)).toBeLessThan(0.25);
    expect(held).toHaveLength(40);
  });
});
