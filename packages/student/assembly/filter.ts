import { Lanes } from './lanes';

/**
 * Filters of four features: a cubic c0 + c1 t + c2 t^2 + c3 t^3 with t from 0 to 1 in an interval of
 * the table. Coefficients lie side by side, 64 bytes.
 */
export class Filter {
  @inline
  static value(c0: v128, c1: v128, c2: v128, c3: v128, t: v128): v128 {
    return Lanes.madd(Lanes.madd(Lanes.madd(c3, t, c2), t, c1), t, c0);
  }

  /** Derivative by t, from 2t and 3t^2. */
  @inline
  static slope(c1: v128, c2: v128, c3: v128, twice: v128, threeSquares: v128): v128 {
    return Lanes.madd(threeSquares, c3, Lanes.madd(twice, c2, c1));
  }

  /** Value at an address of the table, or of computed filters. */
  @inline
  static at(exact: bool, p: usize, t: v128): v128 {
    if (exact) return v128.load(p);
    return Filter.value(v128.load(p), v128.load(p + 16), v128.load(p + 32), v128.load(p + 48), t);
  }
}
