import { InvalidArgumentError, median, type RobustSlope, theilSenSlope } from '@mlffd/core';
import { residualCorrelation } from '../statistics.ts';
import { MEMORY_TRACKS, type MemoryName, type MemoryTrack } from './memoryTrack.ts';

/** Fewest samples that say anything. */
export const LEAST_SAMPLES = 20;
/** Stretches whose smallest samples are looked at. */
const BLOCKS = 30;
/** Of the two-sided band. */
const CONFIDENCE = 0.999;
/** Parts of the run, at most, and how many of them have to grow. */
const PARTS = 8;
const GROWING = 0.75;
/** Stretches of a part, at least. */
const LEAST_PART = 3;
/** A part grows with this much of the whole slope, or more. */
const PERSISTENCE = 0.25;
/** Starts of the settled part that are tried, as parts of the run. */
const STARTS = Array.from({ length: 11 }, (_, k) => k / 20);

/**
 * Growth over the settled part of a run that is no news, bytes: code that is compiled late, tables that double
 * once more, and for the resident set pages and arenas of the allocator.
 */
const FLOOR: Readonly<Record<MemoryName, number>> = {
  rss: 2 ** 21,
  native: 2 ** 21,
  heapUsed: 2 ** 19,
  external: 2 ** 17,
  arrayBuffers: 2 ** 17,
};

/** What decides about a leak: the resident set also has what V8 keeps for itself. */
export const LEAK_TRACKS = ['native', 'heapUsed', 'external', 'arrayBuffers'] as const;

/** Growth of one track, bytes per call. */
export interface TrackGrowth extends RobustSlope {
  /** Growth that does not end: see {@link detectLeaks}. */
  readonly grows: boolean;
  /** Bytes over the settled part. */
  readonly total: number;
  /** Correlation of neighbouring samples about the line. */
  readonly correlation: number;
  /** Calls of the warm-up. */
  readonly warmup: number;
}

export interface LeakReport {
  /** Any of `native`, `heapUsed`, `external`, `arrayBuffers` grows. */
  readonly leaks: boolean;
  /** Those that grow. */
  readonly where: readonly MemoryName[];
  readonly growth: Readonly<Record<MemoryName, TrackGrowth>>;
  /** Of the bands. */
  readonly confidence: number;
  /** Calls up to the last sample, and samples. */
  readonly calls: number;
  readonly samples: number;
  /** The smallest leak that these samples can show, bytes per call, by track. */
  readonly resolution: Readonly<Record<MemoryName, number>>;
}

/**
 * Looks for memory that grows from call to call.
 *
 * 1. The warm-up ends where a line fits the rest best: the start, out of every twentieth up to the middle, with
 *    the least mean square of residuals over the samples that are left (the rule of White, Simulation 69, 323
 *    (1997), with a line in place of the mean, so that a leak is no warm-up).
 * 2. Of each of up to 30 stretches of the rest the smallest sample counts: garbage that is not collected yet
 *    lies above it.
 * 3. Their Theil-Sen slope gets a band of 99.9 %, widened by the correlation of neighbours (Hamed and Rao).
 * 4. A leak is a band above zero, of growth above a floor (heap 512 KiB, buffers 128 KiB, resident 2 MiB), which goes on: in
 *    at least three quarters of the parts of the run, each for itself, with at least a quarter of the slope. A cache that fills
 *    up, or steps, are none; and a step down, where V8 drops code that is not used any more, hides none.
 *
 * Where memory only fluctuates, the third step alone is wrong in 0.05 % of all series, so in at most 0.2 % of
 * the runs; what follows makes it rarer.
 *
 * @throws InvalidArgumentError `statistics/too-few-points` for fewer than 20 samples
 */
