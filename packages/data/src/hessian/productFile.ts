import { FileFormatError } from '@mlffd/core';
import { structureChecksum } from '../store/checksum.ts';
import type { Column } from '../store/hdf5.ts';
import { Hdf5Reader } from '../store/hdf5Reader.ts';
import { RowCache } from '../store/rowCache.ts';
import { DIRECTION_KINDS } from './directions.ts';
import {
  DIRECTIONS_COLUMN,
  NUMBER_COLUMN,
  PRODUCT_CHECKSUM_COLUMN,
  PRODUCT_FORMAT,
  PRODUCT_OFFSETS_COLUMN,
  PRODUCT_VERSION,
  PRODUCTS_COLUMN,
  STRUCTURE_COLUMN,
} from './productFormat.ts';
import type { ProductDescription } from './productFormat.ts';

/** Memory for chunks read before, bytes. */
const CACHE_BYTES = 32 * 1024 * 1024;

/** Directions of a structure and the products of its Hessian with them. */
export interface HessianProducts {
  /** k directions v, one after another, 3N values each. */
  readonly directions: Float64Array;
  /** H v for each of them, eV/Angstrom^2. */
  readonly products: Float64Array;
}

/** A file of products, open for reading. */
export class ProductFile {
  readonly path: string;
  readonly description: ProductDescription;
  readonly hash: string;
  /** Number of products. */
  readonly length: number;
  readonly #reader: Hdf5Reader;
  readonly #structures: Column;
  /** Products by structure, then by number of the direction. */
  readonly #order: Int32Array;
  readonly #offsets: Float64Array;
  readonly #checksums: Column;
  readonly #cache: RowCache;

  private constructor(reader: Hdf5Reader) {
    this.path = reader.path;
    this.#reader = reader;
    this.description = readDescription(reader);
    this.hash = text(reader, 'content_hash');
    this.#structures = reader.numbers(STRUCTURE_COLUMN.name);
    this.#checksums = reader.numbers(PRODUCT_CHECKSUM_COLUMN.name);
    this.#offsets = Float64Array.from(reader.numbers(PRODUCT_OFFSETS_COLUMN.name), Number);
    this.length = this.#structures.length;
    const numbers = reader.numbers(NUMBER_COLUMN.name);
    this.#order = Int32Array.from({ length: this.length }, (_, k) => k).sort(
      (a, b) =>
        this.#structureOf(a) - this.#structureOf(b) || Number(numbers[a]) - Number(numbers[b]),
    );
    const rows = this.#offsets[this.length];
    for (const { name } of [DIRECTIONS_COLUMN, PRODUCTS_COLUMN]) {
      const [found] = reader.shape(name);
      if (found !== rows) throw damaged(this.path, name, `${rows} rows`, String(found));
    }
    this.#cache = new RowCache(reader, {
      names: [DIRECTIONS_COLUMN.name, PRODUCTS_COLUMN.name],
      rows,
      limit: CACHE_BYTES,
    });
  }

  /**
   * @throws FileSystemError when the file cannot be read
   * @throws FileFormatError when it is no complete file of products
   */
  static async open(path: string): Promise<ProductFile> {
    const reader = await Hdf5Reader.open(path);
    try {
      return new ProductFile(reader);
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** Numbers of the structures that have products, ascending. */
  structures(): Int32Array {
    return Int32Array.from(new Set(Array.from(this.#order, (k) => this.#structureOf(k))));
  }

  /**
   * Products of a structure, by number of the direction; undefined where there are none.
   *
   * @throws FileFormatError when the file is damaged there
   */
  get(structure: number): HessianProducts | undefined {
    const first = this.#firstOf(structure);
    let last = first;
    while (last < this.length && this.#structureOf(this.#order[last]) === structure) last++;
    if (last === first) return undefined;
    const parts = Array.from(this.#order.subarray(first, last), (k) => this.#product(k));
    return {
      directions: joined(parts.map(({ directions }) => directions)),
      products: joined(parts.map(({ products }) => products)),
    };
  }

  close(): void {
    this.#cache.clear();
    this.#reader.close();
  }

  #product(k: number): HessianProducts {
    const start = this.#offsets[k];
    const length = 3 * (this.#offsets[k + 1] - start);
    const directions = new Float64Array(length);
    const products = new Float64Array(length);
    this.#cache.copy(DIRECTIONS_COLUMN.name, start, directions);
    this.#cache.copy(PRODUCTS_COLUMN.name, start, products);
    const found = structureChecksum(directions, products);
    const expected = Number(this.#checksums[k]);
    if (found === expected) return { directions, products };
    throw damaged(this.path, `product ${k}`, `checksum ${expected}`, String(found));
  }

  #structureOf(k: number): number {
    return Number(this.#structures[k]);
  }

  /** Place in the order of the first product whose structure has this number or a larger one. */
  #firstOf(structure: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#structureOf(this.#order[middle]) < structure) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function readDescription(reader: Hdf5Reader): ProductDescription {
  const format = reader.attribute('format');
  const version = reader.attribute('format_version');
  if (format !== PRODUCT_FORMAT || version !== PRODUCT_VERSION) {
    throw damaged(
      reader.path,
      'format',
      `${PRODUCT_FORMAT} ${PRODUCT_VERSION}`,
      `${format ?? 'none'} ${version ?? ''}`.trim(),
    );
  }
  const kind = DIRECTION_KINDS.find((name) => name === reader.attribute('direction_kind'));
  if (kind === undefined) throw damaged(reader.path, 'direction_kind', 'a known kind', 'another');
  const fingerprint = text(reader, 'teacher_fingerprint');
  return {
    dataset: text(reader, 'dataset_hash'),
    teacher: text(reader, 'teacher'),
    ...(fingerprint === '' ? {} : { fingerprint }),
    displacement: Number(reader.attribute('displacement_A')),
    directions: Number(reader.attribute('directions')),
    kind,
    seed: Number(reader.attribute('seed')),
  };
}

function text(reader: Hdf5Reader, name: string): string {
  const value = reader.attribute(name);
  if (typeof value === 'string') return value;
  throw damaged(reader.path, name, 'a text', typeof value);
}

function damaged(path: string, what: string, expected: string, found: string): FileFormatError {
  return new FileFormatError(
    'data/bad-products',
    `${path}: ${what}: expected ${expected}, found ${found}`,
    {
      expected,
      found,
      where: `${path}, ${what}`,
      hint: 'Give a file that labelHessianProducts wrote, or label again into a new one.',
    },
  );
}
