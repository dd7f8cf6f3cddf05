import { InvalidAtomsError } from './errors.ts';
import type { Pbc } from './atoms.ts';

/** Relative volume below which lattice vectors count as linearly dependent. */
const DEGENERATE = 1e-8;

/** Determinant of the cell, Angstrom^3: negative for a left-handed cell, 0 for an incomplete one. */
export function cellDeterminant(cell: ArrayLike<number>): number {
  return (
    cell[0] * (cell[4] * cell[8] - cell[5] * cell[7]) +
    cell[1] * (cell[5] * cell[6] - cell[3] * cell[8]) +
    cell[2] * (cell[3] * cell[7] - cell[4] * cell[6])
  );
}

/** True when lattice vector `axis` is not all zero. */
export function hasCellVector(cell: ArrayLike<number>, axis: number): boolean {
  return cell[3 * axis] !== 0 || cell[3 * axis + 1] !== 0 || cell[3 * axis + 2] !== 0;
}

/** True where there are no three linearly independent lattice vectors, to rounding. */
export function isFlatCell(cell: ArrayLike<number>): boolean {
  return !(Math.abs(cellDeterminant(cell)) > DEGENERATE * rowLengthProduct(cell));
}

/**
 * Inverse of a 3x3 matrix, row by row: `inverse[3 a + k]` is d f_k / d x_a for fractional f.
 * @throws InvalidAtomsError `atoms/zero-volume` where the rows are linearly dependent
 */
export function invertCell(
  cell: ArrayLike<number>,
  out: Float64Array = new Float64Array(9),
): Float64Array {
  const det = cellDeterminant(cell);
  if (isFlatCell(cell)) throw zeroVolume(cell);
  const scale = 1 / det;
  const a = cell[0];
  const b = cell[1];
  const c = cell[2];
  const d = cell[3];
  const e = cell[4];
  const f = cell[5];
  const g = cell[6];
  const h = cell[7];
  const i = cell[8];
  out[0] = (e * i - f * h) * scale;
  out[1] = (c * h - b * i) * scale;
  out[2] = (b * f - c * e) * scale;
  out[3] = (f * g - d * i) * scale;
  out[4] = (a * i - c * g) * scale;
  out[5] = (c * d - a * f) * scale;
  out[6] = (d * h - e * g) * scale;
  out[7] = (b * g - a * h) * scale;
  out[8] = (a * e - b * d) * scale;
  return out;
}

/**
 * Reciprocal lattice without the factor 2 pi, 1/Angstrom: rows b_k with b_k . a_l = delta_kl.
 * @throws InvalidAtomsError `atoms/zero-volume`
 */
export function reciprocalCell(cell: ArrayLike<number>): Float64Array {
  const m = invertCell(cell);
  return Float64Array.of(m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]);
}

/**
 * The cell with every zero row replaced by a unit vector orthogonal to the others.
 *
 * A slab may give two lattice vectors and a wire one; fractional coordinates need three. The
 * added vectors make the cell right-handed where they are free to. As `complete_cell` of ASE.
 */
export function completeCell(cell: ArrayLike<number>): Float64Array {
  return fillRows(cell, [hasCellVector(cell, 0), hasCellVector(cell, 1), hasCellVector(cell, 2)]);
}

/**
 * The cell that periodic images follow: rows of periodic axes are kept, the others become unit
 * vectors orthogonal to them whatever the cell says there.
 *
 * Images never move along a non-periodic axis, so that a badly chosen or degenerate vector there
 * cannot matter.
 */
export function periodicCell(cell: ArrayLike<number>, pbc: Pbc): Float64Array {
  return fillRows(cell, pbc);
}

/** True when the vectors of the periodic axes are linearly independent (none of them: true). */
export function hasPeriodicVolume(cell: ArrayLike<number>, pbc: Pbc): boolean {
  return !isFlatCell(fillRows(cell, pbc));
}

function fillRows(cell: ArrayLike<number>, keep: Pbc): Float64Array {
  const out = Float64Array.from(cell);
  const free = [0, 1, 2].filter((k) => !keep[k]);
  if (free.length === 3) {
    out.set([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  } else if (free.length === 2) {
    const k = keep.indexOf(true);
    const [u, v] = [(k + 1) % 3, (k + 2) % 3];
    setUnit(out, u, leastAlignedNormal(out, k));
    setUnit(out, v, cross(row(out, k), row(out, u)));
  } else if (free.length === 1) {
    const k = free[0];
    setUnit(out, k, cross(row(out, (k + 1) % 3), row(out, (k + 2) % 3)));
  }
  return out;
}

type Vector = readonly [number, number, number];

function row(cell: ArrayLike<number>, k: number): Vector {
  return [cell[3 * k], cell[3 * k + 1], cell[3 * k + 2]];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** A vector normal to row k: the Cartesian axis least aligned with it, made orthogonal. */
function leastAlignedNormal(cell: ArrayLike<number>, k: number): Vector {
  const a = row(cell, k);
  // The axis after k comes first, so that a vector along its own axis gives the identity frame.
  let best = (k + 1) % 3;
  for (const axis of [(k + 2) % 3, k]) if (Math.abs(a[axis]) < Math.abs(a[best])) best = axis;
  const e: Vector = [best === 0 ? 1 : 0, best === 1 ? 1 : 0, best === 2 ? 1 : 0];
  const s = a[best] / (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
  return [e[0] - s * a[0], e[1] - s * a[1], e[2] - s * a[2]];
}

/** Writes v/|v| into row k; a zero v (dependent rows) stays zero and shows as zero volume. */
function setUnit(cell: Float64Array, k: number, v: Vector): void {
  const length = Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  for (let a = 0; a < 3; a++) cell[3 * k + a] = length > 0 ? v[a] / length : 0;
}

function rowLengthProduct(cell: ArrayLike<number>): number {
  let product = 1;
  for (let k = 0; k < 9; k += 3) {
    product *= Math.sqrt(cell[k] * cell[k] + cell[k + 1] * cell[k + 1] + cell[k + 2] * cell[k + 2]);
  }
  return product;
}

function zeroVolume(cell: ArrayLike<number>): InvalidAtomsError {
  return new InvalidAtomsError('atoms/zero-volume', 'the lattice vectors span no volume', {
    expected: 'three linearly independent lattice vectors',
    found: `rows ${[0, 1, 2].map((k) => `[${row(cell, k).join(', ')}]`).join(', ')}`,
    hint: 'Give all three lattice vectors, or make the axis non-periodic.',
  });
}
