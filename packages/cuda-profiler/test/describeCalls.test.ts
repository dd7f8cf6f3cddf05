import { describe, expect, test } from '@jest/globals';
import { Rng } from '@mlffd/core';
import { type CallTrack, describeCalls } from '../src/index.ts';

/** Calls one after another with 1 ms between them. */
function track(latencies: ArrayLike<number>, given: Partial<CallTrack> = {}): CallTrack {
  const starts = new Float64Array(latencies.length);
  const ends = new Float64Array(latencies.length);
  let now = 100;
  for (let k = 0; k < latencies.length; k++) {
    starts[k] = now;
    ends[k] = now + latencies[k];
    now = ends[k] + 1;
  }
  const atoms = new Int32Array(latencies.length).fill(3);
  return { starts, ends, atoms, lost: 0, phases: [], pauses: [], ...given };
}

function noisy(count: number, level: (k: number) => number): Float64Array {
  const rng = new Rng(1, 'calls');
  return Float64Array.from({ length: count }, (_, k) => level(k) * (1 + 0.05 * rng.normal()));
}

describe('describeCalls', () => {
  test('drops the warm-up that it finds, or that it is told', () => {
    const calls = track(noisy(1000, (k) => (k < 40 ? 9 : 2)));
    const found = describeCalls(calls);
    expect(found.warmup.calls).toBeGreaterThanOrEqual(40);
    expect(found.latency.max).toBeLessThan(3);
    expect(found.calls + found.warmup.calls).toBe(1000);
    expect(found.firstCall).toBeGreaterThan(7);
    expect(describeCalls(calls, { warmup: 10 })).toMatchObject({
      calls: 990,
      warmup: { calls: 10, settled: true },
    });
  });

  test('sees drift, and none where there is none', () => {
    const steady = describeCalls(track(noisy(2000, () => 2)));
    expect(steady.drift).toMatchObject({ drifts: false, confidence: 0.99 });
    const slower = describeCalls(track(noisy(2000, (k) => 2 * (1 + k / 10_000))));
    expect(slower.drift?.drifts).toBe(true);
    // 10 % of the start per 1000 calls, over a median 10 % above it.
    expect(slower.drift?.slope).toBeCloseTo(0.1 / 1.1, 2);
    expect(describeCalls(track([1, 1, 1, 1]), { warmup: 0 }).drift).toBeNull();
  });

  test('attributes pauses to calls', () => {
    const latencies = new Float64Array(200).fill(1);
    latencies[100] = 30;
    const calls = track(latencies);
    const pause = { start: calls.starts[100] + 5, duration: 20, kind: 'major' };
    const { pauses } = describeCalls({ ...calls, pauses: [pause] }, { warmup: 0 });
    expect(pauses).toMatchObject({ count: 1, longest: 20, spans: 1, slowSpans: 1 });
  });

  test('describes phases', () => {
    const calls = track(new Float64Array(10).fill(1));
    const phases = [
      { name: 'heat', call: 0, start: 100, rss: 1 },
      { name: 'cool', call: 4, start: 108, rss: 1 },
      { name: 'end', call: 10, start: 120, rss: 1 },
    ];
    expect(describeCalls({ ...calls, phases }, { warmup: 0 }).phases).toEqual([
      { name: 'heat', calls: 4, duration: 8, busy: 0.5, p50: 1 },
      { name: 'cool', calls: 6, duration: 12, busy: 0.5, p50: 1 },
      { name: 'end', calls: 0, duration: 0, busy: 0, p50: null },
    ]);
  });

  test('knows of calls that were lost', () => {
    const report = describeCalls(track([1, 2, 3, 4], { lost: 6 }), { warmup: 8 });
    expect(report).toMatchObject({ calls: 2, lost: 6, firstCall: null });
    expect(report.latency.min).toBeCloseTo(3);
  });

  test('needs a call', () => {
    expect(() => describeCalls(track([1, 2]), { warmup: 2 })).toThrow(
      expect.objectContaining({ code: 'profiler/no-calls' }),
    );
  });
});
