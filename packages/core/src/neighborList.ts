import { reserveFloat64, reserveInt32 } from './buffers.ts';
import { InvalidArgumentError } from './errors.ts';
import { PairSearch } from './pairSearch.ts';
import { validateAtoms } from './validation.ts';
import type { Atoms } from './atoms.ts';

/**
 * All directed pairs (edges) i -> j with d < cutoff, images of i itself included.
 *
 * Sorted by centre, then neighbour, then shift. Arrays may be longer than `count` says (lists of
 * a `VerletList`); what lies beyond is meaningless.
 *
 * | field | shape | |
 * |---|---|---|
 * | `centers` | E | atom i, ascending |
 * | `neighbors` | E | atom j |
 * | `shifts` | 3E | S, whole cells, for the positions as given (not wrapped) |
 * | `vectors` | 3E | r_j - r_i + S . cell, Angstrom |
 * | `distances` | E | length of the vector, Angstrom |
 * | `offsets` | N+1 | first edge of each centre, then `count` |
 */
export interface NeighborList {
  /** Angstrom. */
  readonly cutoff: number;
  readonly count: number;
  readonly centers: Int32Array;
  readonly neighbors: Int32Array;
  readonly shifts: Int32Array;
  readonly vectors: Float64Array;
  readonly distances: Float64Array;
  readonly offsets: Int32Array;
}

/**
 * Neighbour list of a structure: any cell (triclinic, left-handed, smaller than the cutoff), any
 * periodicity, atoms anywhere, in time and memory proportional to the number of pairs.
 *
 * @param cutoff Angstrom; pairs with d < cutoff are listed, computed in float64 from the positions
 * as given
 * @throws InvalidAtomsError for a structure that `validateAtoms` refuses
 * @throws InvalidArgumentError `neighbors/invalid-cutoff`, `neighbors/too-many-images`
 */
export function neighborList(atoms: Atoms, cutoff: number): NeighborList {
  validateAtoms(atoms);
  validateCutoff(cutoff);
  const search = new PairSearch();
  search.find(atoms, cutoff);
  const list = new EdgeBuffers(cutoff);
  // The search is not needed again: its memory becomes the list's.
  list.neighbors = search.neighbors;
  list.shifts = search.shifts;
  list.fill(search, atoms);
  return list.trimmed();
}

/** @throws InvalidArgumentError unless the cutoff is positive and finite */
export function validateCutoff(cutoff: number): void {
  if (cutoff > 0 && Number.isFinite(cutoff)) return;
  throw new InvalidArgumentError('neighbors/invalid-cutoff', `the cutoff is ${cutoff} Angstrom`, {
    expected: 'a positive, finite cutoff in Angstrom',
    found: String(cutoff),
  });
}

/** A list that keeps its memory when it is filled again. */
export class EdgeBuffers implements NeighborList {
  readonly cutoff: number;
  count = 0;
  centers: Int32Array = new Int32Array(0);
  neighbors: Int32Array = new Int32Array(0);
  shifts: Int32Array = new Int32Array(0);
  vectors: Float64Array = new Float64Array(0);
  distances: Float64Array = new Float64Array(0);
  offsets: Int32Array = new Int32Array(0);

  constructor(cutoff: number) {
    this.cutoff = cutoff;
  }

  /**
   * Takes over the candidates that are closer than the cutoff now. Works in place, too: edges are
   * written no farther than candidates have been read.
   */
  fill(candidates: PairSearch, atoms: Atoms): void {
    const n = atoms.numbers.length;
    this.centers = reserveInt32(this.centers, candidates.count);
    this.neighbors = reserveInt32(this.neighbors, candidates.count);
    this.shifts = reserveInt32(this.shifts, 3 * candidates.count);
    this.vectors = reserveFloat64(this.vectors, 3 * candidates.count);
    this.distances = reserveFloat64(this.distances, candidates.count);
    // Of exact length, so that `offsets.length - 1` is the number of atoms.
    if (this.offsets.length !== n + 1) this.offsets = new Int32Array(n + 1);
    const { cutoff, centers, neighbors, shifts, vectors, distances, offsets } = this;
    const { positions } = atoms;
    const [ax, ay, az, bx, by, bz, cx, cy, cz] = atoms.cell;
    const starts = candidates.offsets;
    let count = 0;
    for (let i = 0; i < n; i++) {
      offsets[i] = count;
      const x = positions[3 * i];
      const y = positions[3 * i + 1];
      const z = positions[3 * i + 2];
      for (let e = starts[i]; e < starts[i + 1]; e++) {
        const j = candidates.neighbors[e];
        const sa = candidates.shifts[3 * e];
        const sb = candidates.shifts[3 * e + 1];
        const sc = candidates.shifts[3 * e + 2];
        const vx = positions[3 * j] - x + (sa * ax + sb * bx + sc * cx);
        const vy = positions[3 * j + 1] - y + (sa * ay + sb * by + sc * cy);
        const vz = positions[3 * j + 2] - z + (sa * az + sb * bz + sc * cz);
        const d = Math.sqrt(vx * vx + vy * vy + vz * vz);
        if (d >= cutoff) continue;
        centers[count] = i;
        neighbors[count] = j;
        shifts[3 * count] = sa;
        shifts[3 * count + 1] = sb;
        shifts[3 * count + 2] = sc;
        vectors[3 * count] = vx;
        vectors[3 * count + 1] = vy;
        vectors[3 * count + 2] = vz;
        distances[count++] = d;
      }
    }
    offsets[n] = count;
    this.count = count;
  }

  /** The same edges in arrays of exact length. */
  trimmed(): NeighborList {
    const { cutoff, count, offsets } = this;
    return {
      cutoff,
      count,
      centers: this.centers.subarray(0, count),
      neighbors: this.neighbors.subarray(0, count),
      shifts: this.shifts.subarray(0, 3 * count),
      vectors: this.vectors.subarray(0, 3 * count),
      distances: this.distances.subarray(0, count),
      offsets,
    };
  }
}
