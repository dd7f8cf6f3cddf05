/** Scalar product. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** Euclidean norm. */
export function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

/** A new vector: factor a. */
export function scaled(a: Float64Array, factor: number): Float64Array {
  return a.map((value) => factor * value);
}

/** a += factor b, in place. */
export function addScaled(a: Float64Array, b: Float64Array, factor: number): void {
  for (let k = 0; k < a.length; k++) a[k] += factor * b[k];
}

/** The norm of the longest of all rows of three; NaN where one of them is. */
export function longestRow(rows: Float64Array): number {
  let most = 0;
  for (let k = 0; k < rows.length; k += 3) {
    most = Math.max(most, rows[k] ** 2 + rows[k + 1] ** 2 + rows[k + 2] ** 2);
  }
  return Math.sqrt(most);
}
