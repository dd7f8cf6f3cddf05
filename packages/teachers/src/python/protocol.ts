import type { Atoms, Property, Results } from '@mlffd/core';

/**
 * Messages between a teacher and its Python worker (python/mlffd_worker/channel.py has the other
 * half): frames of length, kind, number, index or count (four uint32), then a body that fills whole
 * 8 bytes, so that numbers in it can be read where they lie. Byte order is the machine's own, which
 * both ends share.
 */
export const PROTOCOL = 1;

export const REQUEST = { start: 1, evaluate: 2, stop: 3 } as const;
export const REPLY = { ready: 1, refused: 2, results: 3, failed: 4 } as const;

export const HEADER_BYTES = 16;
const BLOCK_BYTES = 96;
const PROPERTIES: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];
const HAS_CHARGE = 8;
const HAS_SPIN = 16;
const WANTED_SHIFT = 8;

/** A structure and what is asked about it. */
export interface Question {
  readonly atoms: Atoms;
  readonly properties: readonly Property[];
}

/** Writes requests into a buffer of its own; a request is valid until the next one. */
export class RequestWriter {
  #buffer = new ArrayBuffer(1 << 14);

  /** A frame that asks for several structures; the answers come one by one. */
  evaluate(number: number, questions: readonly Question[]): Uint8Array {
    let length = HEADER_BYTES;
    for (const { atoms } of questions) length += blockBytes(atoms);
    this.#frame(length, REQUEST.evaluate, number, questions.length);
    let offset = HEADER_BYTES;
    for (const question of questions) offset = this.#block(question, offset);
    return new Uint8Array(this.#buffer, 0, length);
  }

  json(kind: number, number: number, message: unknown): Uint8Array {
    const text = new TextEncoder().encode(JSON.stringify(message));
    const length = HEADER_BYTES + 8 * Math.ceil(text.length / 8);
    this.#frame(length, kind, number, 1);
    const frame = new Uint8Array(this.#buffer, 0, length);
    frame.fill(0x20, HEADER_BYTES);
    frame.set(text, HEADER_BYTES);
    return frame;
  }

  #frame(length: number, kind: number, number: number, count: number): void {
    if (this.#buffer.byteLength < length) this.#buffer = new ArrayBuffer(2 * length);
    const header = new Uint32Array(this.#buffer, 0, 4);
    header[0] = length;
    header[1] = kind;
    header[2] = number;
    header[3] = count;
  }

  #block({ atoms, properties }: Question, start: number): number {
    const { numbers, positions, cell, pbc, charge, spin } = atoms;
    const head = new Uint32Array(this.#buffer, start, 2);
    head[0] = numbers.length;
    let flags = wantedBits(properties) << WANTED_SHIFT;
    for (let k = 0; k < 3; k++) if (pbc[k]) flags |= 1 << k;
    if (charge !== undefined) flags |= HAS_CHARGE;
    if (spin !== undefined) flags |= HAS_SPIN;
    head[1] = flags;
    const values = new Float64Array(this.#buffer, start + 8, 11 + positions.length);
    values[0] = charge ?? 0;
    values[1] = spin ?? 0;
    values.set(cell, 2);
    values.set(positions, 11);
    const end = start + BLOCK_BYTES + 8 * positions.length;
    new Int32Array(this.#buffer, end, numbers.length).set(numbers);
    return start + blockBytes(atoms);
  }
}

/** Bytes of one structure in a request. */
export function blockBytes({ numbers }: Atoms): number {
  return BLOCK_BYTES + 24 * numbers.length + 8 * Math.ceil(numbers.length / 2);
}

/** One reply; the body belongs to the reader and is valid only while it is handed over. */
export interface Reply {
  readonly kind: number;
  readonly number: number;
  readonly index: number;
  readonly buffer: ArrayBuffer;
  /** Where the body is, bytes. */
  readonly start: number;
  readonly length: number;
}

/** Copies the results out of a reply. */
export function readResults({ buffer, start }: Reply): Results {
  const [n, wanted] = new Uint32Array(buffer, start, 2);
  const results: Results = {};
  let offset = start + 16;
  const take = (length: number): Float64Array => {
    const values = new Float64Array(buffer, offset, length).slice();
    offset += 8 * length;
    return values;
  };
  if ((wanted & 1) !== 0) results.energy = new Float64Array(buffer, start + 8, 1)[0];
  if ((wanted & 2) !== 0) results.energies = take(n);
  if ((wanted & 4) !== 0) results.forces = take(3 * n);
  if ((wanted & 8) !== 0) results.stress = take(6);
  return results;
}

export function readJson({ buffer, start, length }: Reply): unknown {
  return JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, start, length)));
}

function wantedBits(properties: readonly Property[]): number {
  let bits = 0;
  for (let k = 0; k < PROPERTIES.length; k++)
    if (properties.includes(PROPERTIES[k])) bits |= 1 << k;
  return bits;
}
