import { BinGrid } from './binGrid.ts';
import { extendInt32, reserveInt32 } from './buffers.ts';
import { cellDeterminant } from './cell.ts';
import { InvalidArgumentError } from './errors.ts';
import { sortKeys } from './sortKeys.ts';
import type { Atoms } from './atoms.ts';

/** Below this many atoms all pairs are tried where nothing is periodic. */
const ALL_PAIRS_BELOW = 120;
/** Pairs per atom to make room for where the density is not known. */
const PAIRS_PER_ATOM = 32;
/** However dense a structure seems, no more room than this is made before the search. */
const MOST_PAIRS_EXPECTED = 2 ** 25;

/**
 * All pairs within a radius, images included, sorted by centre, then neighbour, then shift.
 *
 * A superset by rounding error of the pairs with d < radius: folding positions into the cell
 * costs the last bits. Whoever uses it tests distances from the positions as they are. Arrays keep
 * their memory between searches and may be longer than needed.
 */
export class PairSearch {
  count = 0;
  /** N+1, first pair of each centre. */
  offsets: Int32Array = new Int32Array(0);
  neighbors: Int32Array = new Int32Array(0);
  /** 3 per pair: S of r_j - r_i + S . cell. */
  shifts: Int32Array = new Int32Array(0);
  readonly #grid: BinGrid = new BinGrid();
  /** Pairs of one centre: neighbour and image in one number, see `ImageRange`. */
  #keys: Float64Array = new Float64Array(0);
  #scratch: Float64Array = new Float64Array(0);

  /** Searches within `radius` (Angstrom). */
  find(atoms: Atoms, radius: number): void {
    const n = atoms.numbers.length;
    this.offsets = reserveInt32(this.offsets, n + 1);
    if (n < ALL_PAIRS_BELOW && !atoms.pbc.includes(true)) {
      this.#tryAllPairs(atoms, radius);
      return;
    }
    this.#grid.build(atoms, radius);
    this.#searchBins(atoms, radius);
  }

  #tryAllPairs(atoms: Atoms, radius: number): void {
    const n = atoms.numbers.length;
    const { positions } = atoms;
    this.#reserve(n * (n - 1));
    const { offsets, neighbors } = this;
    const limit = radius * radius * (1 + 64 * Number.EPSILON);
    let count = 0;
    for (let i = 0; i < n; i++) {
      offsets[i] = count;
      const x = positions[3 * i];
      const y = positions[3 * i + 1];
      const z = positions[3 * i + 2];
      for (let j = 0; j < n; j++) {
        const dx = positions[3 * j] - x;
        const dy = positions[3 * j + 1] - y;
        const dz = positions[3 * j + 2] - z;
        if (dx * dx + dy * dy + dz * dz <= limit && j !== i) neighbors[count++] = j;
      }
    }
    offsets[n] = count;
    this.count = count;
    this.shifts.fill(0, 0, 3 * count);
  }

  #searchBins(atoms: Atoms, radius: number): void {
    const n = atoms.numbers.length;
    const { bins, reach, coordinates, folded, sorted, start, order, cell, pbc } = this.#grid;
    const images = imageRange(this.#grid, n);
    const { stride } = images;
    const [, sizeY, sizeZ] = images.size;
    const [minX, minY, minZ] = images.low;
    const [nx, ny, nz] = bins;
    const [px, py, pz] = pbc;
    const limit = (radius + this.#grid.slack) ** 2;
    const { offsets } = this;
    this.#reserve(this.#expectedPairs(atoms, radius));
    let keys = this.#keys.length > 0 ? this.#keys : this.#growKeys(PAIRS_PER_ATOM);
    let count = 0;
    for (let i = 0; i < n; i++) {
      offsets[i] = count;
      let found = 0;
      const x = folded[3 * i];
      const y = folded[3 * i + 1];
      const z = folded[3 * i + 2];
      const lowX = lowBin(coordinates[3 * i] - reach[0], px);
      const highX = highBin(coordinates[3 * i] + reach[0], nx, px);
      const lowY = lowBin(coordinates[3 * i + 1] - reach[1], py);
      const highY = highBin(coordinates[3 * i + 1] + reach[1], ny, py);
      const lowZ = lowBin(coordinates[3 * i + 2] - reach[2], pz);
      const highZ = highBin(coordinates[3 * i + 2] + reach[2], nz, pz);
      for (let X = lowX; X <= highX; X++) {
        const imageX = Math.floor(X / nx);
        const columnX = (X - imageX * nx) * ny;
        const codeX = (imageX - minX) * sizeY - minY;
        for (let Y = lowY; Y <= highY; Y++) {
          const imageY = Math.floor(Y / ny);
          const column = (columnX + Y - imageY * ny) * nz;
          const codeY = (codeX + imageY) * sizeZ - minZ;
          for (let imageZ = Math.floor(lowZ / nz); imageZ * nz <= highZ; imageZ++) {
            const first = Math.max(lowZ - imageZ * nz, 0);
            const last = Math.min(highZ - imageZ * nz, nz - 1);
            const code = codeY + imageZ;
            const ox = imageX * cell[0] + imageY * cell[3] + imageZ * cell[6] - x;
            const oy = imageX * cell[1] + imageY * cell[4] + imageZ * cell[7] - y;
            const oz = imageX * cell[2] + imageY * cell[5] + imageZ * cell[8] - z;
            const end = start[column + last + 1];
            const begin = start[column + first];
            if (found + end - begin > keys.length) keys = this.#growKeys(found + end - begin);
            for (let slot = begin; slot < end; slot++) {
              const dx = sorted[3 * slot] + ox;
              const dy = sorted[3 * slot + 1] + oy;
              const dz = sorted[3 * slot + 2] + oz;
              if (dx * dx + dy * dy + dz * dz > limit) continue;
              keys[found++] = order[slot] * stride + code;
            }
          }
        }
      }
      count = this.#appendRow(i, { found, count, images });
    }
    offsets[n] = count;
    this.count = count;
  }

  /** Sorts the keys of centre i and writes its pairs after the `count` that there are. */
  #appendRow(i: number, { found, count, images }: Row): number {
    sortKeys(this.#keys, found, this.#scratch);
    if (count + found > this.neighbors.length) {
      this.neighbors = extendInt32(this.neighbors, count + found);
      this.shifts = extendInt32(this.shifts, 3 * this.neighbors.length);
    }
    const { neighbors, shifts } = this;
    const keys = this.#keys;
    const { folds } = this.#grid;
    const fx = folds[3 * i];
    const fy = folds[3 * i + 1];
    const fz = folds[3 * i + 2];
    const { stride, home } = images;
    const inverse = 1 / stride;
    const self = i * stride + home;
    let slot = count;
    for (let k = 0; k < found; k++) {
      const key = keys[k];
      if (key === self) continue;
      const j = Math.floor(key * inverse);
      const code = key - j * stride;
      let sx = fx - folds[3 * j];
      let sy = fy - folds[3 * j + 1];
      let sz = fz - folds[3 * j + 2];
      if (code !== home) {
        const upper = Math.floor(code / images.size[2]);
        const top = Math.floor(upper / images.size[1]);
        sx += top + images.low[0];
        sy += upper - top * images.size[1] + images.low[1];
        sz += code - upper * images.size[2] + images.low[2];
      }
      neighbors[slot] = j;
      shifts[3 * slot] = sx;
      shifts[3 * slot + 1] = sy;
      shifts[3 * slot + 2] = sz;
      slot++;
    }
    return slot;
  }

  /** Pairs to make room for at first: those of a uniform density, as untouched memory is free. */
  #expectedPairs(atoms: Atoms, radius: number): number {
    const n = atoms.numbers.length;
    if (this.neighbors.length > 0 || atoms.pbc.includes(false)) return PAIRS_PER_ATOM * n;
    const density = n / Math.abs(cellDeterminant(atoms.cell));
    const pairs = ((4 * Math.PI) / 3) * radius ** 3 * density * n;
    return Math.min(Math.ceil(1.1 * pairs) + PAIRS_PER_ATOM * n, MOST_PAIRS_EXPECTED);
  }

  /** Neighbours and shifts have room for the same number of pairs, always. */
  #reserve(pairs: number): void {
    this.neighbors = reserveInt32(this.neighbors, pairs);
    this.shifts = reserveInt32(this.shifts, 3 * this.neighbors.length);
  }

  #growKeys(length: number): Float64Array {
    const keys = new Float64Array(2 * length);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#scratch = new Float64Array(2 * length);
    return keys;
  }
}

