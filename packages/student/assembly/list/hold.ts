import { Lattice } from './lattice';
import { Doubles } from './views';

/** Rounding of distances relative to the cutoff, taken off the way that atoms may move. */
const ROUNDING: f64 = 1e-10;

/** How far every atom may move, Angstrom, when the cell is strained by `strain` = |F - 1|. */
function mayMove(strain: f64, cutoff: f64, skin: f64): f64 {
  return 0.5 * ((1 - strain) * (cutoff + skin) - cutoff * (1 + ROUNDING));
}

/** Largest |r - r0|^2 of any atom, Angstrom^2; NaN where a coordinate is. Two atoms a step. */
function largestMove(positions: Doubles, reference: Doubles, atoms: i32): f64 {
  let largest = f64x2.splat(0);
  const pairs = 3 * (atoms & ~1);
  for (let k = 0; k < pairs; k += 6) {
    const u = f64x2.sub(positions.two(k), reference.two(k));
    const v = f64x2.sub(positions.two(k + 2), reference.two(k + 2));
    const w = f64x2.sub(positions.two(k + 4), reference.two(k + 4));
    // (x, y), (z, x'), (y', z') of two atoms.
    const x = v128.shuffle<f64>(u, v, 0, 3);
    const y = v128.shuffle<f64>(u, w, 1, 2);
    const z = v128.shuffle<f64>(v, w, 0, 3);
    const plane = f64x2.add(f64x2.mul(x, x), f64x2.mul(y, y));
    largest = f64x2.max(largest, f64x2.add(plane, f64x2.mul(z, z)));
  }
  let most = max<f64>(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
  if (atoms & 1) {
    const x = positions[pairs] - reference[pairs];
    const y = positions[pairs + 1] - reference[pairs + 1];
    const z = positions[pairs + 2] - reference[pairs + 2];
    most = max<f64>(most, x * x + y * y + z * z);
  }
  return most;
}

/** Largest |r - r0 F|^2 of any atom, Angstrom^2, for a map F (9 numbers). */
function largestMoveFrom(positions: Doubles, reference: Doubles, map: Doubles, atoms: i32): f64 {
  let most: f64 = 0;
  for (let k = 0; k < 3 * atoms; k += 3) {
    const a = reference[k];
    const b = reference[k + 1];
    const c = reference[k + 2];
    const x = positions[k] - (a * map[0] + b * map[3] + c * map[6]);
    const y = positions[k + 1] - (a * map[1] + b * map[4] + c * map[7]);
    const z = positions[k + 2] - (a * map[2] + b * map[5] + c * map[8]);
    most = max<f64>(most, x * x + y * y + z * z);
  }
  return most;
}

/** Writes H0^-1 H to `map` with two more matrices behind it; |F - 1|, NaN where there is none. */
function strainOf(cell: Doubles, referenceCell: Doubles, pbc: u32, map: Doubles): f64 {
  const frame = Doubles.at(changetype<usize>(map) + 72);
  const inverse = Doubles.at(changetype<usize>(map) + 144);
  Lattice.complete(referenceCell, pbc, frame);
  if (!Lattice.invert(frame, inverse)) return NaN;
  Lattice.complete(cell, pbc, frame);
  let squares: f64 = 0;
  for (let i = 0; i < 9; i += 3) {
    for (let k = 0; k < 3; k++) {
      const entry =
        inverse[i] * frame[k] + inverse[i + 1] * frame[3 + k] + inverse[i + 2] * frame[6 + k];
      map[i + k] = entry;
      const change = entry - (i === 3 * k ? 1 : 0);
      squares += change * change;
    }
  }
  return sqrt<f64>(squares);
}

/**
 * Whether candidates within cutoff + skin still contain every pair within the cutoff, which is so
 * while 2 max |u| <= (1 - |F - 1|) (cutoff + skin) - cutoff, where r = r0 F + u and F takes the
 * cell of the search to the present one; see `VerletList` of @mlffd/core. Coordinates that are not
 * numbers make it false. The number of atoms and the periodicity must be those of the search.
 *
 * @param positions 3N float64, Angstrom
 * @param reference 3N float64, Angstrom, positions of the search
 * @param cell 9 float64, Angstrom, rows are lattice vectors
 * @param referenceCell 9 float64, Angstrom, cell of the search
 * @param pbc bit k: axis k is periodic
 * @param cutoff Angstrom
 * @param skin Angstrom
 * @param scratch 216 bytes, used where the cell has changed
 */
export function candidatesHold(
  positions: usize,
  reference: usize,
  atoms: i32,
  cell: usize,
  referenceCell: usize,
  pbc: u32,
  cutoff: f64,
  skin: f64,
  scratch: usize,
): bool {
  const now = Doubles.at(positions);
  const then = Doubles.at(reference);
  const rows = Doubles.at(cell);
  const referenceRows = Doubles.at(referenceCell);
  let isSame = true;
  for (let k = 0; k < 9; k++) if (rows[k] !== referenceRows[k]) isSame = false;
  if (isSame || (pbc & 7) === 0) {
    const way = mayMove(0, cutoff, skin);
    return way > 0 && largestMove(now, then, atoms) <= way * way;
  }
  const map = Doubles.at(scratch);
  const way = mayMove(strainOf(rows, referenceRows, pbc, map), cutoff, skin);
  return way > 0 && largestMoveFrom(now, then, map, atoms) <= way * way;
}
