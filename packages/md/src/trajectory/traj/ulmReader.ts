import { FileFormatError } from '@mlffd/core';
import { PieceFile } from '../readFile.ts';
import { isRecord, parseJson } from './json.ts';
import { FIRST_TABLE, parseUlmHeader } from './ulm.ts';

/** One item: plain values, arrays by name, and groups of both. */
export type UlmItem = Readonly<Record<string, unknown>>;

/** An array of an item. */
export interface UlmArray {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

const WIDTHS: Readonly<Record<string, number>> = {
  float64: 8,
  int64: 8,
  float32: 4,
  int32: 4,
  uint8: 1,
  bool: 1,
};

/** Reads the items of a .traj file. */
export class UlmReader {
  readonly items: number;
  /** Place of the table of items, bytes. */
  readonly table: number;
  readonly #file: PieceFile;

  /** @throws FileSystemError, FileFormatError for a file that is no .traj */
  constructor(path: string) {
    this.#file = new PieceFile(path);
    const header = parseUlmHeader(this.#file.read(0, FIRST_TABLE));
    if (typeof header === 'string') {
      this.#file.close();
      throw trajError(path, 'the header of an ASE trajectory', header);
    }
    this.items = header.items;
    this.table = header.table;
  }

  get path(): string {
    return this.#file.path;
  }

  /** @throws FileFormatError for an item that is not whole */
  item(index: number): UlmItem {
    const { value } = this.#locate(index);
    return value;
  }

  /** Where an item ends, bytes. */
  endOf(index: number): number {
    return this.#locate(index).end;
  }

  /** True where the item and all its arrays are there. */
  isWhole(index: number): boolean {
    try {
      const { value } = this.#locate(index);
      return this.#hasArrays(value);
    } catch (error) {
      if (error instanceof FileFormatError) return false;
      throw error;
    }
  }

  #hasArrays(group: UlmItem): boolean {
    return Object.entries(group).every(([name, entry]) => {
      if (!name.endsWith('.') || !isRecord(entry)) return true;
      if (!('ndarray' in entry)) return this.#hasArrays(entry);
      const [shape, dtype, at] = entry.ndarray as [readonly number[], string, number];
      const count = shape.reduce((product, size) => product * size, 1);
      return at + count * (WIDTHS[dtype] ?? 1) <= this.#file.size;
    });
  }

  /** Array of an item or of a group in it; undefined where there is none. */
  array(group: UlmItem, name: string): UlmArray | undefined {
    const entry = group[`${name}.`];
    if (!isRecord(entry)) return undefined;
    const { ndarray } = entry;
    if (!Array.isArray(ndarray)) throw this.#damaged(`an array ${name}`, 'a group');
    const [shape, dtype, at] = ndarray as unknown[];
    const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size));
    if (!isShape || typeof dtype !== 'string' || typeof at !== 'number' || !(dtype in WIDTHS)) {
      throw this.#damaged(`numbers in ${name}`, JSON.stringify(ndarray));
    }
    const sizes = shape as readonly number[];
    const count = sizes.reduce((product, size) => product * size, 1);
    const width = WIDTHS[dtype];
    const bytes = this.#file.read(at, count * width);
    if (bytes.length !== count * width) {
      throw this.#damaged(`${count * width} bytes of ${name}`, `${bytes.length}`);
    }
    const isBig = group._little_endian === false;
    return { shape: sizes, values: numbersOf(bytes, dtype, isBig) };
  }

  close(): void {
    this.#file.close();
  }

  #locate(index: number): { readonly value: UlmItem; readonly end: number } {
    const entry = this.#file.read(this.table + 8 * index, 8);
    const at = entry.length === 8 ? Number(entry.readBigInt64LE(0)) : -1;
    const prefix = at < 0 ? entry.subarray(0, 0) : this.#file.read(at, 8);
    if (prefix.length !== 8) throw this.#damaged(`frame ${index}`, 'the end of the file');
    const length = Number(prefix.readBigInt64LE(0));
    const text = length < 0 ? prefix.subarray(0, 0) : this.#file.read(at + 8, length);
    if (text.length !== length) throw this.#damaged(`frame ${index}`, 'a part of it');
    try {
      const value = parseJson(text.toString('utf8'));
      if (isRecord(value)) return { value, end: at + 8 + length };
    } catch {
      // Told below.
    }
    throw this.#damaged(`frame ${index} as a JSON object`, 'something else');
  }

  #damaged(expected: string, found: string): FileFormatError {
    return trajError(this.path, expected, found);
  }
}

function numbersOf(bytes: Buffer, dtype: string, isBig: boolean): Float64Array {
  const width = WIDTHS[dtype];
  if (isBig && width === 8) bytes.swap64();
  if (isBig && width === 4) bytes.swap32();
  const { buffer, byteOffset, length } = bytes;
  switch (dtype) {
    case 'float64':
      return new Float64Array(buffer, byteOffset, length / 8);
    case 'int64':
      return Float64Array.from(new BigInt64Array(buffer, byteOffset, length / 8), Number);
    case 'float32':
      return Float64Array.from(new Float32Array(buffer, byteOffset, length / 4));
    case 'int32':
      return Float64Array.from(new Int32Array(buffer, byteOffset, length / 4));
    default:
      return Float64Array.from(bytes);
  }
}

/** An error about the content of a .traj file. */
export function trajError(path: string, expected: string, found: string): FileFormatError {
  return new FileFormatError('md/trajectory-format', `${path} is not a whole ASE trajectory`, {
    expected,
    found,
    where: path,
    hint: 'Compressed ULM files are not read. Was the file copied to its end?',
  });
}
