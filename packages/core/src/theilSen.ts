import { InvalidArgumentError } from './errors.ts';

/** More points than this are thinned out evenly: the number of pairs grows with the square. */
const MOST_POINTS = 800;

export interface RobustSlope {
  /** Median of the slopes of all pairs of points. */
  readonly slope: number;
  /** Confidence band of the slope. */
  readonly low: number;
  readonly high: number;
}

/**
 * Theil-Sen estimate of a slope, unmoved by up to 29 % of outliers, with the band that belongs to
 * Kendall's tau.
 *
 * P. K. Sen, J. Am. Stat. Assoc. 63, 1379 (1968), with the variance corrected for ties. Points are
 * taken to be independent; where they are not, the band is too narrow.
 *
 * @param confidence of the two-sided band, between 0 and 1
 * @param options.inflation of the variance, where points are correlated: (1 + r) / (1 - r) for a correlation r
 * of neighbours. K. H. Hamed, A. R. Rao, J. Hydrol. 204, 182 (1998). Default 1.
 * @throws InvalidArgumentError `statistics/too-few-points`, `statistics/invalid-confidence`
 */
export function theilSenSlope(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  confidence: number,
  { inflation = 1 }: { readonly inflation?: number } = {},
): RobustSlope {
  if (!(confidence > 0 && confidence < 1)) {
    throw new InvalidArgumentError('statistics/invalid-confidence', 'confidence is a probability', {
      expected: 'a number between 0 and 1',
      found: String(confidence),
    });
  }
  const step = Math.ceil(x.length / MOST_POINTS);
  const points = Array.from(
    { length: Math.ceil(x.length / Math.max(step, 1)) },
    (_, k) => k * step,
  );
  const slopes: number[] = [];
  for (const [k, i] of points.entries()) {
    for (const j of points.slice(k + 1)) {
      if (x[j] !== x[i]) slopes.push((y[j] - y[i]) / (x[j] - x[i]));
    }
  }
  if (slopes.length < 3 || x.length !== y.length) {
    throw new InvalidArgumentError('statistics/too-few-points', 'a slope needs more points', {
      expected: 'at least 3 points at different x, and a y for each',
      found: `${x.length} x, ${y.length} y`,
    });
  }
  const sorted = Float64Array.from(slopes).sort();
  const count = sorted.length;
  const spread =
    normalQuantile((1 + confidence) / 2) *
    Math.sqrt(inflation * kendallVariance(points.map((k) => y[k])));
  const lower = Math.max(Math.round((count - spread) / 2) - 1, 0);
  const upper = Math.min(Math.round((count + spread) / 2), count - 1);
  const middle = Math.floor(count / 2);
  const median = count % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { slope: median, low: sorted[lower], high: sorted[upper] };
}

/** Variance of Kendall's S for n values with groups of equal ones. */
function kendallVariance(values: readonly number[]): number {
  const term = (n: number): number => (n * (n - 1) * (2 * n + 5)) / 18;
  const groups = new Map<number, number>();
  for (const value of values) groups.set(value, (groups.get(value) ?? 0) + 1);
  let ties = 0;
  for (const size of groups.values()) ties += term(size);
  return term(values.length) - ties;
}

/**
 * Quantile of the standard normal distribution for p >= 1/2, by bisection of its distribution
 * function.
 */
function normalQuantile(p: number): number {
  let low = 0;
  let high = 40;
  while (high - low > 1e-10) {
    const middle = (low + high) / 2;
    if (normalDistribution(middle) < p) low = middle;
    else high = middle;
  }
  return low;
}

/** Distribution function for x >= 0; Abramowitz and Stegun 26.2.17, error below 7.5e-8. */
function normalDistribution(x: number): number {
  const t = 1 / (1 + 0.2316419 * x);
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
