/** a - b. */
export function minus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, k) => value - b[k]);
}

/** Root of the mean square. */
export function rms(values: Float64Array | readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / values.length);
}

/** Of the rows of 3. */
export function longestRow(rows: Float64Array): number {
  let most = 0;
  for (let i = 0; i < rows.length; i += 3) {
    most = Math.max(most, Math.hypot(rows[i], rows[i + 1], rows[i + 2]));
  }
  return most;
}
