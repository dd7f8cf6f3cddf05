import { BOHR, completeCell, HARTREE, invertCell } from '@mlffd/core';
import { isFlat } from './cellFrame.ts';

/** Every header is this long: ASCII capitals, filled up with spaces. */
export const HEADER_BYTES = 12;

const DOUBLE = 8;
const INTEGER = 4;
const CELL_DOUBLES = 18;

/** What a structure is on the wire. */
export interface WireStructure {
  /** 3N, Angstrom. */
  readonly positions: Float64Array;
  /** 9, rows are the lattice vectors, Angstrom. */
  readonly cell: Float64Array;
}

/** What a driver answers to one structure. */
export interface WireAnswer {
  /** eV. */
  readonly energy: number;
  /** 3N, eV/Angstrom. */
  readonly forces: Float64Array;
  /** 9, row by row, symmetric, eV: minus volume times stress. */
  readonly virial: Float64Array;
}

/** A header such as `STATUS`. */
export function header(name: string): Buffer {
  return Buffer.from(name.padEnd(HEADER_BYTES), 'latin1');
}

/** INIT: index of the bead and a text for the driver, of at least one byte. */
export function initMessage(index: number, text: string): Buffer {
  // Reading nothing looks like the end of a connection to some drivers; ASE sends a zero byte.
  const body = Buffer.from(text === '' ? '\0' : text, 'utf8');
  const counts = Buffer.alloc(2 * INTEGER);
  counts.writeInt32LE(index, 0);
  counts.writeInt32LE(body.length, INTEGER);
  return Buffer.concat([header('INIT'), counts, body]);
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

/** Energies and the number of atoms, which come after FORCEREADY. */
export function energiesBytes(size: number): number {
  return size * DOUBLE + INTEGER;
}

/** Forces and virials, which come next. */
export function forcesBytes(size: number, atoms: number): number {
  return size * (3 * atoms + 9) * DOUBLE;
}

/** Number of atoms in the block of energies. */
export function readAtomCount(energies: Buffer, size: number): number {
  return energies.readInt32LE(size * DOUBLE);
}

/** Answer `index` of `size` from the blocks of energies and of forces and virials. */
export function readAnswer(
  blocks: { readonly energies: Buffer; readonly forces: Buffer },
  index: number,
  size: number,
): WireAnswer {
  const atoms = readAtomCount(blocks.energies, size);
  const forces = new Float64Array(3 * atoms);
  const virial = new Float64Array(9);
  const start = index * 3 * atoms;
  for (let k = 0; k < forces.length; k++) {
    forces[k] = blocks.forces.readDoubleLE((start + k) * DOUBLE) * (HARTREE / BOHR);
  }
  const virials = size * 3 * atoms + index * 9;
  for (let a = 0; a < 3; a++) {
    for (let b = 0; b < 3; b++) {
      // Transposed on the wire, as the cell is.
      const value = blocks.forces.readDoubleLE((virials + 3 * b + a) * DOUBLE);
      virial[3 * a + b] = value * HARTREE;
    }
  }
  const energy = blocks.energies.readDoubleLE(index * DOUBLE) * HARTREE;
  return { energy, forces, virial: symmetrised(virial) };
}

/**
 * A matrix with the means of its off-diagonals; where one triangle is all zero, the other one: the
 * `fix ipi` of LAMMPS sends no more.
 */
function symmetrised(m: Float64Array): Float64Array {
  const hasUpper = m[1] !== 0 || m[2] !== 0 || m[5] !== 0;
  const hasLower = m[3] !== 0 || m[6] !== 0 || m[7] !== 0;
  const weight = hasUpper && hasLower ? 0.5 : 1;
  const xy = weight * (m[1] + m[3]);
  const xz = weight * (m[2] + m[6]);
  const yz = weight * (m[5] + m[7]);
  return Float64Array.of(m[0], xy, xz, xy, m[4], yz, xz, yz, m[8]);
}

/**
 * Inverse of a cell, row by row, 1/Angstrom; the pseudo-inverse where lattice vectors are missing, so
 * that it is zero without any. Zero for linearly dependent vectors, which a cluster may have:
 * drivers do not read it.
 */
export function pseudoInverse(cell: Float64Array): Float64Array {
  const completed = completeCell(cell);
  if (isFlat(completed)) return new Float64Array(9);
  const inverse = invertCell(completed);
  for (let row = 0; row < 3; row++) {
    if (cell[3 * row] !== 0 || cell[3 * row + 1] !== 0 || cell[3 * row + 2] !== 0) continue;
    for (let axis = 0; axis < 3; axis++) inverse[3 * axis + row] = 0;
  }
  return inverse;
}

function posdata(size: number, atoms: number): Buffer {
  const doubles = size * (CELL_DOUBLES + 3 * atoms);
  const message = Buffer.alloc(HEADER_BYTES + INTEGER + doubles * DOUBLE);
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
