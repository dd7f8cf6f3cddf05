/** Number of sums. */
export const PAIR_SUMS = 8;
/** Standard deviations of a random displacement that are forgiven. */
export const SIGMAS = 5;
/** Relative rounding of the sums. */
const ROUNDING = 1e-9;
/** Strain by which cells differ that were written with six digits. */
const CELL_ROUNDING = 1e-6;

/**
 * Sums over pairs of g_m(x) = (1 - x)^2 cos(m pi x), x being a function of the distance, and how
 * they answer to displacements. Set `x`, its derivatives and `vector`, then `add`; after the last
 * pair of an atom, `finishAtom`.
 */
export class PairSums {
  readonly values: Float64Array = new Float64Array(PAIR_SUMS);
  /** From the atom to its neighbour, Angstrom. */
  readonly vector: Float64Array = new Float64Array(3);
  x = 0;
  /** dx/dd, 1/Angstrom. */
  slope = 0;
  /** d2x/dd2, 1/Angstrom^2. */
  curvature = 0;
  readonly #size = new Float64Array(PAIR_SUMS);
  /** Derivative with respect to a strain of all lengths. */
  readonly #strain = new Float64Array(PAIR_SUMS);
  /** Squared lengths of gradient and second derivative, and trace of the latter. */
  readonly #gradient2 = new Float64Array(PAIR_SUMS);
  readonly #hessian2 = new Float64Array(PAIR_SUMS);
  readonly #trace = new Float64Array(PAIR_SUMS);
  /** Gradient (3) and second derivative (xx yy zz yz xz xy) of the atom at work. */
  readonly #gradient = new Float64Array(3 * PAIR_SUMS);
  readonly #hessian = new Float64Array(6 * PAIR_SUMS);

  /** Counts one direction of a pair with distance `d`, Angstrom. */
  add(weight: number, d: number): void {
    const { x, slope, curvature, vector } = this;
    const gradient = this.#gradient;
    const hessian = this.#hessian;
    const rx = vector[0] / d;
    const ry = vector[1] / d;
    const rz = vector[2] / d;
    const u = 1 - x;
    const c1 = Math.cos(Math.PI * x);
    const s1 = Math.sin(Math.PI * x);
    let cos = 1;
    let sin = 0;
    for (let m = 0; m < PAIR_SUMS; m++) {
      const k = m * Math.PI;
      const first = -2 * u * cos - u * u * k * sin;
      const second = 2 * cos + 4 * u * k * sin - u * u * k * k * cos;
      const value = 0.5 * weight * u * u * cos;
      const pull = weight * first * slope;
      this.values[m] += value;
      this.#size[m] += Math.abs(value);
      this.#strain[m] += 0.5 * pull * d;
      // Of two atoms in one place there is no direction.
      if (d > 0) {
        const along = weight * (second * slope * slope + first * curvature);
        const across = pull / d;
        const skew = along - across;
        gradient[3 * m] -= pull * rx;
        gradient[3 * m + 1] -= pull * ry;
        gradient[3 * m + 2] -= pull * rz;
        hessian[6 * m] += across + skew * rx * rx;
        hessian[6 * m + 1] += across + skew * ry * ry;
        hessian[6 * m + 2] += across + skew * rz * rz;
        hessian[6 * m + 3] += skew * ry * rz;
        hessian[6 * m + 4] += skew * rx * rz;
        hessian[6 * m + 5] += skew * rx * ry;
        // The block that joins the two atoms.
        this.#hessian2[m] += along * along + 2 * across * across;
      }
      const next = cos * c1 - sin * s1;
      sin = sin * c1 + cos * s1;
      cos = next;
    }
  }

  finishAtom(): void {
    for (let m = 0; m < PAIR_SUMS; m++) {
      for (let a = 0; a < 3; a++) {
        const diagonal = this.#hessian[6 * m + a];
        const off = this.#hessian[6 * m + 3 + a];
        this.#gradient2[m] += this.#gradient[3 * m + a] ** 2;
        this.#hessian2[m] += diagonal * diagonal + 2 * off * off;
        this.#trace[m] += diagonal;
      }
    }
    this.#gradient.fill(0);
    this.#hessian.fill(0);
  }

  /**
   * How far each value moves when atoms move at random by `tolerance` in root mean square, and the
   * cell by rounding. For a displacement with the standard deviation s per coordinate, the first
   * order has the standard deviation s |gradient|, the second the mean s^2/2 trace(H) and the
   * standard deviation s^2/sqrt(2) |H|.
   */
  slack(tolerance: number, atoms: number): Float64Array {
    const first = tolerance * Math.min(Math.sqrt(atoms), SIGMAS);
    const variance = (tolerance * tolerance) / 3;
    return Float64Array.from(this.values, (_, m) => {
      const second = 0.5 * Math.abs(this.#trace[m]) + SIGMAS * Math.sqrt(this.#hessian2[m] / 2);
      return (
        first * Math.sqrt(this.#gradient2[m]) +
        variance * second +
        CELL_ROUNDING * Math.abs(this.#strain[m]) +
        ROUNDING * this.#size[m]
      );
    });
  }
}
