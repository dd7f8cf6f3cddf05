/** Sweeps of Jacobi's method; three or four reach the last bit for 3 x 3. */
const SWEEPS = 12;

/** Row and column of the elements beside the diagonal. */
const PAIRS = [
  [0, 1],
  [0, 2],
  [1, 2],
] as const;

/**
 * The shortest x that solves A x = b as well as can be, for a symmetric 3 x 3 matrix: the product
 * with its pseudo-inverse. Eigenvalues below `tolerance` times the largest count as zero.
 *
 * Cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations, section 8.5).
 * @param matrix 9 values
 * @param vector 3 values
 */
export function solveSymmetric(
  matrix: ArrayLike<number>,
  vector: ArrayLike<number>,
  tolerance: number,
): Float64Array {
  const a = Float64Array.from(matrix);
  const vectors = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const [p, q] of PAIRS) rotate(a, vectors, p, q);
  }
  const largest = Math.max(Math.abs(a[0]), Math.abs(a[4]), Math.abs(a[8]));
  const solution = new Float64Array(3);
  for (let k = 0; k < 3; k++) {
    const value = a[4 * k];
    if (!(Math.abs(value) > tolerance * largest)) continue;
    const [x, y, z] = [vectors[k], vectors[3 + k], vectors[6 + k]];
    const along = (x * vector[0] + y * vector[1] + z * vector[2]) / value;
    solution[0] += along * x;
    solution[1] += along * y;
    solution[2] += along * z;
  }
  return solution;
}

/** Makes the element (p, q) zero; columns of `vectors` become eigenvectors. */
function rotate(a: Float64Array, vectors: Float64Array, p: number, q: number): void {
  const off = a[3 * p + q];
  if (off === 0) return;
  const theta = (a[4 * q] - a[4 * p]) / (2 * off);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < 3; k++) {
    const [x, y] = [a[3 * k + p], a[3 * k + q]];
    a[3 * k + p] = c * x - s * y;
    a[3 * k + q] = s * x + c * y;
  }
  for (let k = 0; k < 3; k++) {
    const [x, y] = [a[3 * p + k], a[3 * q + k]];
    a[3 * p + k] = c * x - s * y;
    a[3 * q + k] = s * x + c * y;
    const [u, v] = [vectors[3 * k + p], vectors[3 * k + q]];
    vectors[3 * k + p] = c * u - s * v;
    vectors[3 * k + q] = s * u + c * v;
  }
  // Zero up to rounding, which would keep small values alive from sweep to sweep.
  a[3 * p + q] = 0;
  a[3 * q + p] = 0;
}
