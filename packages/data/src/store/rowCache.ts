import { FileFormatError } from '@mlffd/core';
import type { Column } from './hdf5.ts';
import type { Hdf5Reader } from './hdf5Reader.ts';
import { SCALE_ATTRIBUTE } from './storeFormat.ts';

interface Source {
  readonly name: string;
  readonly chunkRows: number;
  /** Spacing of the grid whose multiples are stored; undefined for values as they are. */
  readonly scale: number | undefined;
}

/** Keeps the chunks of the per-atom datasets that were read last, up to a number of bytes. */
export class RowCache {
  readonly #reader: Hdf5Reader;
  readonly #limit: number;
  readonly #rows: number;
  readonly #sources: readonly Source[];
  // In order of use: the first key is the one that was not wanted for longest.
  readonly #chunks = new Map<number, Column>();
  #bytes = 0;

  constructor(
    reader: Hdf5Reader,
    options: { names: readonly string[]; rows: number; limit: number },
  ) {
    this.#reader = reader;
    this.#rows = options.rows;
    this.#limit = options.limit;
    this.#sources = options.names.map((name) => {
      reader.keep(name);
      return { name, chunkRows: reader.chunkRows(name), scale: scaleOf(reader, name) };
    });
  }

  /** Copies the rows from `start` on into `out`, whose length says how many; 3 values each. */
  copy(name: string, start: number, out: Float64Array): void {
    const which = this.#sources.findIndex((source) => source.name === name);
    const { chunkRows, scale } = this.#sources[which];
    const end = start + out.length / 3;
    let at = 0;
    for (let chunk = Math.floor(start / chunkRows); chunk * chunkRows < end; chunk++) {
      const first = chunk * chunkRows;
      const values = this.#chunk(which, chunk) as Float64Array;
      const from = Math.max(start - first, 0) * 3;
      const to = Math.min(end - first, chunkRows) * 3;
      out.set(values.subarray(from, to), at);
      at += to - from;
    }
    if (scale !== undefined) for (let k = 0; k < out.length; k++) out[k] *= scale;
  }

  clear(): void {
    this.#chunks.clear();
    this.#bytes = 0;
  }

  #chunk(which: number, chunk: number): Column {
    const key = chunk * this.#sources.length + which;
    let values = this.#chunks.get(key);
    if (values === undefined) {
      const { name, chunkRows } = this.#sources[which];
      const first = chunk * chunkRows;
      values = this.#reader.numbers(name, first, Math.min(first + chunkRows, this.#rows));
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

function scaleOf(reader: Hdf5Reader, name: string): number | undefined {
  const scale = reader.attribute(SCALE_ATTRIBUTE, name);
  if (scale === undefined) return undefined;
  if (typeof scale === 'number' && scale > 0 && Number.isInteger(Math.log2(scale))) return scale;
  throw new FileFormatError('data/bad-dataset', `${reader.path}: ${name} has no usable scale`, {
    expected: 'a power of two',
    found: String(scale),
    where: `${reader.path}, attribute ${SCALE_ATTRIBUTE} of ${name}`,
    hint: 'The file is damaged: copy or write it again.',
  });
}
