/** Eigenvalues and orthonormal eigenvectors (columns) of a symmetric matrix. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  /** n x n, row by row; column k belongs to `values[k]`. */
  readonly vectors: Float64Array;
}

/** Jacobi converges quadratically: a 100 x 100 matrix takes about 10 sweeps. */
const MAX_SWEEPS = 60;

/** Diagonalises a symmetric n x n matrix (row by row) by cyclic Jacobi rotations. */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const a = matrix.slice();
  const vectors = new Float64Array(n * n);
  for (let k = 0; k < n; k++) vectors[k * n + k] = 1;
  for (let sweep = 0; sweep < MAX_SWEEPS && offDiagonal(a, n) > 0; sweep++) {
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) rotate({ a, vectors, n }, p, q);
    }
  }
  return { values: Float64Array.from({ length: n }, (_, k) => a[k * n + k]), vectors };
}

/** Sum of squares above the diagonal, counted as zero once it is below rounding. */
function offDiagonal(a: Float64Array, n: number): number {
  let above = 0;
  let diagonal = 0;
  for (let p = 0; p < n; p++) {
    diagonal += a[p * n + p] ** 2;
    for (let q = p + 1; q < n; q++) above += a[p * n + q] ** 2;
  }
  return above <= 1e-32 * diagonal ? 0 : above;
}

interface RotationTarget {
  readonly a: Float64Array;
  readonly vectors: Float64Array;
  readonly n: number;
}

/** Makes a[p, q] zero by a rotation in the plane of p and q (Golub and Van Loan, 8.5.2). */
function rotate({ a, vectors, n }: RotationTarget, p: number, q: number): void {
  const apq = a[p * n + q];
  if (apq === 0) return;
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const kp = a[k * n + p];
    const kq = a[k * n + q];
    a[k * n + p] = c * kp - s * kq;
    a[k * n + q] = s * kp + c * kq;
  }
  for (let k = 0; k < n; k++) {
    const pk = a[p * n + k];
    const qk = a[q * n + k];
    a[p * n + k] = c * pk - s * qk;
    a[q * n + k] = s * pk + c * qk;
  }
  for (let k = 0; k < n; k++) {
    const kp = vectors[k * n + p];
    const kq = vectors[k * n + q];
    vectors[k * n + p] = c * kp - s * kq;
    vectors[k * n + q] = s * kp + c * kq;
  }
}