interface Row {
  readonly found: number;
  readonly count: number;
  readonly images: ImageRange;
}

/**
 * Images that a search can meet along each axis. Image (x, y, z) has the number
 * ((x - low x) * size y + (y - low y)) * size z + (z - low z), and a pair the key
 * j * stride + number, which sorts by neighbour, then shift.
 */
interface ImageRange {
  readonly low: readonly [number, number, number];
  readonly size: readonly [number, number, number];
  /** A power of two, so that a product with its inverse is exact. */
  readonly stride: number;
  /** Number of the image (0, 0, 0). */
  readonly home: number;
}

function imageRange(grid: BinGrid, atoms: number): ImageRange {
  const reach = [0, 1, 2].map((k) =>
    grid.pbc[k] ? Math.ceil(grid.reach[k] / grid.bins[k]) + 1 : 0,
  );
  const [x, y, z] = reach;
  const size: ImageRange['size'] = [2 * x + 1, 2 * y + 1, 2 * z + 1];
  const count = size[0] * size[1] * size[2];
  const home = (x * size[1] + y) * size[2] + z;
  const stride = 2 ** Math.ceil(Math.log2(count));
  if (stride * atoms <= Number.MAX_SAFE_INTEGER) return { low: [-x, -y, -z], size, stride, home };
  throw new InvalidArgumentError(
    'neighbors/too-many-images',
    `the cutoff reaches about ${count.toExponential(1)} periodic images of the cell`,
    {
      expected: 'fewer than 2^53 images of atoms',
      found: (stride * atoms).toExponential(1),
      hint: 'Check the unit of the cell and of the cutoff: both are Angstrom.',
    },
  );
}

function lowBin(coordinate: number, periodic: boolean): number {
  return periodic ? Math.floor(coordinate) : Math.max(0, Math.floor(coordinate));
}

function highBin(coordinate: number, bins: number, periodic: boolean): number {
  return periodic ? Math.floor(coordinate) : Math.min(bins - 1, Math.floor(coordinate));
}
