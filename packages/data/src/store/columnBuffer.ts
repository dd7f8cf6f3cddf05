import { crc32 } from 'node:zlib';
import type { Column } from './hdf5.ts';
import type { ColumnSpec, ColumnType, Hdf5Writer } from './hdf5Writer.ts';
import { CHECKSUM_ATTRIBUTE, filterOf } from './storeFormat.ts';
import type { StoreForm } from './storeFormat.ts';

// Integers of 64 bits wait as float64, which is exact up to 2^53.
const ARRAYS: Readonly<Record<ColumnType, new (length: number) => Exclude<Column, BigInt64Array>>> =
  {
    '<d': Float64Array,
    '<f': Float32Array,
    '<i': Int32Array,
    '<I': Uint32Array,
    '<B': Uint8Array,
    '<q': Float64Array,
  };

/** Rows of one dataset that wait until they fill a chunk, so that each is compressed once. */
export class ColumnBuffer {
  /** Rows pushed so far. */
  rows = 0;
  readonly #writer: Hdf5Writer;
  readonly #name: string;
  readonly #width: number;
  readonly #chunkRows: number;
  readonly #waiting: Exclude<Column, BigInt64Array>;
  readonly #isLong: boolean;
  #count = 0;
  #checksum = 0;

  constructor(
    writer: Hdf5Writer,
    spec: ColumnSpec,
    options: { readonly chunkRows: number; readonly form: StoreForm },
  ) {
    const { chunkRows, form } = options;
    this.#writer = writer;
    this.#name = spec.name;
    this.#width = spec.row.reduce((product, n) => product * n, 1);
    this.#chunkRows = chunkRows;
    this.#isLong = spec.dtype === '<q';
    this.#waiting = new ARRAYS[spec.dtype](chunkRows * this.#width);
    writer.addColumn(spec, chunkRows, filterOf(spec, form));
  }

  /** Appends the values of whole rows. */
  push(values: ArrayLike<number>): void {
    const width = this.#width;
    const waiting = this.#waiting as Float64Array;
    for (let row = 0; row * width < values.length; row++) {
      const at = this.#count * width;
      for (let c = 0; c < width; c++) waiting[at + c] = values[row * width + c];
      this.rows++;
      if (++this.#count === this.#chunkRows) this.flush();
    }
  }

  /** Appends `rows` rows of one value. */
  fill(value: number, rows: number): void {
    this.push(new Float64Array(rows * this.#width).fill(value));
  }

  /** Hands on what is waiting. */
  flush(): void {
    if (this.#count === 0) return;
    const waiting = this.#waiting.subarray(0, this.#count * this.#width);
    const values = this.#isLong ? BigInt64Array.from(waiting, BigInt) : waiting;
    this.#checksum = crc32(values, this.#checksum);
    this.#writer.append(this.#name, values, this.#count);
    this.#count = 0;
  }

  /** Hands on the rest and stores the checksum of all. */
  finish(): void {
    this.flush();
    this.#writer.setAttribute(CHECKSUM_ATTRIBUTE, this.#checksum, this.#name);
  }
}
