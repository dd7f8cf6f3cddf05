import { describe, expect, test } from '@jest/globals';
import { Rng } from '@mlffd/core';
import { findWarmup } from '../src/index.ts';

/** Times with a long tail, as calls have. */
function latencies(seed: number, count: number, factor: (k: number) => number): Float64Array {
  const rng = new Rng(seed, 'latencies');
  return Float64Array.from({ length: count }, (_, k) => {
    const spike = rng.uniform() < 0.01 ? 8 : 1;
    return factor(k) * spike * Math.exp(0.05 * rng.normal());
  });
}

describe('findWarmup', () => {
  test.each([1, 3, 30, 150])('finds %d slow calls at the start', (slow) => {
    for (let seed = 0; seed < 5; seed++) {
      const found = findWarmup(latencies(seed, 1000, (k) => (k < slow ? 20 : 1)));
      expect(found.settled).toBe(true);
      expect(found.calls).toBeGreaterThanOrEqual(slow);
      // A few more cost nothing.
      expect(found.calls).toBeLessThanOrEqual(slow + 60);
    }
  });

  test('finds the end of a decay', () => {
    const found = findWarmup(latencies(1, 2000, (k) => 1 + 3 * Math.exp(-k / 60)));
    // What is left of the decay is within the noise.
    expect(found.calls).toBeGreaterThan(120);
    expect(found.calls).toBeLessThan(600);
  });

  test('rarely finds a warm-up where there is none', () => {
    const trials = 200;
    let found = 0;
    for (let seed = 0; seed < trials; seed++) {
      if (findWarmup(latencies(seed, 400, () => 1)).calls > 0) found++;
    }
    // 5 % for each of three thresholds, at most.
    expect(found / trials).toBeLessThan(0.15);
  });

  test('says where times never settle', () => {
    expect(findWarmup(latencies(1, 500, (k) => Math.exp(-k / 100))).settled).toBe(false);
  });

  test('does not depend on the unit', () => {
    const times = latencies(3, 300, (k) => (k < 20 ? 4 : 1));
    for (const unit of [1e-3, 0.3, 7, 1e3]) {
      expect(findWarmup(times.map((time) => unit * time))).toEqual(findWarmup(times));
    }
  });

  test('takes a single call, and times of zero', () => {
    expect(findWarmup(Float64Array.of(3))).toEqual({ calls: 0, settled: true });
    expect(findWarmup(new Float64Array(10))).toEqual({ calls: 0, settled: true });
  });
});
