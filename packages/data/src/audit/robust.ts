/** Median and spread that outliers do not move. */
export interface RobustSpread {
  readonly median: number;
  /** Median absolute deviation times 1.4826: the standard deviation of a normal distribution. */
  readonly spread: number;
}

/** Lower median of the values; NaN of none. */
export function medianOf(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? NaN : sorted[(sorted.length - 1) >> 1];
}

/** Median and median absolute deviation. */
export function robustSpread(values: ArrayLike<number>): RobustSpread {
  const median = medianOf(values);
  const deviations = Float64Array.from(values, (value) => Math.abs(value - median));
  return { median, spread: 1.4826 * medianOf(deviations) };
}

/** A plane y = a x + b z through the origin, and how much it leaves over. */
export interface RobustPlane {
  /** a and b; 0 for a column without values. */
  readonly slopes: readonly [number, number];
  /** Sum of |y - a x - b z|. */
  readonly left: number;
}

/** Rounds of reweighting. */
const ROUNDS = 40;
/** Deviations below this part of the median |y| are all one. */
const FLOOR = 1e-4;
/** Columns with a smaller sine between them are one. */
const PARALLEL = 1e-6;

/**
 * The slopes with the least sum of absolute deviations, by least squares reweighted with
 * 1 / |deviation|: up to half of the points may be wrong without moving them far.
 */
export function robustPlane(x: Float64Array, z: Float64Array, y: Float64Array): RobustPlane {
  const floor = FLOOR * medianOf(y.map(Math.abs)) || 1;
  const weights = new Float64Array(y.length).fill(1);
  let slopes: [number, number] = [0, 0];
  let left = 0;
  for (let round = 0; round < ROUNDS; round++) {
    slopes = weightedPlane(x, z, { y, weights });
    left = 0;
    for (let k = 0; k < y.length; k++) {
      const deviation = Math.abs(y[k] - slopes[0] * x[k] - slopes[1] * z[k]);
      left += deviation;
      weights[k] = floor / Math.max(floor, deviation);
    }
  }
  return { slopes, left };
}

function weightedPlane(
  x: Float64Array,
  z: Float64Array,
  { y, weights }: { readonly y: Float64Array; readonly weights: Float64Array },
): [number, number] {
  let [xx, xz, zz, xy, zy] = [0, 0, 0, 0, 0];
  for (let k = 0; k < y.length; k++) {
    const w = weights[k];
    xx += w * x[k] * x[k];
    xz += w * x[k] * z[k];
    zz += w * z[k] * z[k];
    xy += w * x[k] * y[k];
    zy += w * z[k] * y[k];
  }
  const determinant = xx * zz - xz * xz;
  if (determinant <= PARALLEL * xx * zz) return [xx > 0 ? xy / xx : 0, xx > 0 ? 0 : zy / zz || 0];
  return [(xy * zz - zy * xz) / determinant, (zy * xx - xy * xz) / determinant];
}
