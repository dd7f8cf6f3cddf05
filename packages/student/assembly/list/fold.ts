import { Doubles } from './views';
import { Lattice } from './lattice';
import { Scratch } from './scratch';

/** Of float64. */
const EPSILON: f64 = 2.220446049250313e-16;
/** Atoms must be fewer cells than this outside, so that sums of shifts fit 32 bits. */
const MOST_FOLDS: f64 = 268435456;

export class Fold {
  /**
   * Moves the atoms into the cell along periodic axes and computes their fractional coordinates
   * and the extents of the cell. False where a number is not finite, the periodic vectors span no
   * volume, or an atom is too many cells away to count them.
   */
  static all(scratch: Scratch): bool {
    const cell = scratch.cell;
    const frame = scratch.frame;
    for (let k = 0; k < 9; k++) if (cell[k] - cell[k] !== 0) return false;
    Lattice.complete(cell, scratch.pbc, frame);
    if (!Lattice.invert(frame, scratch.inverse)) return false;
    let longest: f64 = 0;
    for (let k = 0; k < 3; k++) longest = max<f64>(longest, Lattice.length(frame, k));
    let largest = longest;
    let farthest: f64 = 0;
    const length = 3 * scratch.atoms;
    for (let at = 0; at < length; at += 3) {
      const folds = Fold.atom(scratch, at);
      const positions = scratch.positions;
      // The maximum of a number and NaN is NaN.
      for (let k = at; k < at + 3; k++) largest = max<f64>(largest, abs<f64>(positions[k]));
      farthest = max<f64>(farthest, folds);
    }
    if (!(farthest < MOST_FOLDS && largest < Infinity)) return false;
    Fold.measure(scratch);
    let terms = max<f64>(largest, farthest * longest) + scratch.radius;
    for (let k = 0; k < 3; k++) {
      if (scratch.isPeriodic(k)) terms += (scratch.radius / scratch.heights[k]) * longest;
    }
    scratch.slack = 64 * EPSILON * terms;
    return true;
  }

  /** Folds the atom whose numbers begin at `at`; how many cells it was away along any axis. */
  @inline
  private static atom(scratch: Scratch, at: i32): f64 {
    const positions = scratch.positions;
    const coordinates = scratch.coordinates;
    const x = positions[at];
    const y = positions[at + 1];
    const z = positions[at + 2];
    let a: f64 = 0;
    let b: f64 = 0;
    let c: f64 = 0;
    let dx = x;
    let dy = y;
    let dz = z;
    const cell = scratch.frame;
    const inverse = scratch.inverse;
    const pbc = scratch.pbc;
    // Twice: from far away the first result is rounded, and may be beyond a face of a skewed cell.
    for (let pass = 0; pass < 2; pass++) {
      if (pbc & 1) a += floor<f64>(Fold.along(inverse, 0, dx, dy, dz));
      if (pbc & 2) b += floor<f64>(Fold.along(inverse, 1, dx, dy, dz));
      if (pbc & 4) c += floor<f64>(Fold.along(inverse, 2, dx, dy, dz));
      dx = x - (a * cell[0] + b * cell[3] + c * cell[6]);
      dy = y - (a * cell[1] + b * cell[4] + c * cell[7]);
      dz = z - (a * cell[2] + b * cell[5] + c * cell[8]);
    }
    for (let k = 0; k < 3; k++) coordinates[at + k] = Fold.along(inverse, k, dx, dy, dz);
    const folded = scratch.folded;
    folded[at] = dx;
    folded[at + 1] = dy;
    folded[at + 2] = dz;
    const folds = scratch.folds;
    folds[at] = <i32>a;
    folds[at + 1] = <i32>b;
    folds[at + 2] = <i32>c;
    return max<f64>(abs<f64>(a), max<f64>(abs<f64>(b), abs<f64>(c)));
  }

  /** Fractional coordinate k. */
  @inline
  private static along(inverse: Doubles, k: i32, x: f64, y: f64, z: f64): f64 {
    return x * inverse[k] + y * inverse[3 + k] + z * inverse[6 + k];
  }

  /** Extents of the cell, and of the atoms along axes that are not periodic. */
  private static measure(scratch: Scratch): void {
    const inverse = scratch.inverse;
    const coordinates = scratch.coordinates;
    const length = 3 * scratch.atoms;
    for (let k = 0; k < 3; k++) {
      if (scratch.isPeriodic(k)) {
        const x = inverse[k];
        const y = inverse[3 + k];
        const z = inverse[6 + k];
        // Distance between the two faces: 1 / |gradient of the fractional coordinate|.
        scratch.heights[k] = 1 / sqrt<f64>(x * x + y * y + z * z);
        scratch.lower[k] = 0;
        continue;
      }
      let low: f64 = Infinity;
      let high: f64 = -Infinity;
      for (let i = k; i < length; i += 3) {
        low = min<f64>(low, coordinates[i]);
        high = max<f64>(high, coordinates[i]);
      }
      scratch.lower[k] = low;
      // No thinner than the radius: all atoms may lie in a plane.
      scratch.heights[k] = max<f64>(high - low, scratch.radius);
    }
  }
}
