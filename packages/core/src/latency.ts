import { InvalidArgumentError } from './errors.ts';
import { fields, list, type Shape } from './jsonShape.ts';

/** Bins of the histogram in a factor of ten. */
const BINS_PER_DECADE = 10;

/** How long calls took, ms. */
export interface LatencyDistribution {
  readonly count: number;
  readonly mean: number;
  readonly standardDeviation: number;
  readonly min: number;
  /** Median. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  readonly histogram: LatencyHistogram;
}

/** Counts in bins of equal width on a logarithmic scale: latencies have long tails. */
export interface LatencyHistogram {
  /** Borders of the bins, ms, ascending; one more than there are counts. */
  readonly edges: readonly number[];
  /** Calls with edges[k] <= latency < edges[k + 1]. */
  readonly counts: readonly number[];
}

const n = 'number';

/** Shape of a `LatencyDistribution` in a file. */
export const LATENCY_SHAPE: Shape = fields({
  count: n,
  mean: n,
  standardDeviation: n,
  min: n,
  p50: n,
  p90: n,
  p99: n,
  max: n,
  histogram: fields({ edges: list(n), counts: list(n) }),
});

/**
 * Statistics of latencies.
 *
 * Percentiles interpolate linearly between order statistics, as NumPy does.
 * @param samples ms, finite and not negative
 * @throws InvalidArgumentError `statistics/invalid-samples`
 */
export function latencyDistribution(samples: ArrayLike<number>): LatencyDistribution {
  const sorted = Float64Array.from(samples).sort();
  const bad = sorted.find((value) => !(value >= 0 && Number.isFinite(value)));
  if (sorted.length === 0 || bad !== undefined) {
    throw new InvalidArgumentError('statistics/invalid-samples', 'latencies are times in ms', {
      expected: 'at least one latency, all finite and not negative',
      found: bad === undefined ? 'none' : String(bad),
    });
  }
  const count = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    count,
    mean,
    standardDeviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0,
    min: sorted[0],
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    max: sorted[count - 1],
    histogram: histogramOf(sorted),
  };
}

function percentile(sorted: Float64Array, fraction: number): number {
  const place = fraction * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}

/** Edges are powers of ten and what lies evenly between them, so that runs can be compared. */
function histogramOf(sorted: Float64Array): LatencyHistogram {
  // Below the resolution of the clock; a latency of zero has no logarithm.
  const finest = 1e-6;
  const bin = (value: number): number =>
    Math.floor(BINS_PER_DECADE * Math.log10(Math.max(value, finest)) + 1e-9);
  const first = bin(sorted[0]);
  const counts = new Array<number>(bin(sorted[sorted.length - 1]) - first + 1).fill(0);
  for (const value of sorted) counts[bin(value) - first]++;
  const edges = Array.from(
    { length: counts.length + 1 },
    (_, k) => 10 ** ((first + k) / BINS_PER_DECADE),
  );
  return { edges, counts };
}
