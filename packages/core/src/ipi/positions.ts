import { completeCell, invertCell, isFlatCell } from '../cell.ts';
import { BOHR } from '../units.ts';
import { header, HEADER_BYTES } from './headers.ts';

const DOUBLE = 8;
const INTEGER = 4;

/** A cell and its inverse. */
export const CELL_BYTES: number = 18 * DOUBLE;
/** The position of one atom, or the force on it. */
export const VECTOR_BYTES: number = 3 * DOUBLE;

/** What a structure is on the wire. */
export interface WireStructure {
  /** 3N, Angstrom. */
  readonly positions: Float64Array;
  /** 9, rows are the lattice vectors, Angstrom. */
  readonly cell: Float64Array;
}

/**
 * POSDATA: cell and inverse cell, number of atoms, positions; atomic units, little-endian.
 *
 * The cell has the lattice vectors as columns, row by row: `ax bx cx ay by cy az bz cz`; the inverse
 * is that of this matrix.
 */
export function positionsMessage({ positions, cell }: WireStructure): Buffer {
  const message = posdata(1, positions.length / 3);
  let offset = writeCell(message, HEADER_BYTES, cell);
  offset = message.writeInt32LE(positions.length / 3, offset);
  writePositions(message, offset, positions);
  return message;
}

/**
 * POSDATA of a batch: number of atoms, the cells with their inverses, the positions.
 *
 * All structures have as many atoms as the first; a short batch is filled up with its last one.
 */
export function batchMessage(structures: readonly WireStructure[], size: number): Buffer {
  const atoms = structures[0].positions.length / 3;
  const message = posdata(size, atoms);
  let offset = message.writeInt32LE(atoms, HEADER_BYTES);
  const filled = Array.from(
    { length: size },
    (_, k) => structures[Math.min(k, structures.length - 1)],
  );
  for (const { cell } of filled) offset = writeCell(message, offset, cell);
  for (const { positions } of filled) offset = writePositions(message, offset, positions);
  return message;
}

/** Reads a cell, Angstrom, from the bytes at `offset`; its inverse is not looked at. */
export function readCell(bytes: DataView, offset: number, cell: Float64Array): void {
  for (let axis = 0; axis < 3; axis++) {
    for (let k = 0; k < 3; k++) {
      cell[3 * k + axis] = bytes.getFloat64(offset + DOUBLE * (3 * axis + k), true) * BOHR;
    }
  }
}

/** Reads as many positions, Angstrom, from the bytes at `offset` as there is room for. */
export function readPositions(bytes: DataView, offset: number, positions: Float64Array): void {
  for (let k = 0; k < positions.length; k++) {
    positions[k] = bytes.getFloat64(offset + DOUBLE * k, true) * BOHR;
  }
}

/**
 * Inverse of a cell, row by row, 1/Angstrom; the pseudo-inverse where lattice vectors are missing, so
 * that it is zero without any. Zero for linearly dependent vectors, which a cluster may have:
 * drivers do not read it.
 */
export function pseudoInverse(cell: Float64Array): Float64Array {
  const completed = completeCell(cell);
  if (isFlatCell(completed)) return new Float64Array(9);
  const inverse = invertCell(completed);
  for (let row = 0; row < 3; row++) {
    if (cell[3 * row] !== 0 || cell[3 * row + 1] !== 0 || cell[3 * row + 2] !== 0) continue;
    for (let axis = 0; axis < 3; axis++) inverse[3 * axis + row] = 0;
  }
  return inverse;
}

function posdata(size: number, atoms: number): Buffer {
  const bytes = size * (CELL_BYTES + atoms * VECTOR_BYTES);
  const message = Buffer.alloc(HEADER_BYTES + INTEGER + bytes);
  header('POSDATA').copy(message);
  return message;
}

function writeCell(message: Buffer, start: number, cell: Float64Array): number {
  let offset = start;
  const inverse = pseudoInverse(cell);
  for (let axis = 0; axis < 3; axis++) {
    for (let k = 0; k < 3; k++) offset = message.writeDoubleLE(cell[3 * k + axis] / BOHR, offset);
  }
  for (let k = 0; k < 3; k++) {
    for (let axis = 0; axis < 3; axis++) {
      offset = message.writeDoubleLE(inverse[3 * axis + k] * BOHR, offset);
    }
  }
  return offset;
}

function writePositions(message: Buffer, start: number, positions: Float64Array): number {
  let offset = start;
  for (const x of positions) offset = message.writeDoubleLE(x / BOHR, offset);
  return offset;
}
