import { FileFormatError, isMlffdError } from '@mlffd/core';
import * as h5wasm from 'h5wasm/node';
import { hdf5Library, reasonOf } from './hdf5.ts';
import type { Column } from './hdf5.ts';
import { checkHdf5Header } from './hdf5Header.ts';
import { readTextAttribute, readTextRows } from './hdf5Texts.ts';

/** Bytes that are asked of the library at once: its memory grows with the largest piece, for good. */
const PIECE_BYTES = 2 ** 20;

/** Reads an HDF5 file; every failure is a typed error that names the file and the dataset. */
export class Hdf5Reader {
  readonly path: string;
  readonly #file: h5wasm.File;
  // The dataset asked for last: files of others may have a hundred thousand of them.
  #last: { name: string; dataset: h5wasm.Dataset | null } | undefined;
  readonly #kept = new Map<string, h5wasm.Dataset>();

  private constructor(path: string, file: h5wasm.File) {
    this.path = path;
    this.#file = file;
  }

  /**
   * @throws FileSystemError when the file cannot be read
   * @throws FileFormatError when it is no complete HDF5 file
   */
  static async open(path: string): Promise<Hdf5Reader> {
    checkHdf5Header(path);
    await hdf5Library;
    try {
      return new Hdf5Reader(path, new h5wasm.File(path, 'r'));
    } catch (cause) {
      throw unreadable(path, `${path} cannot be opened as HDF5`, 'a complete HDF5 file', cause);
    }
  }

  /** Keeps the handle of a dataset that will be read many times. */
  keep(name: string): void {
    this.#kept.set(name, this.#require(name));
  }

  /** Names in a group, in the order of the file's index; of the whole file without a name. */
  keys(group = '/'): string[] {
    return this.#read(group, () => {
      const entity = group === '/' ? this.#file : this.#file.get(group);
      if (entity instanceof h5wasm.Group) return entity.keys();
      throw this.#damaged(group, `a group ${group}`, 'none of that name');
    });
  }

  /** True for the name of a group. */
  isGroup(name: string): boolean {
    return this.#read(name, () => this.#file.get(name) instanceof h5wasm.Group);
  }

  /** Attribute of the file, or of one of its datasets; undefined where there is none. */
  attribute(name: string, dataset?: string): string | number | undefined {
    return this.#read(`attribute ${name}`, () => {
      const owner = dataset === undefined ? this.#file : this.#require(dataset);
      if (!(name in owner.attrs)) return undefined;
      const { file_id, path } = owner;
      if (h5wasm.Module.get_attribute_metadata(file_id, path, name).vlen) {
        return readTextAttribute(file_id, path, name)[0];
      }
      const value: unknown = owner.get_attribute(name, false);
      return typeof value === 'string' || typeof value === 'number' ? value : undefined;
    });
  }

  has(name: string): boolean {
    return this.#dataset(name) !== null;
  }

  /** @throws FileFormatError when there is no such dataset. */
  shape(name: string): readonly number[] {
    return this.#read(name, () => this.#require(name).shape ?? []);
  }

  /** Rows of one chunk; those of the whole dataset where it has no chunks. */
  chunkRows(name: string): number {
    return this.#read(name, () => {
      const { chunks, shape } = this.#require(name).metadata;
      return chunks?.[0] ?? shape?.[0] ?? 1;
    });
  }

  /** Numbers of the rows `start` (included) to `end` (excluded); without them, of all rows. */
  numbers(name: string, start = 0, end?: number): Column {
    const shape = this.shape(name);
    const last = end ?? (shape.length === 0 ? 1 : shape[0]);
    const rowBytes = this.#read(name, () =>
      shape.slice(1).reduce((product, n) => product * n, this.#require(name).metadata.size),
    );
    const step = Math.max(1, Math.floor(PIECE_BYTES / Math.max(rowBytes, 1)));
    if (last - start <= step) return this.#numbers(name, start, last);
    const first = this.#numbers(name, start, start + step);
    const width = first.length / step;
    // A damaged header may ask for more than there is memory.
    const all = this.#read(name, () => emptyLike(first, (last - start) * width));
    set(all, first, 0);
    for (let at = start + step; at < last; at += step) {
      set(all, this.#numbers(name, at, Math.min(at + step, last)), (at - start) * width);
    }
    return all;
  }

  /** Texts of the rows `start` (included) to `end` (excluded); without them, of all rows. */
  strings(name: string, start?: number, end?: number): string[] {
    const { vlen, shape } = this.#read(name, () => this.#require(name).metadata);
    if (vlen) {
      return this.#read(name, () => {
        const { file_id, path } = this.#require(name);
        return readTextRows(file_id, path, [start ?? 0, end ?? shape?.[0] ?? 1]);
      });
    }
    const value = this.#value(name, start, end);
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
    throw this.#damaged(name, 'texts', typeof value);
  }

  /** Never throws: a file that was only read has nothing to lose. */
  close(): void {
    try {
      this.#file.close();
    } catch {
      // The library could not put its view of a damaged file away.
    }
  }

  #numbers(name: string, start: number, end: number): Column {
    const value = this.#value(name, start, end);
    if (ArrayBuffer.isView(value)) return value as Column;
    throw this.#damaged(name, 'numbers', Array.isArray(value) ? 'texts' : typeof value);
  }

  #value(name: string, start?: number, end?: number): unknown {
    return this.#read(name, () => {
      const dataset = this.#require(name);
      const shape = dataset.shape ?? [];
      // A scalar has no rows to choose from.
      if (shape.length === 0) return dataset.value;
      return dataset.slice([
        [start ?? 0, end ?? shape[0]],
        ...shape.slice(1).map((size): [number, number] => [0, size]),
      ]);
    });
  }

  #dataset(name: string): h5wasm.Dataset | null {
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept;
    if (this.#last?.name === name) return this.#last.dataset;
    const entity = this.#read(name, () => this.#file.get(name));
    const dataset = entity instanceof h5wasm.Dataset ? entity : null;
    this.#last = { name, dataset };
    return dataset;
  }

  #require(name: string): h5wasm.Dataset {
    const dataset = this.#dataset(name);
    if (dataset !== null) return dataset;
    throw this.#damaged(name, `a dataset ${name}`, 'none of that name');
  }

  #read<T>(what: string, action: () => T): T {
    try {
      return action();
    } catch (cause) {
      if (isMlffdError(cause)) throw cause;
      const expected = `readable data in ${what}`;
      throw unreadable(this.path, `${this.path}: cannot read ${what}`, expected, cause);
    }
  }

  #damaged(name: string, expected: string, found: string): FileFormatError {
    return new FileFormatError(
      'data/bad-dataset',
      `${this.path}: ${name}: expected ${expected}, found ${found}`,
      {
        expected,
        found,
        where: `${this.path}, ${name}`,
        hint: 'Is this a dataset written by this package? See the format in its README.',
      },
    );
  }
}

function unreadable(
  where: string,
  message: string,
  expected: string,
  cause: unknown,
): FileFormatError {
  return new FileFormatError('data/bad-hdf5', `${message}: ${reasonOf(cause)}`, {
    expected,
    where,
    hint: 'The file is damaged: copy or write it again.',
    cause,
  });
}

function emptyLike(column: Column, length: number): Column {
  return new (column.constructor as new (length: number) => Column)(length);
}

function set(target: Column, values: Column, at: number): void {
  // Both are of the type of the dataset.
  (target as Float64Array).set(values as Float64Array, at);
}
