import { createHash, type Hash } from 'node:crypto';
import type { Atoms } from '@mlffd/core';

/** Part of every key: entries of another layout are not found. */
const LAYOUT = 'mlffd-calculator-cache-1';

/**
 * SHA-256 of a structure's bytes and a calculator's fingerprint: everything that an answer can depend
 * on. Equal only for coordinates that are equal bit by bit; `info` is not looked at.
 */
export function structureKey(atoms: Atoms, fingerprint: string): string {
  const { numbers, positions, cell, pbc, charge, spin } = atoms;
  const hash = createHash('sha256');
  hash.update(LAYOUT);
  addBytes(hash, new TextEncoder().encode(fingerprint));
  addBytes(hash, numbers);
  addBytes(hash, positions);
  addBytes(hash, cell);
  addBytes(hash, Uint8Array.from(pbc, Number));
  // An absent charge is not a charge of 0: a teacher may have a default of its own.
  addBytes(hash, Float64Array.from(charge === undefined ? [] : [charge]));
  addBytes(hash, Float64Array.from(spin === undefined ? [] : [spin]));
  return hash.digest('hex');
}

/** The length goes first, so that nothing can slip from one field into the next. */
function addBytes(hash: Hash, data: Uint8Array | Int32Array | Float64Array): void {
  hash.update(Float64Array.of(data.byteLength));
  hash.update(data);
}
