import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { FileFormatError, fileSystemError, InvalidArgumentError } from '@mlffd/core';
import type { FileSystemError } from '@mlffd/core';
import * as h5wasm from 'h5wasm/node';
import { checkHdf5Header, messageOf } from './hdf5Header.ts';

/** A typed array of a kind that the stores hold. */
export type Column = Float64Array | Float32Array | Int32Array | Uint8Array | BigInt64Array;

// Without the throwing handler the library prints its errors and returns unread memory.
const library: Promise<unknown> = h5wasm.ready.then((module) =>
  module.activate_throwing_error_handler(),
);

const ERRNO: Readonly<Record<string, string>> = {
  'No space left on device': 'ENOSPC',
  'Quota exceeded': 'EDQUOT',
  'File too large': 'EFBIG',
  'Permission denied': 'EACCES',
  'Operation not permitted': 'EPERM',
  'Not a directory': 'ENOTDIR',
  'Is a directory': 'EISDIR',
  'No such file or directory': 'ENOENT',
  'Read-only file system': 'EROFS',
};

/** Turns whatever `node:fs` or the HDF5 library threw while writing `path` into a typed error. */
export function writeError(path: string, cause: unknown): FileSystemError {
  if (typeof cause === 'object' && cause !== null && 'code' in cause) {
    return fileSystemError('write', path, cause);
  }
  const reason = reasonOf(cause);
  const code = reason in ERRNO ? ERRNO[reason] : isDiskFull(path) ? 'ENOSPC' : 'EIO';
  return fileSystemError('write', path, Object.assign(new Error(reason, { cause }), { code }));
}

/** The library cannot always say why it failed: it needs a temporary file for its message. */
function isDiskFull(path: string): boolean {
  try {
    return statfsSync(dirname(path)).bavail === 0;
  } catch {
    return false;
  }
}

/** The most telling line of an HDF5 error stack: the innermost message of the operating system. */
function reasonOf(cause: unknown): string {
  return /error message = '([^']*)'/.exec(String(cause))?.[1] ?? messageOf(cause);
}

/** One resizable dataset of a file that is being written. */
export interface ColumnSpec {
  readonly name: string;
  /** h5wasm type name: `<d`, `<f`, `<B`, `<q`, or `S12` for text of up to 12 bytes. */
  readonly dtype: string;
  /** Shape of one row; `[]` for a scalar. */
  readonly row: readonly number[];
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Writes datasets that grow row by row, deflated, into a new HDF5 file. */
export class Hdf5Writer {
  readonly path: string;
  readonly #file: h5wasm.File;
  readonly #rows = new Map<
    string,
    { dataset: h5wasm.Dataset; row: readonly number[]; count: number }
  >();

  private constructor(path: string, file: h5wasm.File) {
    this.path = path;
    this.#file = file;
  }

  /** @throws FileSystemError when the file cannot be created. */
  static async create(path: string): Promise<Hdf5Writer> {
    await library;
    try {
      return new Hdf5Writer(path, new h5wasm.File(path, 'w'));
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /** Adds an empty dataset whose chunks hold `chunkRows` rows. */
  addColumn(spec: ColumnSpec, chunkRows: number): void {
    this.#guard(() => {
      const dataset = this.#file.create_dataset({
        name: spec.name,
        data: [] as string[],
        shape: [0, ...spec.row],
        maxshape: [null, ...spec.row],
        chunks: [chunkRows, ...spec.row],
        dtype: spec.dtype,
        compression: 'gzip',
        compression_opts: [DEFLATE_LEVEL],
      });
      for (const [key, value] of Object.entries(spec.attributes ?? {})) {
        dataset.create_attribute(key, value);
      }
      this.#rows.set(spec.name, { dataset, row: spec.row, count: 0 });
    });
  }

  /** Appends whole rows to a dataset made by `addColumn`. */
  append(name: string, data: Column | readonly string[], rows: number): void {
    const column = this.#rows.get(name);
    if (column === undefined) {
      throw new InvalidArgumentError('data/no-column', `${this.path} has no column ${name}`);
    }
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

  /** A text, a 32-bit integer, or a float64. */
  setAttribute(name: string, value: string | number): void {
    this.#guard(() => {
      if (typeof value === 'string') this.#file.create_attribute(name, value);
      else this.#file.create_attribute(name, value, null, (value | 0) === value ? '<i' : '<d');
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

  #guard(action: () => void): void {
    try {
      action();
    } catch (cause) {
      throw writeError(this.path, cause);
    }
  }
}

const DEFLATE_LEVEL = 4;

/** Reads an HDF5 file; every failure is a typed error that names the file and the dataset. */
export class Hdf5Reader {
  readonly path: string;
  readonly #file: h5wasm.File;
  readonly #datasets = new Map<string, h5wasm.Dataset | null>();

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
    await library;
    try {
      return new Hdf5Reader(path, new h5wasm.File(path, 'r'));
    } catch (cause) {
      throw new FileFormatError(
        'data/bad-hdf5',
        `${path} cannot be opened as HDF5: ${reasonOf(cause)}`,
        {
          expected: 'a complete HDF5 file',
          where: path,
          hint: 'The file is damaged: copy or write it again.',
          cause,
        },
      );
    }
  }

  /** Attribute of the file, or of one of its datasets; undefined where there is none. */
  attribute(name: string, dataset?: string): string | number | undefined {
    return this.#read(`attribute ${name}`, () => {
      const owner = dataset === undefined ? this.#file : this.#require(dataset);
      if (!(name in owner.attrs)) return undefined;
      const value = owner.get_attribute(name, false);
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

  /** Numbers of the rows `start` (included) to `end` (excluded); without them, of all rows. */
  numbers(name: string, start?: number, end?: number): Column {
    const value = this.#value(name, start, end);
    if (ArrayBuffer.isView(value)) return value as Column;
    throw this.#damaged(name, 'numbers', typeof value);
  }

  /** All texts of a dataset of strings. */
  strings(name: string): string[] {
    const value = this.#value(name);
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
    throw this.#damaged(name, 'texts', typeof value);
  }

  close(): void {
    this.#file.close();
  }

  #value(name: string, start?: number, end?: number): unknown {
    return this.#read(name, () => {
      const dataset = this.#require(name);
      const shape = dataset.shape ?? [];
      const from = start ?? 0;
      const to = end ?? shape[0];
      return dataset.slice([
        [from, to],
        ...shape.slice(1).map((size): [number, number] => [0, size]),
      ]);
    });
  }

  #dataset(name: string): h5wasm.Dataset | null {
    let dataset = this.#datasets.get(name);
    if (dataset === undefined) {
      const entity = this.#read(name, () => this.#file.get(name));
      dataset = entity instanceof h5wasm.Dataset ? entity : null;
      this.#datasets.set(name, dataset);
    }
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
      if (cause instanceof FileFormatError) throw cause;
      throw new FileFormatError(
        'data/bad-hdf5',
        `${this.path}: cannot read ${what}: ${reasonOf(cause)}`,
        {
          expected: `readable data in ${what}`,
          where: this.path,
          hint: 'The file is damaged: copy or write it again.',
          cause,
        },
      );
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