export function detectLeaks(track: MemoryTrack, samples: number = track.count): LeakReport {
  if (samples < LEAST_SAMPLES) {
    throw new InvalidArgumentError('statistics/too-few-points', 'too few samples of memory', {
      expected: `at least ${LEAST_SAMPLES} samples`,
      found: String(samples),
    });
  }
  const calls = track.calls.subarray(0, samples);
  const entries = MEMORY_TRACKS.map((name) => {
    const found = growthOf(calls, track.of(name).subarray(0, samples), FLOOR[name]);
    return [name, found] as const;
  });
  const growth = Object.fromEntries(entries.map(([name, { report }]) => [name, report]));
  const resolution = Object.fromEntries(entries.map(([name, found]) => [name, found.resolution]));
  const where = LEAK_TRACKS.filter((name) => growth[name].grows);
  return {
    leaks: where.length > 0,
    where,
    growth: growth as Record<MemoryName, TrackGrowth>,
    confidence: CONFIDENCE,
    calls: calls[samples - 1],
    samples,
    resolution: resolution as Record<MemoryName, number>,
  };
}

function growthOf(
  calls: Float64Array,
  values: Float64Array,
  floor: number,
): { readonly report: TrackGrowth; readonly resolution: number } {
  const start = settledFrom(calls, values);
  const { x, y } = lowest(calls.subarray(start), values.subarray(start));
  const first = theilSenSlope(x, y, CONFIDENCE);
  const correlation = residualCorrelation(x, y, first.slope);
  const inflation = (1 + correlation) / (1 - correlation);
  const band = theilSenSlope(x, y, CONFIDENCE, { inflation });
  const span = x[x.length - 1] - x[0];
  const total = band.slope * span;
  const grows = band.low > 0 && total > floor && goesOn(x, y, band.slope);
  return {
    report: { ...band, grows, total, correlation, warmup: calls[start] },
    resolution: Math.max(floor / span, band.slope - band.low),
  };
}

/** Index of the first sample of the settled part. */
function settledFrom(calls: Float64Array, values: Float64Array): number {
  let [best, least] = [0, Infinity];
  for (const part of STARTS) {
    const start = Math.floor(part * values.length);
    const { x, y } = lowest(calls.subarray(start), values.subarray(start));
    const score = lineScatter(x, y) / x.length;
    // A later start has to be better by more than chance makes it.
    if (score < 0.8 * least) [best, least] = [start, score];
  }
  return best;
}

/** The smallest value of each stretch, and the call that it belongs to. */
function lowest(calls: Float64Array, values: Float64Array): { x: number[]; y: number[] } {
  const blocks = Math.min(BLOCKS, Math.max(10, Math.floor(values.length / 2)));
  const x: number[] = [];
  const y: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const first = Math.floor((block * values.length) / blocks);
    const last = Math.floor(((block + 1) * values.length) / blocks);
    if (first === last) continue;
    let at = first;
    for (let k = first; k < last; k++) if (values[k] < values[at]) at = k;
    x.push(calls[at]);
    y.push(values[at]);
  }
  return { x, y };
}

/** Mean square about the least-squares line; one byte at least, as exact lines are equally good. */
function lineScatter(x: readonly number[], y: readonly number[]): number {
  const count = x.length;
  const [mx, my] = [x, y].map((values) => values.reduce((sum, value) => sum + value, 0) / count);
  let [xx, xy, yy] = [0, 0, 0];
  for (let k = 0; k < count; k++) {
    xx += (x[k] - mx) ** 2;
    xy += (x[k] - mx) * (y[k] - my);
    yy += (y[k] - my) ** 2;
  }
  return Math.max(1, (yy - (xx === 0 ? 0 : (xy * xy) / xx)) / count);
}

/** Whether memory grows within the parts of the run, each for itself, but for a few. */
function goesOn(x: readonly number[], y: readonly number[], slope: number): boolean {
  const parts = Math.min(PARTS, Math.floor(x.length / LEAST_PART));
  let growing = 0;
  for (let part = 0; part < parts; part++) {
    const from = Math.floor((part * x.length) / parts);
    const to = Math.floor(((part + 1) * x.length) / parts);
    if (medianSlope(x.slice(from, to), y.slice(from, to)) > PERSISTENCE * slope) growing++;
  }
  return growing >= GROWING * parts;
}

/** Median of the slopes of all pairs. */
function medianSlope(x: readonly number[], y: readonly number[]): number {
  const slopes = x.flatMap((here, k) => x.slice(0, k).map((at, j) => (y[k] - y[j]) / (here - at)));
  return median(slopes);
}
