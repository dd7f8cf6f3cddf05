import type { Atoms, Pbc } from '@mlffd/core';
import { InvalidArgumentError } from '@mlffd/core';
import { PieceFile, requireFrame } from '../readFile.ts';
import { compactFrame, type FrameReader, type TrajectoryFrame } from '../types.ts';
import { cellOfRecord } from './dcdCell.ts';
import {
  dcdFrameBytes,
  dcdFrames,
  MAX_HEADER_BYTES,
  parseDcdHeader,
  type DcdHeader,
} from './dcdHeader.ts';
import { dcdError } from './dcdWriter.ts';

/**
 * Reads DCD files of CHARMM, NAMD, OpenMM and others, of either byte order. Elements, and pbc, come
 * from `atoms`; without it all atomic numbers are 0 and only positions and cell mean something.
 *
 * Positions are float32. Where the file has a cell, its first vector is along x.
 */
export class DcdReader implements FrameReader {
  readonly frames: number;
  readonly #file: PieceFile;
  readonly #header: DcdHeader;
  readonly #atoms: Atoms | undefined;

  /**
   * @throws FileSystemError, FileFormatError
   * @throws InvalidArgumentError where `atoms` are not as many as in the file
   */
  constructor(path: string, atoms?: Atoms) {
    this.#file = new PieceFile(path);
    try {
      this.#header = checkedHeader(this.#file);
      checkAtoms(path, this.#header.atoms, atoms);
    } catch (error) {
      this.#file.close();
      throw error;
    }
    this.#atoms = atoms;
    this.frames = dcdFrames(this.#header, this.#file.size);
  }

  get path(): string {
    return this.#file.path;
  }

  read(index: number): TrajectoryFrame {
    requireFrame(this.path, index, this.frames);
    const header = this.#header;
    const { firstStep, stepsBetween, timestep } = header;
    const size = dcdFrameBytes(header);
    const bytes = this.#file.read(header.bytes + index * size, size);
    const { positions, cell } = decode(bytes, header);
    if (positions === undefined) {
      throw dcdError(this.path, `records of frame ${index}`, 'other lengths');
    }
    const step = firstStep + index * stepsBetween;
    return compactFrame({
      atoms: this.#structure(positions, cell),
      velocities: undefined,
      forces: undefined,
      energy: undefined,
      stress: undefined,
      step,
      time: timestep === 0 ? undefined : step * timestep,
      temperature: undefined,
    });
  }

  close(): void {
    this.#file.close();
  }

  #structure(positions: Float64Array, cell: Float64Array | undefined): Atoms {
    const topology = this.#atoms;
    const vectors = cell ?? topology?.cell.slice() ?? new Float64Array(9);
    const has = (row: number): boolean => vectors.subarray(row, row + 3).some((x) => x !== 0);
    const pbc: Pbc = topology?.pbc ?? [has(0), has(3), has(6)];
    return {
      ...topology,
      numbers: topology?.numbers.slice() ?? new Int32Array(positions.length / 3),
      positions,
      cell: vectors,
      pbc,
    };
  }
}

function checkedHeader(file: PieceFile): DcdHeader {
  const header = parseDcdHeader(file.read(0, MAX_HEADER_BYTES));
  if (typeof header === 'string') {
    throw dcdError(file.path, 'the header of a DCD file', header);
  }
  if (header.fixedAtoms !== 0) {
    throw dcdError(file.path, 'all atoms in every frame', `${header.fixedAtoms} fixed atoms`);
  }
  return header;
}

function checkAtoms(path: string, count: number, atoms: Atoms | undefined): void {
  if (atoms === undefined || atoms.numbers.length === count) return;
  throw new InvalidArgumentError(
    'md/frame-mismatch',
    `${path} has ${count} atoms, the structure ${atoms.numbers.length}`,
    {
      expected: `a structure of ${count} atoms`,
      found: `${atoms.numbers.length} atoms`,
      where: path,
      hint: 'Give the structure that the trajectory was started from.',
    },
  );
}

function decode(
  bytes: Buffer,
  header: DcdHeader,
): { readonly positions: Float64Array | undefined; readonly cell: Float64Array | undefined } {
  const { atoms, hasCell, isBigEndian } = header;
  const int = (at: number): number => (isBigEndian ? bytes.readInt32BE(at) : bytes.readInt32LE(at));
  let at = 0;
  let cell: Float64Array | undefined;
  if (hasCell) {
    if (int(0) !== 48) return { positions: undefined, cell };
    const record = Float64Array.from({ length: 6 }, (_, k) =>
      isBigEndian ? bytes.readDoubleBE(4 + 8 * k) : bytes.readDoubleLE(4 + 8 * k),
    );
    cell = cellOfRecord(record);
    at = 56;
  }
  const positions = new Float64Array(3 * atoms);
  for (let axis = 0; axis < 3; axis += 1) {
    if (int(at) !== 4 * atoms || int(at + 4 + 4 * atoms) !== 4 * atoms) {
      return { positions: undefined, cell };
    }
    for (let i = 0; i < atoms; i += 1) {
      const from = at + 4 + 4 * i;
      positions[3 * i + axis] = isBigEndian ? bytes.readFloatBE(from) : bytes.readFloatLE(from);
    }
    at += 4 * atoms + 8;
  }
  return { positions, cell };
}
