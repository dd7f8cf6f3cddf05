import { Doubles } from './views';

/**
 * A pair of the half list that may come within the cutoff: atoms i and j with one image of j,
 * each undirected pair once.
 *
 * | byte | type | |
 * |---|---|---|
 * | 0 | u32 | atom i |
 * | 4 | u32 | atom j, at least i; equal for an atom and its own image |
 * | 8, 12, 16 | i32 | n1, n2, n3: image of j in whole cells, for unwrapped positions |
 * | 20 | u32 | not used, zero |
 * | 24, 32, 40 | f64 | s = n1 a1 + n2 a2 + n3 a3, Angstrom |
 *
 * The vector from i to j is r_j - r_i + s. 48 bytes, to be aligned to 8.
 */
@unmanaged
export class Candidate {
  i: u32;
  j: u32;
  n1: i32;
  n2: i32;
  n3: i32;
  unused: u32;
  sx: f64;
  sy: f64;
  sz: f64;

  /** Candidate k of those at `address`. */
  @inline
  static at(address: usize, k: usize): Candidate {
    return changetype<Candidate>(address + k * offsetof<Candidate>());
  }

  /** Names the two atoms and the image, and places it in `cell` (9, rows, Angstrom). */
  @inline
  fill(i: i32, j: i32, n1: i32, n2: i32, n3: i32, cell: Doubles): void {
    this.i = <u32>i;
    this.j = <u32>j;
    this.n1 = n1;
    this.n2 = n2;
    this.n3 = n3;
    this.unused = 0;
    this.place(cell);
  }

  /** Computes s from the image and the cell (9, rows, Angstrom). */
  @inline
  place(cell: Doubles): void {
    const a = <f64>this.n1;
    const b = <f64>this.n2;
    const c = <f64>this.n3;
    this.sx = a * cell[0] + b * cell[3] + c * cell[6];
    this.sy = a * cell[1] + b * cell[4] + c * cell[7];
    this.sz = a * cell[2] + b * cell[5] + c * cell[8];
  }
}
