import { createHash } from 'node:crypto';
import { CheckpointError } from './errors.ts';

const MAGIC = 'MLFFDCK1';
const HEADER_START = 16;
const DIGEST_BYTES = 32;
const ALIGNMENT = 8;

/** Arrays that a checkpoint can hold. */
export type CheckpointArray = Float32Array | Float64Array;

/** What is in a checkpoint file: any JSON value and named arrays. */
export interface CheckpointContent<T> {
  readonly header: T;
  readonly arrays: Readonly<Record<string, CheckpointArray>>;
}

interface ArrayEntry {
  readonly type: 'float32' | 'float64';
  readonly offset: number;
  readonly length: number;
}

interface Preamble {
  readonly header: unknown;
  readonly arrays: Readonly<Record<string, ArrayEntry>>;
}

/**
 * Encodes a checkpoint: magic (8 bytes), length of the JSON (8 bytes, little-endian), JSON padded to
 * 8 bytes, arrays each on a multiple of 8, SHA-256 of all before. Numbers survive unchanged: JSON
 * keeps float64 exactly, arrays are raw little-endian memory.
 */
export function encodeCheckpoint<T>({ header, arrays }: CheckpointContent<T>): Uint8Array {
  const entries: Record<string, ArrayEntry> = {};
  let offset = 0;
  for (const [name, array] of Object.entries(arrays)) {
    const type = array instanceof Float32Array ? 'float32' : 'float64';
    entries[name] = { type, offset, length: array.length };
    offset += padded(array.byteLength);
  }
  const json = new TextEncoder().encode(JSON.stringify({ header, arrays: entries }));
  const payload = HEADER_START + padded(json.length);
  const bytes = new Uint8Array(payload + offset + DIGEST_BYTES);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setBigUint64(8, BigInt(json.length), true);
  bytes.set(json, HEADER_START);
  for (const [name, array] of Object.entries(arrays)) {
    const raw = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    bytes.set(raw, payload + entries[name].offset);
  }
  bytes.set(digest(bytes.subarray(0, payload + offset)), payload + offset);
  return bytes;
}

/**
 * Decodes what `encodeCheckpoint` made.
 *
 * @throws CheckpointError when the file is no checkpoint, is truncated or was changed
 */
export function decodeCheckpoint<T>(bytes: Uint8Array, where: string): CheckpointContent<T> {
  const damaged = (found: string): CheckpointError =>
    new CheckpointError('train/checkpoint-damaged', `damaged checkpoint ${where}: ${found}`, {
      expected: `a complete checkpoint that starts with ${MAGIC}`,
      found,
      where,
      hint: 'Resume from an older checkpoint of the same run.',
    });
  if (bytes.length < HEADER_START + DIGEST_BYTES) throw damaged(`only ${bytes.length} bytes`);
  if (new TextDecoder('latin1').decode(bytes.subarray(0, 8)) !== MAGIC) {
    throw damaged('another kind of file');
  }
  const body = bytes.subarray(0, bytes.length - DIGEST_BYTES);
  if (!digest(body).equals(bytes.subarray(bytes.length - DIGEST_BYTES))) {
    throw damaged('a checksum that does not match: truncated or changed');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const jsonLength = Number(view.getBigUint64(8, true));
  const json = new TextDecoder().decode(bytes.subarray(HEADER_START, HEADER_START + jsonLength));
  const preamble = JSON.parse(json) as Preamble;
  const payload = HEADER_START + padded(jsonLength);
  const arrays: Record<string, CheckpointArray> = {};
  for (const [name, entry] of Object.entries(preamble.arrays)) {
    const array =
      entry.type === 'float32' ? new Float32Array(entry.length) : new Float64Array(entry.length);
    const start = payload + entry.offset;
    const raw = bytes.subarray(start, start + array.byteLength);
    new Uint8Array(array.buffer).set(raw);
    arrays[name] = array;
  }
  // The checksum vouches for the shape of what was written.
  return { header: preamble.header as T, arrays };
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
