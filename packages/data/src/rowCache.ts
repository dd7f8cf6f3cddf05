import type { Column, Hdf5Reader } from './hdf5.ts';
import { ATOM_CHUNK } from './storeFormat.ts';

/** Keeps the chunks of the per-atom datasets that were read last, up to a number of bytes. */
export class RowCache {
  readonly #reader: Hdf5Reader;
  readonly #limit: number;
  readonly #rows: number;
  // In order of use: the first key is the one that was not wanted for longest.
  readonly #chunks = new Map<string, Column>();
  #bytes = 0;

  constructor(reader: Hdf5Reader, options: { rows: number; limit: number }) {
    this.#reader = reader;
    this.#rows = options.rows;
    this.#limit = options.limit;
  }

  /** Copies the rows from `start` on into `out`, whose length says how many; `width` values each. */
  copy(name: string, start: number, width: number, out: Float64Array): void {
    const end = start + out.length / width;
    let at = 0;
    for (let chunk = Math.floor(start / ATOM_CHUNK); chunk * ATOM_CHUNK < end; chunk++) {
      const first = chunk * ATOM_CHUNK;
      const values = this.#chunk(name, chunk) as Exclude<Column, BigInt64Array>;
      const from = Math.max(start - first, 0) * width;
      const to = Math.min(end - first, ATOM_CHUNK) * width;
      out.set(values.subarray(from, to), at);
      at += to - from;
    }
  }

  clear(): void {
    this.#chunks.clear();
    this.#bytes = 0;
  }

  #chunk(name: string, chunk: number): Column {
    const key = `${name} ${chunk}`;
    let values = this.#chunks.get(key);
    if (values === undefined) {
      const first = chunk * ATOM_CHUNK;
      values = this.#reader.numbers(name, first, Math.min(first + ATOM_CHUNK, this.#rows));
      this.#bytes += values.byteLength;
    } else {
      this.#chunks.delete(key);
    }
    this.#chunks.set(key, values);
    for (const [oldest, content] of this.#chunks) {
      if (this.#bytes <= this.#limit || oldest === key) break;
      this.#chunks.delete(oldest);
      this.#bytes -= content.byteLength;
    }
    return values;
  }
}
