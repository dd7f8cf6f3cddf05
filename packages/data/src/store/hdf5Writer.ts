import { InvalidArgumentError, isMlffdError } from '@mlffd/core';
import * as h5wasm from 'h5wasm/node';
import { hdf5Library, writeError } from './hdf5.ts';
import type { Column } from './hdf5.ts';

/** Type of the values of a dataset, as h5wasm writes it. */
export type ColumnType = '<d' | '<f' | '<i' | '<I' | '<B' | '<q';

/**
 * How the chunks of a dataset are compressed; h5wasm applies one filter. `deflate` is part of HDF5;
 * `blosc` (bitshuffle, then zstd) is filter 32001, which h5py reads after `import hdf5plugin`.
 */
export type ColumnFilter = 'none' | 'deflate' | 'blosc';

const FILTERS: Readonly<Record<Exclude<ColumnFilter, 'none'>, readonly [number, number[]]>> = {
  deflate: [1, [4]],
  // Four values that the filter fills in itself, then level, 2 = bitshuffle, 5 = zstd.
  blosc: [32001, [0, 0, 0, 0, 8, 2, 5]],
};

/** One resizable dataset of a file that is being written. */
export interface ColumnSpec {
  readonly name: string;
  readonly dtype: ColumnType;
  /** Shape of one row; `[]` for a scalar. */
  readonly row: readonly number[];
  readonly attributes?: Readonly<Record<string, string | number>>;
}

interface Open {
  readonly dataset: h5wasm.Dataset;
  readonly row: readonly number[];
  count: number;
}

/** Writes compressed datasets that grow row by row into a new HDF5 file. */
export class Hdf5Writer {
  readonly path: string;
  readonly #file: h5wasm.File;
  readonly #columns = new Map<string, Open>();

  private constructor(path: string, file: h5wasm.File) {
    this.path = path;
    this.#file = file;
  }

  /** @throws FileSystemError when the file cannot be created. */
  static async create(path: string): Promise<Hdf5Writer> {
    await hdf5Library;
    try {
      // The structures of HDF5 1.10 carry checksums, and small files are half the size.
      return new Hdf5Writer(path, new h5wasm.File(path, 'w', { libver: ['v110', 'v110'] }));
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /** Adds an empty dataset whose chunks hold `chunkRows` rows. */
  addColumn(spec: ColumnSpec, chunkRows: number, filter: ColumnFilter): void {
    this.#guard(() => {
      const [compression, options] = filter === 'none' ? [undefined, []] : FILTERS[filter];
      const dataset = this.#file.create_dataset({
        name: spec.name,
        data: [] as string[],
        shape: [0, ...spec.row],
        maxshape: [null, ...spec.row],
        chunks: [chunkRows, ...spec.row],
        dtype: spec.dtype,
        ...(compression === undefined ? {} : { compression, compression_opts: options }),
      });
      this.#columns.set(spec.name, { dataset, row: spec.row, count: 0 });
      for (const [key, value] of Object.entries(spec.attributes ?? {})) {
        this.setAttribute(key, value, spec.name);
      }
    });
  }

  /** Appends whole rows to a dataset made by `addColumn`. */
  append(name: string, data: Column, rows: number): void {
    const column = this.#column(name);
    if (rows === 0) return;
    this.#guard(() => {
      const end = column.count + rows;
      column.dataset.resize([end, ...column.row]);
      column.dataset.write_slice(
        [[column.count, end], ...column.row.map((size): [number, number] => [0, size])],
        data,
      );
      column.count = end;
    });
  }

  /**
   * A text, an integer of 32 bits, or a float64; of the file, or of one of its datasets. Texts are of
   * fixed length: the library can hang on a damaged heap, where those of variable length would be.
   */
  setAttribute(name: string, value: string | number, column?: string): void {
    const owner = column === undefined ? this.#file : this.#column(column).dataset;
    this.#guard(() => {
      const dtype = typeof value === 'string' ? `S${Buffer.byteLength(value) || 1}` : typeOf(value);
      owner.create_attribute(name, value, null, dtype);
    });
  }

  /** @throws FileSystemError when what is still in memory cannot be written. */
  close(): void {
    this.#guard(() => {
      this.#file.flush();
      this.#file.close();
    });
  }

  /** Closes without caring for the content, after a failure. */
  abandon(): void {
    try {
      this.#file.close();
    } catch {
      // The failure that led here is what the caller reports.
    }
  }

  #column(name: string): Open {
    const column = this.#columns.get(name);
    if (column !== undefined) return column;
    throw new InvalidArgumentError('data/no-column', `${this.path} has no column ${name}`);
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (cause) {
      throw isMlffdError(cause) ? cause : writeError(this.path, cause);
    }
  }
}

function typeOf(value: number): string {
  if ((value | 0) === value) return '<i';
  return value >>> 0 === value ? '<I' : '<d';
}
