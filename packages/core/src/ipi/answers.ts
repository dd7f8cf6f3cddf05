import { BOHR, HARTREE } from '../units.ts';
import { header, HEADER_BYTES } from './headers.ts';

const DOUBLE = 8;
const INTEGER = 4;
/** A JSON object without a key: reading nothing looks like the end of a connection to some servers. */
const NO_EXTRA = '{}';

/** What a driver answers to one structure. */
export interface WireAnswer {
  /** eV. */
  readonly energy: number;
  /** 3N, eV/Angstrom. */
  readonly forces: Float64Array;
  /** 9, row by row, symmetric, eV: minus volume times stress. */
  readonly virial: Float64Array;
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
 * FORCEREADY with the answers to so many structures, filled in place so that it can be used for many:
 * energies, number of atoms, forces, virials, and a text for each structure.
 */
export class AnswerMessage {
  readonly size: number;
  readonly atoms: number;
  readonly #bytes: Buffer;
  readonly #view: DataView;

  constructor(size: number, atoms: number) {
    this.size = size;
    this.atoms = atoms;
    const numbers = HEADER_BYTES + energiesBytes(size) + forcesBytes(size, atoms);
    const extras = Buffer.concat(Array.from({ length: size }, () => extraBytes(NO_EXTRA)));
    const bytes = Buffer.alloc(numbers + extras.length);
    header('FORCEREADY').copy(bytes);
    bytes.writeInt32LE(atoms, HEADER_BYTES + size * DOUBLE);
    extras.copy(bytes, numbers);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  set(index: number, { energy, forces, virial }: WireAnswer): void {
    const { size, atoms } = this;
    const view = this.#view;
    view.setFloat64(HEADER_BYTES + index * DOUBLE, energy / HARTREE, true);
    const start = HEADER_BYTES + energiesBytes(size);
    let offset = start + index * 3 * atoms * DOUBLE;
    for (let k = 0; k < 3 * atoms; k++) {
      view.setFloat64(offset, forces[k] * (BOHR / HARTREE), true);
      offset += DOUBLE;
    }
    offset = start + (size * 3 * atoms + index * 9) * DOUBLE;
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++) {
        // Transposed on the wire, as the cell is.
        view.setFloat64(offset + (3 * b + a) * DOUBLE, virial[3 * a + b] / HARTREE, true);
      }
    }
  }

  /**
   * What is to be sent.
   *
   * @param extras a JSON object for each structure; without them the bytes are those that the next
   * answer is written into
   */
  bytes(extras?: readonly string[]): Buffer {
    if (extras === undefined) return this.#bytes;
    const { size, atoms } = this;
    const numbers = HEADER_BYTES + energiesBytes(size) + forcesBytes(size, atoms);
    return Buffer.concat([this.#bytes.subarray(0, numbers), ...extras.map(extraBytes)]);
  }
}

function extraBytes(text: string): Buffer {
  const body = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(INTEGER);
  length.writeInt32LE(body.length);
  return Buffer.concat([length, body]);
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
