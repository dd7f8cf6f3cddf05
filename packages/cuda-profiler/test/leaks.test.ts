import { describe, expect, test } from '@jest/globals';
import { Rng } from '@mlffd/core';
import { detectLeaks, type LeakReport, MemoryTrack } from '../src/index.ts';

const SAMPLES = 100;
/** Calls between samples. */
const EVERY = 50;
const MB = 1e6;

/** A heap as told, everything else constant. */
function heapOf(bytes: (call: number, k: number) => number): LeakReport {
  const track = new MemoryTrack(SAMPLES);
  for (let k = 0; k < SAMPLES; k++) {
    const call = k * EVERY;
    const heapUsed = bytes(call, k);
    track.add(call, { rss: 60 * MB, native: 40 * MB, heapUsed, external: MB, arrayBuffers: MB });
  }
  return detectLeaks(track);
}

/** Correlated noise: an autoregressive series of the first order. */
function noise(seed: number, { correlation = 0, size = 20_000 } = {}): Float64Array {
  const rng = new Rng(seed, 'heap');
  let value = 0;
  return Float64Array.from({ length: SAMPLES }, () => {
    value = correlation * value + Math.sqrt(1 - correlation ** 2) * rng.normal();
    return size * value;
  });
}

describe('detectLeaks', () => {
  test('finds 1 kB per call, with the true slope in its band', () => {
    const around = noise(1);
    const { leaks, where, growth } = heapOf((call, k) => 8 * MB + 1000 * call + around[k]);
    expect({ leaks, where }).toEqual({ leaks: true, where: ['heapUsed'] });
    expect(growth.heapUsed.low).toBeLessThan(1000);
    expect(growth.heapUsed.high).toBeGreaterThan(1000);
    expect(growth.rss.grows).toBe(false);
  });

  test('finds it under garbage that is not collected yet', () => {
    const saw = (call: number): number => (call % 150) * 20_000;
    expect(heapOf((call) => 8 * MB + 1000 * call + saw(call)).leaks).toBe(true);
    expect(heapOf((call) => 8 * MB + saw(call)).leaks).toBe(false);
  });

  test('takes a warm-up for what it is', () => {
    const around = noise(2);
    const filling = heapOf((call, k) => 8 * MB - 4 * MB * Math.exp(-call / 400) + around[k]);
    expect(filling.leaks).toBe(false);
    expect(filling.growth.heapUsed.warmup).toBeGreaterThan(0);
    // After it, a leak is one.
    const both = heapOf(
      (call, k) => 8 * MB + 1000 * call - 4 * MB * Math.exp(-call / 400) + around[k],
    );
    expect(both.leaks).toBe(true);
  });

  test('one step, or a cache that grows in two, is no leak', () => {
    const around = noise(3);
    for (const at of [700, 2000, 3500, 4400]) {
      expect(heapOf((call, k) => 8 * MB + (call > at ? MB : 0) + around[k]).leaks).toBe(false);
    }
    const steps = heapOf(
      (call, k) => 8 * MB + (call > 1500 ? MB : 0) + (call > 3200 ? MB : 0) + around[k],
    );
    expect(steps.leaks).toBe(false);
  });

  test('growth below the floor is none', () => {
    const found = heapOf((call) => 8 * MB + 20 * call);
    expect(found.leaks).toBe(false);
    expect(found.growth.heapUsed.slope).toBeCloseTo(20, 6);
    expect(found.resolution.heapUsed).toBeGreaterThan(20);
    expect(found.resolution.heapUsed).toBeLessThan(300);
  });

  // The noise is far above the floor, so that only the band and the persistence decide. A correlation of 0.9 is
  // underestimated from so few samples.
  test.each([
    { correlation: 0, most: 0 },
    { correlation: 0.5, most: 0 },
    { correlation: 0.9, most: 2 },
  ])('raises hardly a false alarm in 200 runs: %j', ({ correlation, most }) => {
    let alarms = 0;
    for (let seed = 0; seed < 200; seed++) {
      const around = noise(seed, { correlation, size: 5 * MB });
      if (heapOf((_, k) => 80 * MB + around[k]).leaks) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(most);
  });

  test('needs twenty samples, and looks at so many as it is told', () => {
    const track = new MemoryTrack(40);
    const bytes = { rss: 1, native: 1, heapUsed: 1, external: 1, arrayBuffers: 1 };
    for (let k = 0; k < 40; k++) track.add(k, bytes);
    expect(detectLeaks(track, 30)).toMatchObject({ samples: 30, calls: 29, leaks: false });
    expect(() => detectLeaks(track, 19)).toThrow(
      expect.objectContaining({ code: 'statistics/too-few-points' }),
    );
  });
});
