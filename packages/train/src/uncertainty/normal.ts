/** Terms of the series are added until they are below this part of the sum. */
const PRECISION = 1e-16;
/** Beyond this many standard deviations the fraction is 1 in float64. */
const FAR = 8.5;

/**
 * Fraction of normally distributed errors within `z` standard deviations, erf(z / sqrt(2)).
 *
 * Series with positive terms only (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.6), so
 * that nothing cancels.
 */
export function normalFraction(z: number): number {
  if (z >= FAR) return 1;
  const x = z / Math.SQRT2;
  let term = x;
  let sum = x;
  for (let n = 1; term > PRECISION * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return Math.min(1, (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum);
}
