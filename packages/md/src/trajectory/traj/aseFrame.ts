import { ASE_FS, type Atoms } from '@mlffd/core';
import type { MdFrame } from '../../frame.ts';
import { sameValues } from '../sameValues.ts';
import { timesOf } from '../types.ts';
import { formatFloat, formatFloats, formatValue } from './json.ts';
import { alignTo8 } from './ulm.ts';

/** What the frames of a .traj file share, and frames that differ repeat. */
export interface TrajHeader {
  readonly numbers: Int32Array;
  readonly pbc: readonly boolean[];
  /** N, amu; undefined for the standard masses. */
  readonly masses: Float64Array | undefined;
}

export interface TrajFrameOptions {
  /** Place of the first byte in the file. */
  readonly at: number;
  /** Of the first frame of the file; undefined when this is the first. */
  readonly header: TrajHeader | undefined;
  /** N, amu. */
  readonly masses: ArrayLike<number>;
  /** Masses that are to be written. */
  readonly ownMasses: Float64Array | undefined;
}

/** Bytes of a frame and where its item begins among them. */
export interface TrajFrameBytes {
  readonly bytes: Buffer;
  readonly item: number;
}

const FILL = '#'.charCodeAt(0);
const ASE_VERSION = '3.29.0';

/** Encodes frames, in memory that is used again. */
export class TrajFrameEncoder {
  #memory = Buffer.alloc(0);
  #momenta = new Float64Array(0);
  #length = 0;
  #start = 0;

  encode(frame: MdFrame, options: TrajFrameOptions): TrajFrameBytes {
    const { atoms, forces, energies, stress } = frame;
    const own: TrajHeader = { numbers: atoms.numbers, pbc: atoms.pbc, masses: options.ownMasses };
    this.#start = options.at;
    this.#length = 0;
    this.#reserve(8 * (13 * atoms.numbers.length + 16));
    const parts: string[] = [];
    if (options.header === undefined) parts.push(`"version": 1, "ase_version": "${ASE_VERSION}"`);
    if (options.header === undefined || !sameHeader(options.header, own)) {
      parts.push(`"pbc": ${JSON.stringify(atoms.pbc)}`);
      parts.push(this.#array('numbers', [BigInt64Array.from(atoms.numbers, BigInt)], 1));
      if (own.masses !== undefined) parts.push(this.#array('masses', [own.masses], 1));
    }
    parts.push(this.#array('positions', [atoms.positions], 3));
    parts.push(`"cell": [${cellRows(atoms.cell)}]`);
    parts.push(this.#array('momenta', [this.#momentaOf(frame, options.masses)], 3));
    const results = [`"name": "mlffd"`, `"energy": ${formatFloat(frame.energy)}`];
    results.push(this.#array('forces', [forces], 3));
    if (energies !== undefined) results.push(this.#array('energies', [energies], 1));
    if (stress !== undefined) results.push(`"stress": ${formatFloats(stress)}`);
    parts.push(`"calculator.": {${results.join(', ')}}`);
    parts.push(`"info": ${formatValue(infoOf(frame))}`);
    const item = this.#length;
    this.#json(`{${parts.join(', ')}}`);
    return { bytes: this.#memory.subarray(0, this.#length), item };
  }

  /** Momenta in ASE's unit, sqrt(amu eV). */
  #momentaOf({ velocities }: MdFrame, masses: ArrayLike<number>): Float64Array {
    if (this.#momenta.length !== velocities.length) {
      this.#momenta = new Float64Array(velocities.length);
    }
    for (let k = 0; k < velocities.length; k += 1) {
      this.#momenta[k] = (velocities[k] / ASE_FS) * masses[Math.floor(k / 3)];
    }
    return this.#momenta;
  }

  /** Adds the bytes of an array; returns its entry. */
  #array(name: string, [values]: readonly [Float64Array | BigInt64Array], columns: number): string {
    const from = this.#length;
    const begin = alignTo8(this.#start + from) - this.#start;
    this.#reserve(begin + values.byteLength);
    this.#memory.fill(FILL, from, begin);
    this.#memory.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), begin);
    this.#length = begin + values.byteLength;
    const rows = values.length / columns;
    const shape = columns === 1 ? `[${rows}]` : `[${rows}, ${columns}]`;
    const type = values instanceof Float64Array ? 'float64' : 'int64';
    return `"${name}.": {"ndarray": [${shape}, "${type}", ${this.#start + begin}]}`;
  }

  #json(text: string): void {
    const length = Buffer.byteLength(text);
    this.#reserve(this.#length + 8 + length);
    this.#memory.writeBigInt64LE(BigInt(length), this.#length);
    this.#memory.write(text, this.#length + 8);
    this.#length += 8 + length;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#memory.length) return;
    const grown = Buffer.alloc(Math.ceil(bytes * 1.25));
    this.#memory.copy(grown, 0, 0, this.#length);
    this.#memory = grown;
  }
}

/** True where a frame need not repeat what the first one says. */
function sameHeader(a: TrajHeader, b: TrajHeader): boolean {
  return (
    sameValues(a.numbers, b.numbers) &&
    a.pbc.every((flag, k) => flag === b.pbc[k]) &&
    (a.masses === undefined || b.masses === undefined
      ? a.masses === b.masses
      : sameValues(a.masses, b.masses))
  );
}

function infoOf(frame: MdFrame): Record<string, unknown> {
  const { charge, spin, info }: Atoms = frame.atoms;
  return { ...info, charge, spin, ...timesOf(frame) };
}

function cellRows(cell: Float64Array): string {
  return [0, 3, 6].map((row) => formatFloats(cell.subarray(row, row + 3))).join(', ');
}
