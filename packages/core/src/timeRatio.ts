import { InvalidArgumentError } from './errors.ts';
import { Rng } from './rng.ts';

const RESAMPLES = 1000;
const CONFIDENCE = 0.95;
/** Stretches of a run whose means are kept. */
const BLOCKS = 100;

/** Time now over that of a baseline. */
export interface TimeRatio {
  /** Above 1: slower than the baseline. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
}

/** Two runs beside each other. */
export interface BlockComparison extends TimeRatio {
  /** Medians over the stretches, in their unit. */
  readonly now: number;
  readonly before: number;
  /** Slower than the limit allows, and not by chance. */
  readonly tooSlow: boolean;
}

/**
 * Compares two sets of stretches. `tooSlow` says that the ratio is above 1 + `limit` and the whole band
 * above 1. The band knows the noise within both runs only: that a machine was busy during one of them it
 * cannot know.
 *
 * @param limit by how much it may be slower, 0.1 for a tenth
 * @throws InvalidArgumentError `statistics/too-few-points` for an empty set
 */
export function compareBlocks(
  now: readonly number[],
  before: readonly number[],
  limit: number,
): BlockComparison {
  const found = timeRatio(now, before);
  const tooSlow = found.ratio > 1 + limit && found.low > 1;
  return { ...found, now: median(now), before: median(before), tooSlow };
}

/**
 * Ratio of the medians of two sets of stretches with a percentile bootstrap band: both sets are resampled.
 * Stretches of many calls take the correlation of neighbouring calls into themselves.
 *
 * B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
 *
 * @throws InvalidArgumentError `statistics/too-few-points` for an empty set
 */
export function timeRatio(now: readonly number[], before: readonly number[]): TimeRatio {
  if (now.length === 0 || before.length === 0) {
    throw new InvalidArgumentError('statistics/too-few-points', 'there is nothing to compare', {
      expected: 'times of both runs',
      found: `${now.length} and ${before.length}`,
      where: 'blocks',
      hint: 'Measure for longer.',
    });
  }
  const rng = new Rng(0, 'time-ratio');
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

/** Means over at most 100 equal stretches, the last ones longer by a value where they do not come out even. */
export function blockMeans(values: Float64Array): number[] {
  const blocks = Math.min(BLOCKS, values.length);
  return Array.from({ length: blocks }, (_, k) => {
    const first = Math.floor((k * values.length) / blocks);
    const last = Math.floor(((k + 1) * values.length) / blocks);
    let total = 0;
    for (let at = first; at < last; at++) total += values[at];
    return total / (last - first);
  });
}

/** Median of any numbers; NaN of none. */
export function median(values: ArrayLike<number>): number {
  return middleOf(Float64Array.from(values).sort());
}

/** Draws as many of the values as there are, each as often as it comes, into `out`; sorted. */
function resample(values: readonly number[], out: Float64Array, rng: Rng): Float64Array {
  for (let k = 0; k < out.length; k++) out[k] = values[rng.integer(out.length)];
  return out.sort();
}

function middleOf(sorted: Float64Array): number {
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
