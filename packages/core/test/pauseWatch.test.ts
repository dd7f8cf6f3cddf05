import { expect, test } from '@jest/globals';
import { performance } from 'node:perf_hooks';
import { PauseWatch } from '../src/pauseWatch.ts';

test('sees the pauses of the garbage collector, on the clock of the steps', async () => {
  const watch = new PauseWatch();
  const start = performance.now();
  let held: number[][] = [];
  for (let k = 0; k < 400; k++) {
    held.push(Array.from({ length: 20_000 }, (_, i) => i));
    if (k % 50 === 0) held = [];
  }
  const end = performance.now();
  const pauses = await watch.stop();
  expect(pauses.length).toBeGreaterThan(0);
  const within = pauses.filter((pause) => pause.start >= start && pause.start <= end);
  expect(within.length).toBeGreaterThan(0);
  for (const { duration, kind } of within) {
    expect(duration).toBeGreaterThanOrEqual(0);
    expect(['minor', 'major', 'incremental', 'weak']).toContain(kind);
  }
  const starts = pauses.map((pause) => pause.start);
  expect(starts).toEqual(starts.toSorted((a, b) => a - b));
});
