import { Doubles } from './views';

/** Relative volume below which lattice vectors count as linearly dependent. */
const DEGENERATE: f64 = 1e-8;

/**
 * The lattice that periodic images follow and its inverse, as `periodicCell` and `invertCell` of
 * @mlffd/core have them. Bit k of `pbc` says whether axis k is periodic.
 */
export class Lattice {
  /**
   * Writes the frame of `cell` (9, rows, Angstrom): rows of periodic axes as they are, the others
   * unit vectors orthogonal to them, whatever the cell says there.
   */
  static complete(cell: Doubles, pbc: u32, out: Doubles): void {
    for (let k = 0; k < 9; k++) out[k] = cell[k];
    const periodic = popcnt<u32>(pbc & 7);
    if (periodic === 0) {
      for (let k = 0; k < 9; k++) out[k] = (k & 3) === 0 ? 1 : 0;
    } else if (periodic === 1) {
      const k = ctz<u32>(pbc & 7);
      const u = (k + 1) % 3;
      Lattice.setNormal(out, k, u);
      Lattice.setCross(out, (k + 2) % 3, k, u);
    } else if (periodic === 2) {
      const k = ctz<u32>(~pbc & 7);
      Lattice.setCross(out, k, (k + 1) % 3, (k + 2) % 3);
    }
  }

  /**
   * Writes d f_k / d x_a to `out[3 a + k]` for fractional coordinates f; false where the rows are
   * linearly dependent or not finite.
   */
  static invert(cell: Doubles, out: Doubles): bool {
    const a = cell[0];
    const b = cell[1];
    const c = cell[2];
    const d = cell[3];
    const e = cell[4];
    const f = cell[5];
    const g = cell[6];
    const h = cell[7];
    const i = cell[8];
    const volume = a * (e * i - f * h) + b * (f * g - d * i) + c * (d * h - e * g);
    const box = Lattice.length(cell, 0) * Lattice.length(cell, 1) * Lattice.length(cell, 2);
    // Written so that NaN is refused, too.
    if (!(abs<f64>(volume) > DEGENERATE * box && box < Infinity)) return false;
    const scale = 1 / volume;
    out[0] = (e * i - f * h) * scale;
    out[1] = (c * h - b * i) * scale;
    out[2] = (b * f - c * e) * scale;
    out[3] = (f * g - d * i) * scale;
    out[4] = (a * i - c * g) * scale;
    out[5] = (c * d - a * f) * scale;
    out[6] = (d * h - e * g) * scale;
    out[7] = (b * g - a * h) * scale;
    out[8] = (a * e - b * d) * scale;
    return true;
  }

  /** Length of row k, Angstrom. */
  static length(cell: Doubles, k: i32): f64 {
    const x = cell[3 * k];
    const y = cell[3 * k + 1];
    const z = cell[3 * k + 2];
    return sqrt<f64>(x * x + y * y + z * z);
  }

  /** Makes row `to` the unit vector along the cross product of rows u and v. */
  private static setCross(cell: Doubles, to: i32, u: i32, v: i32): void {
    const ux = cell[3 * u];
    const uy = cell[3 * u + 1];
    const uz = cell[3 * u + 2];
    const vx = cell[3 * v];
    const vy = cell[3 * v + 1];
    const vz = cell[3 * v + 2];
    cell[3 * to] = uy * vz - uz * vy;
    cell[3 * to + 1] = uz * vx - ux * vz;
    cell[3 * to + 2] = ux * vy - uy * vx;
    Lattice.normalize(cell, to);
  }

  /** Makes row `to` a unit vector normal to row k: the least aligned axis, made orthogonal. */
  private static setNormal(cell: Doubles, k: i32, to: i32): void {
    let best = to;
    for (let axis = 0; axis < 3; axis++) {
      if (abs<f64>(cell[3 * k + axis]) < abs<f64>(cell[3 * k + best])) best = axis;
    }
    const length = Lattice.length(cell, k);
    const along = cell[3 * k + best] / (length * length);
    for (let axis = 0; axis < 3; axis++) {
      cell[3 * to + axis] = (axis === best ? 1 : 0) - along * cell[3 * k + axis];
    }
    Lattice.normalize(cell, to);
  }

  /** A zero row (of dependent vectors) stays zero and shows as zero volume. */
  private static normalize(cell: Doubles, k: i32): void {
    const length = Lattice.length(cell, k);
    const scale = length > 0 ? 1 / length : 0;
    for (let axis = 0; axis < 3; axis++) cell[3 * k + axis] *= scale;
  }
}
