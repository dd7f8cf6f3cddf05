import { describe, expect, test } from '@jest/globals';
import { memoryGrowth, theilSen } from '../src/index.ts';

describe('theilSen', () => {
  test('finds the slope of a line through outliers', () => {
    const values = Array.from({ length: 50 }, (_, k) => 3 * k + (k % 9 === 0 ? 1000 : 0));
    const { slope, low, high } = theilSen(values);
    expect(slope).toBe(3);
    expect(low).toBeLessThanOrEqual(3);
    expect(high).toBeGreaterThanOrEqual(3);
  });

  test('its band holds zero for noise without a trend', () => {
    const values = Array.from({ length: 60 }, (_, k) => Math.sin(12.9898 * k * k));
    const { low, high } = theilSen(values);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });
});

describe('memoryGrowth', () => {
  test('finds a leak of known size', async () => {
    const kept: ArrayBuffer[] = [];
    const { perCall, series } = await memoryGrowth(() => kept.push(new ArrayBuffer(4096)), {
      calls: 2000,
      samples: 50,
    });
    expect(series.arrayBuffers).toHaveLength(50);
    // Array buffers are counted exactly; what the engine frees meanwhile can only lower the rest.
    expect(perCall.arrayBuffers.slope).toBeGreaterThan(3500);
    expect(perCall.arrayBuffers.slope).toBeLessThan(4700);
    expect(perCall.arrayBuffers.low).toBeGreaterThan(0);
    expect(kept.length).toBe(2500);
  });

  test('sees none where buffers are reused', async () => {
    const buffer = new Float64Array(512);
    const { perCall } = await memoryGrowth((call) => buffer.fill(call), {
      calls: 2000,
      samples: 50,
    });
    expect(Math.abs(perCall.arrayBuffers.slope)).toBeLessThan(100);
  });

  test('waits for asynchronous work and stops on request', async () => {
    const controller = new AbortController();
    const watched = memoryGrowth(
      async (call) => {
        await Promise.resolve();
        if (call === 30) controller.abort();
      },
      { calls: 100, samples: 10, signal: controller.signal },
    );
    await expect(watched).rejects.toMatchObject({ where: 'call 31 of 125' });
  });

  test('refuses fewer calls than samples', async () => {
    await expect(memoryGrowth(() => 0, { calls: 5 })).rejects.toMatchObject({
      code: 'profiler/invalid-option',
    });
  });
});
