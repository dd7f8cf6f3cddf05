import { Binned } from './binned';
import { Bins } from './bins';
import { Dense } from './dense';
import { Fold } from './fold';
import { Candidate } from './candidate';
import { Scratch } from './scratch';
import { Doubles } from './views';

/** Below this many atoms all pairs are tried, which was faster at the density of a liquid. */
const DENSE_BELOW: i32 = 500;
/** The same with periodicity, where each pair takes longer. */
const DENSE_BELOW_PERIODIC: i32 = 120;
/** What `findCandidates` can be told to do; 0 leaves the choice to it. */
const DENSE: i32 = 1;
const BINNED: i32 = 2;
/** Arguments that cannot be searched, as told at `findCandidates`. */
const UNUSABLE: f64 = -1;
/** The radius reaches too many pairs or images of the cell. */
const TOO_MANY: f64 = -2;

/** Bytes of scratch memory that a search of `atoms` atoms with room for `capacity` pairs takes. */
export function candidateScratch(atoms: i32, capacity: i32): usize {
  return Scratch.bytes(atoms, capacity);
}

/**
 * Finds all pairs of atoms and images of atoms within `reach`, each once, and writes them to
 * `records` (see `Candidate`), sorted by i, then j.
 *
 * A superset by rounding error of the pairs with d < reach, whatever way d is computed. Which
 * records these are, and their order, depends on the arguments only.
 *
 * @param positions 3N float64, Angstrom, not wrapped
 * @param cell 9 float64, rows are lattice vectors, Angstrom; rows of other axes may be anything
 * @param pbc bit k: axis k is periodic
 * @param reach cutoff + skin, Angstrom
 * @param capacity records that fit; where there are more pairs, the records are meaningless
 * @param scratch `candidateScratch(atoms, capacity)` bytes
 * @param method 0 for the faster one, 1 for all pairs, 2 for bins
 * @returns the number of pairs; -1 where there is no atom, a number is not finite, `reach` is not
 * positive, periodic vectors are linearly dependent or an atom is 2^28 cells outside; -2 where
 * about 2^31 pairs and images of atoms would have to be tested
 */
export function findCandidates(
  positions: usize,
  atoms: i32,
  cell: usize,
  pbc: u32,
  reach: f64,
  records: usize,
  capacity: i32,
  scratch: usize,
  method: i32,
): f64 {
  const search = Scratch.at(scratch, atoms);
  search.positions = Doubles.at(positions);
  search.cell = Doubles.at(cell);
  search.pbc = pbc & 7;
  search.radius = reach;
  if (!(atoms > 0 && reach > 0 && reach < Infinity && Fold.all(search))) return UNUSABLE;
  const room = <u64>capacity;
  const few = search.pbc === 0 ? DENSE_BELOW : DENSE_BELOW_PERIODIC;
  if (method === BINNED || (method !== DENSE && atoms >= few)) {
    if (!Bins.sort(search) || !Binned.find(search, records, room)) return TOO_MANY;
  } else if (search.pbc === 0) {
    Dense.findIsolated(search, records, room);
  } else {
    if (!Bins.one(search)) return TOO_MANY;
    Dense.findPeriodic(search, records, room);
  }
  return <f64>search.count;
}

/** Places the images of `count` records anew after the cell (9 float64, Angstrom) has changed. */
export function placeShifts(records: usize, count: i32, cell: usize): void {
  const rows = Doubles.at(cell);
  for (let k = 0; k < count; k++) Candidate.at(records, <usize>k).place(rows);
}
