import { reserveFloat64, reserveInt32 } from './buffers.ts';
import { invertCell, periodicCell } from './cell.ts';
import type { Atoms, Pbc } from './atoms.ts';

/**
 * Width of the bins relative to the search radius. Wide bins make long runs of atoms, which is
 * fastest; in a cell of few radii narrow ones waste less volume on its images.
 */
const WIDE_BINS = 1;
const NARROW_BINS = 0.5;
/** Heights of the cell, in radii, from which bins are wide. */
const WIDE_FROM = 4;
/** Upper bound of the number of bins, per atom. */
const BINS_PER_ATOM = 2;
/** Rounding of a coordinate in units of bins, far above the real one and far below one bin. */
const BIN_MARGIN = 1e-9;

/**
 * Atoms sorted into the bins of a grid that follows the cell.
 *
 * Positions are folded into the cell along periodic axes. Along the others the grid spans the
 * extent of the atoms, measured along a unit vector normal to the periodic ones. Arrays keep
 * their memory between builds and may be longer than needed.
 */
export class BinGrid {
  pbc: Pbc = [false, false, false];
  /** Number of bins along each axis. */
  readonly bins: Int32Array = new Int32Array(3);
  /** How many bins the search radius spans along each axis, not rounded, with a margin. */
  readonly reach: Float64Array = new Float64Array(3);
  /** Frame of the bins: lattice vectors, unit vectors along non-periodic axes, Angstrom. */
  cell: Float64Array = new Float64Array(9);
  /** First entry of each bin in `order`, and the total. */
  start: Int32Array = new Int32Array(0);
  /** Atoms by bin, ascending within a bin. */
  order: Int32Array = new Int32Array(0);
  /** Folded positions in the order of `order`, 3N, Angstrom. */
  sorted: Float64Array = new Float64Array(0);
  /** Folded positions, 3N, Angstrom. */
  folded: Float64Array = new Float64Array(0);
  /** Position of each atom in units of bins along each axis, 3N. */
  coordinates: Float64Array = new Float64Array(0);
  /** How many cells were taken off each atom to fold it, 3N; zero along non-periodic axes. */
  folds: Int32Array = new Int32Array(0);
  /** Bound of the rounding error of a distance between folded positions, Angstrom. */
  slack = 0;
  #binOf: Int32Array = new Int32Array(0);
  #next: Int32Array = new Int32Array(0);

  /** Sorts the atoms for a search within `radius` (Angstrom). */
  build(atoms: Atoms, radius: number): void {
    const n = atoms.numbers.length;
    this.pbc = atoms.pbc;
    this.cell = periodicCell(atoms.cell, atoms.pbc);
    const inverse = invertCell(this.cell);
    this.#fold(atoms, inverse);
    this.slack += 64 * Number.EPSILON * radius;
    this.#scale(n, inverse, radius);
    this.#sort(n);
  }

