import { Images } from './images';
import { BINS_PER_ATOM, Scratch } from './scratch';

/**
 * Widths of the bins relative to the search radius, along the first two axes and the third.
 * Atoms of bins side by side along the third are tested in one run: wide bins across make few
 * long runs, and narrow ones along them waste little at their ends.
 */
const ACROSS: f64 = 1;
const ALONG: f64 = 0.25;

/** A grid of bins that follows the cell, and folded atoms sorted into it. */
export class Bins {
  /** One bin along each axis. False where too many images are in reach. */
  static one(scratch: Scratch): bool {
    for (let k = 0; k < 3; k++) scratch.bins[k] = 1;
    return Images.span(scratch);
  }

  /** Chooses the bins and sorts the atoms into them. False where too many images are in reach. */
  static sort(scratch: Scratch): bool {
    Bins.choose(scratch);
    if (!Images.span(scratch)) return false;
    Bins.scale(scratch);
    Bins.count(scratch);
    Bins.place(scratch);
    return true;
  }

  private static choose(scratch: Scratch): void {
    const bins = scratch.bins;
    const radius = scratch.radius;
    const most = BINS_PER_ATOM * scratch.atoms;
    for (let k = 0; k < 3; k++) {
      const width = (k === 2 ? ALONG : ACROSS) * radius;
      bins[k] = <i32>max<f64>(1, min<f64>(floor<f64>(scratch.heights[k] / width), most));
    }
    while (<f64>bins[0] * <f64>bins[1] * <f64>bins[2] > <f64>most) {
      let largest = 0;
      for (let k = 1; k < 3; k++) if (bins[k] > bins[largest]) largest = k;
      bins[largest] = (bins[largest] + 1) >> 1;
    }
  }

  /** Turns fractional coordinates into units of bins. */
  private static scale(scratch: Scratch): void {
    const coordinates = scratch.coordinates;
    const length = 3 * scratch.atoms;
    for (let k = 0; k < 3; k++) {
      const bins = <f64>scratch.bins[k];
      const scale = scratch.isPeriodic(k) ? bins : bins / scratch.heights[k];
      const lower = scratch.lower[k];
      for (let i = k; i < length; i += 3) coordinates[i] = (coordinates[i] - lower) * scale;
    }
  }

  /** Finds the bin of each atom and the first slot of each bin. */
  private static count(scratch: Scratch): void {
    const bins = scratch.bins;
    const start = scratch.start;
    const binOf = scratch.binOf;
    const total = bins[0] * bins[1] * bins[2];
    for (let b = 0; b <= total; b++) start[b] = 0;
    for (let i = 0; i < scratch.atoms; i++) {
      const x = Bins.along(scratch, i, 0);
      const y = Bins.along(scratch, i, 1);
      const bin = (x * bins[1] + y) * bins[2] + Bins.along(scratch, i, 2);
      binOf[i] = bin;
      start[bin + 1] += 1;
    }
    for (let b = 0; b < total; b++) start[b + 1] += start[b];
  }

  /** Gives each atom its slot; from the last to the first, so that bins keep their order. */
  private static place(scratch: Scratch): void {
    const start = scratch.start;
    const binOf = scratch.binOf;
    const folded = scratch.folded;
    for (let i = scratch.atoms - 1; i >= 0; i--) {
      // The end of a bin is moved down to its beginning: afterwards entry b + 1 begins bin b.
      const slot = start[binOf[i] + 1] - 1;
      start[binOf[i] + 1] = slot;
      scratch.order[slot] = i;
      scratch.x[slot] = folded[3 * i];
      scratch.y[slot] = folded[3 * i + 1];
      scratch.z[slot] = folded[3 * i + 2];
    }
    const bins = scratch.bins;
    const total = bins[0] * bins[1] * bins[2];
    for (let b = 0; b < total; b++) start[b] = start[b + 1];
    start[total] = scratch.atoms;
  }

  /** Bin of atom i along axis k. */
  @inline
  static along(scratch: Scratch, i: i32, k: i32): i32 {
    const bin = <i32>floor<f64>(scratch.coordinates[3 * i + k]);
    return max<i32>(0, min<i32>(bin, scratch.bins[k] - 1));
  }
}
