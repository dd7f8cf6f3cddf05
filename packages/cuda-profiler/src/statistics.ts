/** Correlation of neighbouring residuals about a line through the medians, 0 to 0.9. */
export function residualCorrelation(
  x: readonly number[],
  y: readonly number[],
  slope: number,
): number {
  const rest = Float64Array.from(y, (value, k) => value - slope * x[k]);
  const mean = rest.reduce((sum, value) => sum + value, 0) / rest.length;
  let [square, product] = [0, 0];
  for (let k = 0; k < rest.length; k++) {
    square += (rest[k] - mean) ** 2;
    if (k > 0) product += (rest[k] - mean) * (rest[k - 1] - mean);
  }
  return square === 0 ? 0 : Math.min(0.9, Math.max(0, product / square));
}
