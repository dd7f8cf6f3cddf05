import { cross, dot } from './vector.ts';
import type { Matrix, Vector } from './vector.ts';

/** Determinant of an integer matrix; exact below 2^53. */
export function determinant(rows: Matrix): number {
  return dot(rows[0], cross(rows[1], rows[2]));
}

/** The matrix with `rows . adjugate = determinant . 1`; integer where the rows are. */
export function adjugate([a, b, c]: Matrix): Matrix {
  const [u, v, w] = [cross(b, c), cross(c, a), cross(a, b)];
  return [
    [u[0], v[0], w[0]],
    [u[1], v[1], w[1]],
    [u[2], v[2], w[2]],
  ];
}

/** Largest common divisor of the components; 0 for the zero vector. */
export function commonDivisor(vector: Vector): number {
  return vector.reduce((a, b) => {
    let [x, y] = [Math.abs(a), Math.abs(b)];
    while (y !== 0) [x, y] = [y, x % y];
    return x;
  }, 0);
}

/**
 * Upper triangular basis with positive diagonal of the lattice that integer vectors of full rank
 * generate (Hermite normal form without the reduction above the diagonal).
 */
export function hermiteBasis(vectors: readonly Vector[]): Matrix {
  const rows = vectors.map((v): number[] => [...v]);
  for (let k = 0; k < 3; k++) {
    eliminate(rows, k, k);
    if (rows[k][k] < 0) rows[k] = rows[k].map((x) => -x);
  }
  const [a, b, c] = rows;
  return [
    [a[0], a[1], a[2]],
    [0, b[1], b[2]],
    [0, 0, c[2]],
  ];
}

/**
 * Rows u, v, w of determinant +1 or -1 with u . normal = v . normal = 0 and w . normal = 1.
 *
 * @param normal integers without a common divisor
 */
export function planeBasis(normal: Vector): Matrix {
  // Row operations on (normal | identity): the right part stays unimodular.
  const rows = [
    [normal[0], 1, 0, 0],
    [normal[1], 0, 1, 0],
    [normal[2], 0, 0, 1],
  ];
  eliminate(rows, 0, 0);
  const sign = Math.sign(rows[0][0]);
  const [w, u, v] = rows;
  return [
    [u[1], u[2], u[3]],
    [v[1], v[2], v[3]],
    [sign * w[1], sign * w[2], sign * w[3]],
  ];
}

/** Euclid's algorithm on a column: leaves the common divisor in row `first`, 0 in the rows below. */
function eliminate(rows: number[][], first: number, column: number): void {
  for (;;) {
    const open = rows.flatMap((row, k) => (k >= first && row[column] !== 0 ? [k] : []));
    if (open.length === 0) return;
    const pivot = open.reduce((best, k) =>
      Math.abs(rows[k][column]) < Math.abs(rows[best][column]) ? k : best,
    );
    [rows[first], rows[pivot]] = [rows[pivot], rows[first]];
    if (open.length === 1) return;
    for (let k = first + 1; k < rows.length; k++) {
      const quotient = Math.trunc(rows[k][column] / rows[first][column]);
      if (quotient !== 0) rows[k] = rows[k].map((x, c) => x - quotient * rows[first][c]);
    }
  }
}
