/** A robust line through points at x = 0, 1, 2, ... */
export interface RobustSlope {
  /** Median of the slopes of all pairs of points. */
  readonly slope: number;
  /** Ends of the confidence band. */
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 % quantile of the normal distribution. */
const Z95 = 1.959964;

/**
 * Theil-Sen slope with Sen's 95 % confidence band, for values at even steps.
 *
 * The median of all pairwise slopes does not mind the jumps of a garbage collector, which ruin a
 * least-squares line. Source: P. K. Sen, J. Am. Stat. Assoc. 63, 1379 (1968), variance of
 * Kendall's S without ties.
 */
export function theilSen(values: ArrayLike<number>): RobustSlope {
  const n = values.length;
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let k = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) slopes[k++] = (values[j] - values[i]) / (j - i);
  }
  slopes.sort();
  const reach = Z95 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const last = slopes.length - 1;
  const low = Math.max(0, Math.floor((slopes.length - reach) / 2));
  const high = Math.min(last, Math.ceil((slopes.length + reach) / 2));
  const middle = slopes.length / 2;
  const median =
    slopes.length % 2 === 1
      ? slopes[Math.floor(middle)]
      : (slopes[middle - 1] + slopes[middle]) / 2;
  return { slope: median, low: slopes[low], high: slopes[high] };
}
