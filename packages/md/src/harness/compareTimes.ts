import { InvalidArgumentError, Rng } from '@mlffd/core';
import type { HarnessRecord } from './types.ts';

const RESAMPLES = 1000;
const CONFIDENCE = 0.95;

/** Time of a step now over that of a baseline. */
export interface TimeRatio {
  /** Above 1: slower than the baseline. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
}

/** A record beside its baseline. */
export interface Comparison extends TimeRatio {
  readonly system: string;
  readonly atoms: number;
  /** ms per step, medians over the stretches of the runs. */
  readonly now: number;
  readonly before: number;
  /** When the baseline was measured. */
  readonly date: string;
  /** False where the baseline is that of another subject. */
  readonly sameSubject: boolean;
  /** Slower than the limit allows, and not by chance. */
  readonly tooSlow: boolean;
}

/**
 * Compares the times of a step; undefined where one has none, or they were not measured in the same way.
 *
 * `tooSlow` says that the ratio is above 1 + `limit` and the whole band above 1. The band knows the noise
 * within both runs only: a machine that was busy during one of them it cannot know of.
 *
 * @param options.limit by how much a step may be slower, 0.1 for a tenth
 */
export function compareTimes(
  record: HarnessRecord,
  baseline: HarnessRecord,
  options: { readonly limit: number },
): Comparison | undefined {
  if (record.latency === null || baseline.latency === null) return undefined;
  if (record.latency.basis !== baseline.latency.basis) return undefined;
  const [now, before] = [record.latency.blocks, baseline.latency.blocks];
  const found = timeRatio(now, before);
  return {
    ...found,
    system: record.system.name,
    atoms: record.system.atoms,
    now: median(now),
    before: median(before),
    date: baseline.date,
    sameSubject: record.subject.hash === baseline.subject.hash,
    tooSlow: found.ratio > 1 + options.limit && found.low > 1,
  };
}

/**
 * Ratio of the medians of two sets of stretches with a percentile bootstrap band: both sets are resampled.
 * Stretches of many steps take the correlation of neighbouring steps into themselves.
 *
 * B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
 *
 * @throws InvalidArgumentError `md/invalid-option` for an empty set
 */
export function timeRatio(now: readonly number[], before: readonly number[]): TimeRatio {
  if (now.length === 0 || before.length === 0) {
    throw new InvalidArgumentError('md/invalid-option', 'there is nothing to compare', {
      expected: 'times of both runs',
      found: `${now.length} and ${before.length}`,
      where: 'blocks',
      hint: 'Measure for longer.',
    });
  }
  const rng = new Rng(0, 'md/harness-bootstrap');
  const ratios = new Float64Array(RESAMPLES);
  const nows = new Float64Array(now.length);
  const befores = new Float64Array(before.length);
  for (let k = 0; k < RESAMPLES; k++) {
    ratios[k] = middleOf(resample(now, nows, rng)) / middleOf(resample(before, befores, rng));
  }
  ratios.sort();
  const at = (fraction: number): number => ratios[Math.round(fraction * (RESAMPLES - 1))];
  return {
    ratio: median(now) / median(before),
    low: at((1 - CONFIDENCE) / 2),
    high: at((1 + CONFIDENCE) / 2),
    confidence: CONFIDENCE,
  };
}

/** Draws as many of the values as there are, each as often as it comes, into `out`; sorted. */
function resample(values: readonly number[], out: Float64Array, rng: Rng): Float64Array {
  for (let k = 0; k < out.length; k++) out[k] = values[rng.integer(out.length)];
  return out.sort();
}

function median(values: readonly number[]): number {
  return middleOf(Float64Array.from(values).sort());
}

function middleOf(sorted: Float64Array): number {
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
