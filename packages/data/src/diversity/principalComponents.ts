import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { PointMatrix } from '../descriptors/descriptorMatrix.ts';

/** The directions in which points differ most. */
export interface PrincipalComponents {
  readonly mean: Float64Array;
  /** All variances, largest first; none is below 0. */
  readonly variances: Float64Array;
  /** Share of the variance along each of the directions asked for, 0..1; 0 where points are equal. */
  readonly explained: readonly number[];
  /** Unit vectors of the directions asked for; the largest component of each is positive. */
  readonly directions: readonly Float64Array[];
  /** Coordinates of the points along the directions, one array per direction. */
  readonly scores: readonly Float64Array[];
}

/**
 * Principal components of points: eigenvectors of their covariance matrix (population, n in the
 * denominator). Columns are centred, not scaled: descriptors have a common scale by construction.
 */
export function principalComponents(points: PointMatrix, count = 2): PrincipalComponents {
  const { rows, columns } = points;
  const mean = columnMeans(points);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    covariance(points, mean),
    { assumeSymmetric: true },
  );
  const order = realEigenvalues.map((_, k) => k);
  order.sort((a, b) => realEigenvalues[b] - realEigenvalues[a] || a - b);
  const variances = Float64Array.from(order, (k) => Math.max(0, realEigenvalues[k]));
  const total = variances.reduce((sum, x) => sum + x, 0);
  const directions = order
    .slice(0, count)
    .map((k) => oriented(Float64Array.from(eigenvectorMatrix.getColumn(k))));
  return {
    mean,
    variances,
    explained: [...variances.subarray(0, count)].map((x) => (total > 0 ? x / total : 0)),
    directions,
    scores: directions.map((direction) => {
      const out = new Float64Array(rows);
      for (let i = 0; i < rows; i++) {
        for (let c = 0; c < columns; c++) {
          out[i] += (points.data[i * columns + c] - mean[c]) * direction[c];
        }
      }
      return out;
    }),
  };
}

/**
 * How many directions the points fill: (sum of variances)^2 / sum of squared variances, the
 * participation ratio; 1 on a line, the number of columns for a ball, 0 for equal points.
 */
export function effectiveDimension(variances: Float64Array): number {
  let sum = 0;
  let squares = 0;
  for (const variance of variances) {
    sum += variance;
    squares += variance ** 2;
  }
  return squares > 0 ? (sum * sum) / squares : 0;
}

function columnMeans({ data, rows, columns }: PointMatrix): Float64Array {
  const mean = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < columns; c++) mean[c] += data[i * columns + c];
  }
  return mean.map((sum) => sum / Math.max(rows, 1));
}

function covariance({ data, rows, columns }: PointMatrix, mean: Float64Array): Matrix {
  const sums = new Float64Array(columns * columns);
  const row = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < columns; c++) row[c] = data[i * columns + c] - mean[c];
    for (let a = 0; a < columns; a++) {
      for (let b = 0; b <= a; b++) sums[a * columns + b] += row[a] * row[b];
    }
  }
  const out = new Matrix(columns, columns);
  for (let a = 0; a < columns; a++) {
    for (let b = 0; b <= a; b++) {
      out.set(a, b, sums[a * columns + b] / Math.max(rows, 1));
      out.set(b, a, sums[a * columns + b] / Math.max(rows, 1));
    }
  }
  return out;
}

function oriented(direction: Float64Array): Float64Array {
  let largest = 0;
  for (let k = 1; k < direction.length; k++) {
    if (Math.abs(direction[k]) > Math.abs(direction[largest])) largest = k;
  }
  return direction[largest] < 0 ? direction.map((x) => -x) : direction;
}