  #fold(atoms: Atoms, inverse: Float64Array): void {
    const length = atoms.positions.length;
    const { positions, pbc } = atoms;
    const { cell } = this;
    this.coordinates = reserveFloat64(this.coordinates, length);
    this.folded = reserveFloat64(this.folded, length);
    this.folds = reserveInt32(this.folds, length);
    const { coordinates, folded, folds } = this;
    let largest = 0;
    for (const value of cell) largest = Math.max(largest, Math.abs(value));
    for (let i = 0; i < length; i += 3) {
      const x = positions[i];
      const y = positions[i + 1];
      const z = positions[i + 2];
      largest = Math.max(largest, Math.abs(x), Math.abs(y), Math.abs(z));
      for (let k = 0; k < 3; k++) {
        const f = x * inverse[k] + y * inverse[3 + k] + z * inverse[6 + k];
        const fold = pbc[k] ? Math.floor(f) : 0;
        folds[i + k] = fold;
        coordinates[i + k] = f - fold;
      }
      const a = folds[i];
      const b = folds[i + 1];
      const c = folds[i + 2];
      folded[i] = x - (a * cell[0] + b * cell[3] + c * cell[6]);
      folded[i + 1] = y - (a * cell[1] + b * cell[4] + c * cell[7]);
      folded[i + 2] = z - (a * cell[2] + b * cell[5] + c * cell[8]);
    }
    this.slack = 64 * Number.EPSILON * largest;
  }

  /** Chooses the bins and turns fractional coordinates into units of bins. */
  #scale(n: number, inverse: Float64Array, radius: number): void {
    const { bins, reach, coordinates, pbc } = this;
    const heights = [0, 0, 0];
    const lower = [0, 0, 0];
    for (let k = 0; k < 3; k++) {
      if (pbc[k]) {
        // Distance between the two faces: 1 / |gradient of the fractional coordinate|.
        const gx = inverse[k];
        const gy = inverse[3 + k];
        const gz = inverse[6 + k];
        heights[k] = 1 / Math.sqrt(gx * gx + gy * gy + gz * gz);
      } else {
        let low = Infinity;
        let high = -Infinity;
        for (let i = k; i < 3 * n; i += 3) {
          low = Math.min(low, coordinates[i]);
          high = Math.max(high, coordinates[i]);
        }
        lower[k] = low;
        // No thinner than the radius: all atoms may lie in a plane.
        heights[k] = Math.max(high - low, radius);
      }
      const width = heights[k] < WIDE_FROM * radius ? NARROW_BINS : WIDE_BINS;
      const wanted = Math.floor(heights[k] / (width * radius));
      bins[k] = Math.max(1, Math.min(wanted, BINS_PER_ATOM * n));
    }
    while (bins[0] * bins[1] * bins[2] > Math.max(1, BINS_PER_ATOM * n)) {
      const largest = bins[0] >= bins[1] && bins[0] >= bins[2] ? 0 : bins[1] >= bins[2] ? 1 : 2;
      bins[largest] = Math.ceil(bins[largest] / 2);
    }
    for (let k = 0; k < 3; k++) {
      reach[k] = ((radius + this.slack) / heights[k]) * bins[k] + BIN_MARGIN;
      const scale = pbc[k] ? bins[k] : bins[k] / heights[k];
      for (let i = k; i < 3 * n; i += 3) coordinates[i] = (coordinates[i] - lower[k]) * scale;
    }
  }

  #sort(n: number): void {
    const { bins, coordinates, folded } = this;
    const count = bins[0] * bins[1] * bins[2];
    this.start = reserveInt32(this.start, count + 1);
    this.order = reserveInt32(this.order, n);
    this.sorted = reserveFloat64(this.sorted, 3 * n);
    this.#binOf = reserveInt32(this.#binOf, n);
    this.#next = reserveInt32(this.#next, count);
    const { start, order, sorted } = this;
    const binOf = this.#binOf;
    const next = this.#next;
    start.fill(0, 0, count + 1);
    for (let i = 0; i < n; i++) {
      const bx = Math.min(Math.floor(coordinates[3 * i]), bins[0] - 1);
      const by = Math.min(Math.floor(coordinates[3 * i + 1]), bins[1] - 1);
      const bz = Math.min(Math.floor(coordinates[3 * i + 2]), bins[2] - 1);
      binOf[i] = (bx * bins[1] + by) * bins[2] + bz;
      start[binOf[i] + 1]++;
    }
    for (let b = 0; b < count; b++) {
      next[b] = start[b];
      start[b + 1] += start[b];
    }
    for (let i = 0; i < n; i++) {
      const slot = next[binOf[i]]++;
      order[slot] = i;
      sorted[3 * slot] = folded[3 * i];
      sorted[3 * slot + 1] = folded[3 * i + 1];
      sorted[3 * slot + 2] = folded[3 * i + 2];
    }
  }
}
