import { type LatencyDistribution, latencyDistribution } from '@mlffd/core';
import type { Pause } from './pauseWatch.ts';
import type { StepRecorder } from './stepRecorder.ts';
import type { PauseReport, Phase, PhaseLatency, StepLatency } from './types.ts';

/** Stretches of a run whose means are kept. */
const BLOCKS = 100;

/** What the recorded steps from `warmup` on took; null where there are none. */
export function stepLatency(
  recorder: StepRecorder,
  parts: {
    readonly basis: StepLatency['basis'];
    readonly warmup: number;
    readonly pauses: readonly Pause[];
    /** ms per step. */
    readonly measuring: number;
  },
): StepLatency | null {
  const { basis, warmup, pauses, measuring } = parts;
  const { count } = recorder;
  if (count <= warmup) return null;
  const starts = recorder.starts.subarray(warmup, count);
  const ends = recorder.ends.subarray(warmup, count);
  const integrator = recorder.integrator.subarray(warmup, count);
  const model = recorder.model.subarray(warmup, count);
  const output = recorder.output.subarray(warmup, count);
  const steps = ends.map((end, k) => end - starts[k]);
  // What is in no other phase. Rounding of the clock alone could make it negative.
  const driver = steps.map((step, k) => Math.max(0, step - integrator[k] - model[k] - output[k]));
  const step = latencyDistribution(steps);
  const total = sum(steps);
  const share = (values: Float64Array, latency: LatencyDistribution | null): PhaseLatency => ({
    share: sum(values) / total,
    latency,
  });
  const frames = output.filter((value) => value > 0);
  const phases: Record<Phase, PhaseLatency> = {
    integrator: share(integrator, latencyDistribution(integrator)),
    model: share(model, latencyDistribution(model)),
    output: share(output, frames.length === 0 ? null : latencyDistribution(frames)),
    driver: share(driver, latencyDistribution(driver)),
  };
  return {
    basis,
    steps: steps.length,
    step,
    phases,
    pauses: pauseReport(pauses, { starts, ends, total, slow: step.p99 }),
    blocks: blockMeans(steps),
    measuring,
  };
}

/** Means over equal stretches, the last ones longer by a value where they do not come out even. */
function blockMeans(values: Float64Array): number[] {
  const blocks = Math.min(BLOCKS, values.length);
  return Array.from({ length: blocks }, (_, k) => {
    const first = Math.floor((k * values.length) / blocks);
    const last = Math.floor(((k + 1) * values.length) / blocks);
    return sum(values.subarray(first, last)) / (last - first);
  });
}

/** Which steps the pauses fell into; those outside of all steps do not count. */
function pauseReport(
  pauses: readonly Pause[],
  run: {
    readonly starts: Float64Array;
    readonly ends: Float64Array;
    readonly total: number;
    readonly slow: number;
  },
): PauseReport {
  const { starts, ends, total, slow } = run;
  const kinds: Record<string, number> = {};
  const paused = new Set<number>();
  let [count, time, longest] = [0, 0, 0];
  for (const { start, duration, kind } of pauses) {
    const step = lastAtMost(starts, start);
    if (step < 0 || start > ends[step]) continue;
    count++;
    time += duration;
    longest = Math.max(longest, duration);
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    paused.add(step);
  }
  let [slowSteps, slowPaused] = [0, 0];
  for (let k = 0; k < starts.length; k++) {
    if (ends[k] - starts[k] <= slow) continue;
    slowSteps++;
    if (paused.has(k)) slowPaused++;
  }
  return {
    count,
    total: time,
    longest,
    kinds,
    share: time / total,
    steps: paused.size,
    slowSteps: slowSteps === 0 ? 0 : slowPaused / slowSteps,
  };
}

/** Index of the last value that is at most `x`; -1 where there is none. */
function lastAtMost(sorted: Float64Array, x: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
