import { FileFormatError } from '@mlffd/core';
import type { Hdf5Reader } from './hdf5Reader.ts';

/** Texts of an open store; decoded when they are asked for. */
export interface Texts {
  get(k: number): string;
  /** The same number for texts that are known to be equal. */
  code(k: number): number;
}

const decoder = new TextDecoder();
/** Mean number of uses from which on a decoded text is kept. */
const WORTH_KEEPING = 3;

/** Texts as UTF-8 bytes and offsets. */
export class TextTable implements Texts {
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #offsets: Float64Array;

  constructor(bytes: Uint8Array, offsets: Float64Array) {
    this.#bytes = bytes;
    this.#offsets = offsets;
    this.length = offsets.length - 1;
  }

  code(k: number): number {
    return k;
  }

  get(k: number): string {
    return decoder.decode(this.#bytes.subarray(this.#offsets[k], this.#offsets[k + 1]));
  }
}

/** Texts of which many are equal; where most are, equal ones are one string in memory. */
export class SharedTexts implements Texts {
  readonly #table: TextTable;
  readonly #index: Int32Array;
  readonly #decoded: string[] | undefined;

  constructor(table: TextTable, index: Int32Array) {
    this.#table = table;
    this.#index = index;
    this.#decoded = WORTH_KEEPING * table.length <= index.length ? [] : undefined;
  }

  code(k: number): number {
    return this.#index[k];
  }

  get(k: number): string {
    const code = this.#index[k];
    if (this.#decoded === undefined) return this.#table.get(code);
    return (this.#decoded[code] ??= this.#table.get(code));
  }
}

/** Texts of fixed length, as version 1 has them, in the form of version 2. */
export function readFixedTexts(reader: Hdf5Reader, name: string, count: number): SharedTexts {
  const known = new Map<string, number>();
  const index = new Int32Array(count);
  const offsets = [0];
  const parts: Uint8Array[] = [];
  for (let start = 0; start < count; start += PIECE) {
    const texts = reader.strings(name, start, Math.min(start + PIECE, count));
    for (const [k, text] of texts.entries()) {
      let code = known.get(text);
      if (code === undefined) {
        code = known.size;
        known.set(text, code);
        const bytes = Buffer.from(text);
        parts.push(bytes);
        offsets.push(offsets[offsets.length - 1] + bytes.length);
      }
      index[start + k] = code;
    }
  }
  return new SharedTexts(new TextTable(Buffer.concat(parts), Float64Array.from(offsets)), index);
}

/** Texts that the library turns into strings at once. */
const PIECE = 1024;

/** Object in JSON, or what is wrong with it. */
export function parseObject(json: string, path: string, what: string): object {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below, as of other JSON.
  }
  throw new FileFormatError('data/bad-dataset', `${path}: ${what} is no JSON object`, {
    expected: 'a JSON object',
    found: json.slice(0, 60),
    where: `${path}, ${what}`,
    hint: 'The file is damaged: copy or write it again.',
  });
}
