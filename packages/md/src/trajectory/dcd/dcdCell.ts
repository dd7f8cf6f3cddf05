import { cellDeterminant, completeCell, InvalidArgumentError } from '@mlffd/core';

const DEGREE: number = Math.PI / 180;

/** Cell of a frame as DCD holds it, and the axes along which positions are to be given. */
export interface DcdCell {
  /** A, gamma, B, beta, alpha, C: Angstrom and degrees. */
  readonly record: Float64Array;
  /** Rows are unit vectors; undefined where positions stay as they are. */
  readonly axes: Float64Array | undefined;
}

/**
 * DCD keeps lengths and angles of a cell, not its orientation: the first vector is along x, the
 * second in the plane of x and y. A cell that lies otherwise is turned, together with the atoms.
 * Missing vectors have the length zero.
 *
 * @throws InvalidArgumentError `md/left-handed-cell`, which no rotation brings there
 */
export function dcdCell(cell: Float64Array, where: string): DcdCell {
  const full = completeCell(cell);
  if (cellDeterminant(full) < 0) {
    throw new InvalidArgumentError('md/left-handed-cell', 'DCD cannot hold a left-handed cell', {
      expected: 'lattice vectors with a positive determinant',
      found: `[${Array.from(cell).join(', ')}]`,
      where,
      hint: 'Swap two lattice vectors, or write .xyz, .traj or .h5 instead.',
    });
  }
  const [a, b, c] = [0, 3, 6].map((row) => full.subarray(row, row + 3));
  const record = Float64Array.of(
    length(cell.subarray(0, 3)),
    angle(a, b),
    length(cell.subarray(3, 6)),
    angle(a, c),
    angle(b, c),
    length(cell.subarray(6, 9)),
  );
  const isStandard = a[1] === 0 && a[2] === 0 && b[2] === 0 && a[0] > 0 && b[1] > 0;
  return { record, axes: isStandard ? undefined : axesOf(a, b) };
}

/**
 * Lattice vectors in rows, Angstrom. Programs differ in what they write: angles in degrees, their
 * cosines (NAMD), or the symmetric matrix of the cell (CHARMM).
 */
export function cellOfRecord(record: Float64Array): Float64Array {
  const [la, gamma, lb, beta, alpha, lc] = record;
  const angles = [alpha, beta, gamma];
  if (angles.every((value) => Math.abs(value) <= 1)) {
    return standardCell([la, lb, lc], angles);
  }
  if (angles.every((value) => value > 1 && value < 180)) {
    return standardCell(
      [la, lb, lc],
      angles.map((value) => (value === 90 ? 0 : Math.cos(value * DEGREE))),
    );
  }
  return Float64Array.of(la, gamma, beta, gamma, lb, alpha, beta, alpha, lc);
}

function standardCell(lengths: readonly number[], cosines: readonly number[]): Float64Array {
  const [a, b, c] = lengths;
  const [cosAlpha, cosBeta, cosGamma] = cosines;
  const sinGamma = Math.sqrt(1 - cosGamma * cosGamma);
  const x = cosBeta;
  const y = (cosAlpha - cosBeta * cosGamma) / sinGamma;
  const z = Math.sqrt(Math.max(0, 1 - x * x - y * y));
  return Float64Array.of(a, 0, 0, b * cosGamma, b * sinGamma, 0, c * x, c * y, c * z);
}

function axesOf(a: Float64Array, b: Float64Array): Float64Array {
  const first = unit(a);
  const third = unit(cross(a, b));
  return Float64Array.of(...first, ...cross(third, first), ...third);
}

function length([x, y, z]: Float64Array): number {
  return Math.hypot(x, y, z);
}

/** Angle between two vectors, degrees. */
function angle(a: Float64Array, b: Float64Array): number {
  const cosine = (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / (length(a) * length(b));
  return Math.acos(Math.max(-1, Math.min(1, cosine))) / DEGREE;
}

function unit(v: Float64Array): Float64Array {
  const size = length(v);
  return v.map((value) => value / size);
}

function cross(a: Float64Array, b: Float64Array): Float64Array {
  return Float64Array.of(
    a[1] * b[2] - a[2] * b[1],
    a[2] * b[0] - a[0] * b[2],
    a[0] * b[1] - a[1] * b[0],
  );
}
