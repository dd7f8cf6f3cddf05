import { Packing } from './packing';
import { Doubles, Integers, Keys } from './views';

/** Upper bound of the number of bins, per atom. */
export const BINS_PER_ATOM: i32 = 2;
/** Bytes for this header and the small arrays of three and nine numbers behind it. */
const HEADER: usize = 512;
/** Float64 arrays read two lanes at a time may be read one entry beyond their end. */
const PAD: usize = 16;

/**
 * Working memory of one search, laid out at an address aligned to 8. Lengths of arrays are in
 * brackets, N atoms; those of 3 are by axis.
 */
@unmanaged
export class Scratch {
  atoms: i32;
  /** Bit k: axis k is periodic. */
  pbc: u32;
  /** Angstrom. */
  radius: f64;
  /** Bound of the rounding error of a distance between folded positions, Angstrom. */
  slack: f64;
  /** Pairs found so far. */
  count: u64;
  /** Positions as given [3N], Angstrom. */
  positions: Doubles;
  /** Lattice vectors as given [9], rows, Angstrom. */
  cell: Doubles;
  /** Frame that images and bins follow [9]; see `Lattice`. */
  frame: Doubles;
  /** Inverse of the frame [9]. */
  inverse: Doubles;
  /** Extents along the normals of the faces [3]: of the cell, of the atoms where not periodic. */
  heights: Doubles;
  /** Least coordinate along non-periodic axes [3], else 0. */
  lower: Doubles;
  /** How many bins the radius spans [3], not rounded, with a margin. */
  span: Doubles;
  /** Number of bins [3]. */
  bins: Integers;
  packing: Packing;
  /** How many cells were taken off each atom to fold it [3N]; zero along non-periodic axes. */
  folds: Integers;
  /** Folded positions [3N], Angstrom. */
  folded: Doubles;
  /** Fractional coordinates of folded positions [3N], from `Bins.scale` on in units of bins. */
  coordinates: Doubles;
  /** Folded positions by slot [N each], Angstrom. */
  x: Doubles;
  y: Doubles;
  z: Doubles;
  /** Bin of each atom [N]. */
  binOf: Integers;
  /** Atoms by bin, ascending within a bin [N]: the atom in each slot. */
  order: Integers;
  /** Atoms near another one, of one run of slots [N + 2]. */
  near: Integers;
  /** First slot of each bin [bins + 1]. */
  start: Integers;
  /** Pairs by their lower and by their higher atom [N + 1 each]. */
  byLower: Integers;
  byHigher: Integers;
  /** Sorted pairs [capacity]. */
  keys: Keys;

  /** Bytes for N atoms and room for `capacity` pairs. */
  static bytes(atoms: i32, capacity: i32): usize {
    const n = <usize>atoms;
    const doubles = 8 * 9 * n + 3 * PAD;
    // folds, binOf, order, near, byLower, byHigher, start; rounded up.
    const integers = 4 * ((3 + 1 + 1 + 1 + 1 + 1 + <usize>BINS_PER_ATOM) * n + 10);
    return HEADER + doubles + integers + 8 * <usize>capacity;
  }

  /** Lays the arrays out behind `address`. */
  static at(address: usize, atoms: i32): Scratch {
    const scratch = changetype<Scratch>(address);
    const n = <usize>atoms;
    scratch.atoms = atoms;
    scratch.count = 0;
    let next = address + HEADER - 8 * (9 + 9 + 3 + 3 + 3 + 2 + 4);
    scratch.frame = Doubles.at(next);
    scratch.inverse = Doubles.at((next += 72));
    scratch.heights = Doubles.at((next += 72));
    scratch.lower = Doubles.at((next += 24));
    scratch.span = Doubles.at((next += 24));
    scratch.bins = Integers.at((next += 24));
    scratch.packing = changetype<Packing>((next += 16));
    scratch.folded = Doubles.at((next = address + HEADER));
    scratch.coordinates = Doubles.at((next += 24 * n));
    scratch.x = Doubles.at((next += 24 * n));
    scratch.y = Doubles.at((next += 8 * n + PAD));
    scratch.z = Doubles.at((next += 8 * n + PAD));
    scratch.folds = Integers.at((next += 8 * n + PAD));
    scratch.binOf = Integers.at((next += 12 * n));
    scratch.order = Integers.at((next += 4 * n));
    // One entry longer, as `order` may be read beyond its end.
    scratch.near = Integers.at((next += 4 * n + 4));
    scratch.byLower = Integers.at((next += 4 * n + 8));
    scratch.byHigher = Integers.at((next += 4 * n + 4));
    scratch.start = Integers.at((next += 4 * n + 4));
    next += 4 * <usize>BINS_PER_ATOM * n + 4;
    scratch.keys = Keys.at((next + 7) & ~7);
    return scratch;
  }

  /** Whether axis k is periodic. */
  @inline
  isPeriodic(k: i32): bool {
    return ((this.pbc >> k) & 1) !== 0;
  }
}
