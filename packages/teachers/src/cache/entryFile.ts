import { createHash } from 'node:crypto';
import { FileFormatError, type Property, type Results } from '@mlffd/core';

const MAGIC = 'MLFFDCE1';
const HASH_BYTES = 32;
/** Magic, key, bits of the properties, number of atoms. */
const HEAD_BYTES = 8 + 32 + 4 + 4;
/** In the order in which they are stored. */
const PROPERTIES: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];

/**
 * Bytes of an answer: head, float64 values, SHA-256 of all that. Undefined where the answer is not
 * complete and finite, and so is not worth keeping.
 */
export function encodeEntry(key: string, atoms: number, results: Results): Uint8Array | undefined {
  const held = PROPERTIES.filter((property) => results[property] !== undefined);
  const values = held.flatMap((property) => Array.from(valuesOf(results, property)));
  const expected = held.reduce((sum, property) => sum + lengthOf(property, atoms), 0);
  if (values.length !== expected || !values.every((value) => Number.isFinite(value))) {
    return undefined;
  }
  const bytes = new Uint8Array(HEAD_BYTES + 8 * values.length + HASH_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from(MAGIC, 'latin1'), 0);
  bytes.set(Buffer.from(key, 'hex'), 8);
  view.setUint32(40, bitsOf(held), true);
  view.setUint32(44, atoms, true);
  for (const [k, value] of values.entries()) view.setFloat64(HEAD_BYTES + 8 * k, value, true);
  bytes.set(checksum(bytes), bytes.length - HASH_BYTES);
  return bytes;
}

/**
 * The answer that is in a file, with arrays of its own.
 *
 * @throws FileFormatError `cache/corrupt` for anything but what `encodeEntry` made for this key
 */
export function decodeEntry(bytes: Uint8Array, key: string, where: string): Results {
  if (bytes.length < HEAD_BYTES + HASH_BYTES) {
    throw corrupt(where, 'a complete entry', `${bytes.length} bytes`);
  }
  const hash = bytes.subarray(bytes.length - HASH_BYTES);
  if (Buffer.compare(hash, checksum(bytes)) !== 0) {
    throw corrupt(where, 'bytes that agree with their checksum', 'other bytes');
  }
  const found = Buffer.from(bytes.subarray(0, 40));
  if (found.toString('latin1', 0, 8) !== MAGIC || found.toString('hex', 8) !== key) {
    throw corrupt(where, 'the entry of this name', 'that of another structure or program');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const bits = view.getUint32(40, true);
  const atoms = view.getUint32(44, true);
  const results: Results = {};
  let offset = HEAD_BYTES;
  for (const [k, property] of PROPERTIES.entries()) {
    if ((bits & (1 << k)) === 0) continue;
    const values = new Float64Array(lengthOf(property, atoms));
    for (let v = 0; v < values.length; v++) {
      values[v] = view.getFloat64(offset, true);
      offset += 8;
    }
    if (property === 'energy') results.energy = values[0];
    else results[property] = values;
  }
  return results;
}

function valuesOf(results: Results, property: Property): ArrayLike<number> {
  if (property === 'energy') return [results.energy ?? Number.NaN];
  return results[property] ?? [];
}

function lengthOf(property: Property, atoms: number): number {
  return { energy: 1, energies: atoms, forces: 3 * atoms, stress: 6 }[property];
}

function bitsOf(held: readonly Property[]): number {
  return held.reduce((bits, property) => bits | (1 << PROPERTIES.indexOf(property)), 0);
}

function checksum(bytes: Uint8Array): Uint8Array {
  return createHash('sha256')
    .update(bytes.subarray(0, bytes.length - HASH_BYTES))
    .digest();
}

function corrupt(where: string, expected: string, found: string): FileFormatError {
  return new FileFormatError('cache/corrupt', `${where} is not a cached answer: ${found}`, {
    expected,
    found,
    where,
    hint: 'Nothing is lost: the answer is computed again.',
  });
}
