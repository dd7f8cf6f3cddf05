import { InvalidArgumentError } from '@mlffd/core';

/** Bars of a histogram of latencies, evenly spaced on a logarithmic axis. */
export interface LatencyHistogram {
  /** Edges of the bars, ms, ascending; one more than `counts`. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** How long calls took. Times are in ms. */
export interface LatencyDistribution {
  readonly calls: number;
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  readonly histogram: LatencyHistogram;
}

const BARS = 24;

/**
 * Distribution of measured times.
 *
 * Percentiles are interpolated linearly between the sorted samples (the definition of numpy's
 * default), so that few samples give sensible values too.
 *
 * @param samples ms, at least one, finite, not negative
 * @throws InvalidArgumentError for an empty or impossible sample
 */
export function latencyDistribution(samples: ArrayLike<number>): LatencyDistribution {
  const sorted = Float64Array.from(samples).sort();
  const calls = sorted.length;
  if (calls === 0 || !(sorted[0] >= 0) || !Number.isFinite(sorted[calls - 1])) {
    throw new InvalidArgumentError('profiler/bad-samples', 'latencies must be measured times', {
      expected: 'at least one finite, non-negative time in ms',
      found: calls === 0 ? 'no sample' : `${sorted[0]} to ${sorted[calls - 1]}`,
      where: 'samples',
    });
  }
  let sum = 0;
  for (const sample of sorted) sum += sample;
  return {
    calls,
    mean: sum / calls,
    min: sorted[0],
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    max: sorted[calls - 1],
    histogram: histogramOf(sorted),
  };
}

/** Value below which the given fraction of the ascending samples lies. */
export function percentile(sorted: Float64Array, fraction: number): number {
  const place = fraction * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}

function histogramOf(sorted: Float64Array): LatencyHistogram {
  const max = sorted[sorted.length - 1];
  // Timers tick: a zero counts as the smallest time that was seen, and has no logarithm otherwise.
  const positive = sorted.find((sample) => sample > 0) ?? 1;
  const low = Math.log(positive);
  const span = Math.max(Math.log(Math.max(max, positive)) - low, 1e-9);
  const edges = Array.from({ length: BARS + 1 }, (_, k) => Math.exp(low + (span * k) / BARS));
  const counts = new Array<number>(BARS).fill(0);
  for (const sample of sorted) {
    const place = ((Math.log(Math.max(sample, positive)) - low) / span) * BARS;
    counts[Math.min(BARS - 1, Math.floor(place))] += 1;
  }
  return { edges, counts };
}
