/** A derivative from differences, and what it is good for. */
export interface Slope {
  readonly value: number;
  /**
   * How far the formula of fourth order is from itself at twice the step: it grows with the step where
   * the function is too rough for it, and as the step shrinks where there is noise.
   */
  readonly resolution: number;
}

/**
 * Derivative at 0 from `differences[k]` = f(o) - f(-o) at offsets o = step 2^k, at least three.
 *
 * D(h) = (8 (f(h) - f(-h)) - f(2h) + f(-2h)) / 12 h for a step and for half of it make
 * D = D(h/2) + (D(h/2) - D(h)) / 15 of sixth order (Richardson). Of more than three offsets, every three in
 * a row are tried, and the one with the best resolution is taken: that finds the step for a function
 * in single precision as well as in double.
 */
export function slopeOf(differences: ArrayLike<number>, step: number): Slope {
  let best: Slope = { value: NaN, resolution: Infinity };
  for (let k = 0; k + 2 < differences.length; k++) {
    const h = step * 2 ** k;
    const fine = (8 * differences[k] - differences[k + 1]) / (12 * h);
    const coarse = (8 * differences[k + 1] - differences[k + 2]) / (24 * h);
    const resolution = Math.abs(fine - coarse);
    if (resolution < best.resolution) best = { value: fine + (fine - coarse) / 15, resolution };
  }
  return best;
}

/**
 * Jump of a function in the middle of four samples at -3h, -h, h, 3h: the middle step less the mean of the
 * outer ones, of order h^3 where nothing happens.
 */
export function jumpOf([a, b, c, d]: readonly number[]): number {
  return c - b - (b - a + (d - c)) / 2;
}
