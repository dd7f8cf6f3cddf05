import {
  attributePauses,
  blockMeans,
  type LatencyDistribution,
  latencyDistribution,
  type Pause,
} from '@mlffd/core';
import type { StepRecorder } from './stepRecorder.ts';
import type { PauseReport, Phase, PhaseLatency, StepLatency } from './types.ts';

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
    pauses: pauseReport(pauses, { starts, ends, slow: step.p99 }),
    blocks: blockMeans(steps),
    measuring,
  };
}

/** Which steps the pauses fell into; those outside of all steps do not count. */
function pauseReport(...of: Parameters<typeof attributePauses>): PauseReport {
  const { spans, slowSpans, ...rest } = attributePauses(...of);
  return { ...rest, steps: spans, slowSteps: slowSpans };
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
