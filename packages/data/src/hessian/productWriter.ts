import { createHash } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { stableStringify } from '@mlffd/core';
import { makeFolder, syncPath, TEMPORARY } from '../store/atomicStore.ts';
import { structureChecksum } from '../store/checksum.ts';
import { ColumnBuffer } from '../store/columnBuffer.ts';
import { writeError } from '../store/hdf5.ts';
import { Hdf5Writer } from '../store/hdf5Writer.ts';
import type { ColumnSpec } from '../store/hdf5Writer.ts';
import { ATOM_CHUNK, STRUCTURE_CHUNK } from '../store/storeFormat.ts';
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

/** One product of a Hessian with a direction. */
export interface HessianProduct {
  /** Number of the structure in the dataset. */
  readonly structure: number;
  /** Number of the direction. */
  readonly number: number;
  /** v, 3N. */
  readonly direction: Float64Array;
  /** H v, eV/Angstrom^2, 3N. */
  readonly product: Float64Array;
}

/** What a finished file is. */
export interface ProductFileSummary {
  readonly path: string;
  readonly products: number;
  /** SHA-256 of description and content. */
  readonly hash: string;
}

/**
 * Writes products as one HDF5 file, atomically: under `path` there is the former file or the whole
 * new one, at any moment.
 *
 * @throws FileSystemError when the disk refuses
 */
export async function writeProducts(
  path: string,
  description: ProductDescription,
  products: AsyncIterable<HessianProduct>,
): Promise<ProductFileSummary> {
  makeFolder(dirname(path));
  const temporary = path + TEMPORARY;
  const writer = await Hdf5Writer.create(temporary);
  try {
    const columns = new ProductColumns(writer);
    for await (const product of products) columns.push(product);
    const summary = columns.finish(description);
    writer.close();
    syncPath(temporary);
    renameSync(temporary, path);
    syncPath(dirname(path));
    return { path, ...summary };
  } catch (cause) {
    writer.abandon();
    rmSync(temporary, { force: true });
    if (typeof cause === 'object' && cause !== null && 'syscall' in cause) {
      throw writeError(path, cause);
    }
    throw cause;
  }
}

class ProductColumns {
  readonly #writer: Hdf5Writer;
  readonly #columns = new Map<ColumnSpec, ColumnBuffer>();
  readonly #hash = createHash('sha256');
  #products = 0;
  #atoms = 0;

  constructor(writer: Hdf5Writer) {
    this.#writer = writer;
    const add = (spec: ColumnSpec, chunkRows: number): void => {
      this.#columns.set(spec, new ColumnBuffer(writer, spec, { chunkRows, form: 'plain' }));
    };
    for (const spec of [DIRECTIONS_COLUMN, PRODUCTS_COLUMN]) add(spec, ATOM_CHUNK);
    for (const spec of [
      STRUCTURE_COLUMN,
      NUMBER_COLUMN,
      PRODUCT_OFFSETS_COLUMN,
      PRODUCT_CHECKSUM_COLUMN,
    ]) {
      add(spec, STRUCTURE_CHUNK);
    }
    this.#push(PRODUCT_OFFSETS_COLUMN, [0]);
  }

  push({ structure, number, direction, product }: HessianProduct): void {
    const kept = Float64Array.from(Float32Array.from(product));
    this.#atoms += direction.length / 3;
    this.#products++;
    this.#push(STRUCTURE_COLUMN, [structure]);
    this.#push(NUMBER_COLUMN, [number]);
    this.#push(PRODUCT_OFFSETS_COLUMN, [this.#atoms]);
    this.#push(DIRECTIONS_COLUMN, direction);
    this.#push(PRODUCTS_COLUMN, kept);
    this.#push(PRODUCT_CHECKSUM_COLUMN, [structureChecksum(direction, kept)]);
    this.#hash.update(Float64Array.of(structure, number)).update(direction).update(kept);
  }

  finish(description: ProductDescription): Omit<ProductFileSummary, 'path'> {
    for (const column of this.#columns.values()) column.finish();
    const { dataset, teacher, fingerprint = '', ...how } = description;
    const hash = createHash('sha256')
      .update(stableStringify([description, this.#hash.digest('hex')]))
      .digest('hex');
    const writer = this.#writer;
    writer.setAttribute('format', PRODUCT_FORMAT);
    writer.setAttribute('format_version', PRODUCT_VERSION);
    writer.setAttribute('dataset_hash', dataset);
    writer.setAttribute('teacher', teacher);
    writer.setAttribute('teacher_fingerprint', fingerprint);
    writer.setAttribute('displacement_A', how.displacement);
    writer.setAttribute('directions', how.directions);
    writer.setAttribute('direction_kind', how.kind);
    writer.setAttribute('seed', how.seed);
    writer.setAttribute('products', this.#products);
    writer.setAttribute('content_hash', hash);
    return { products: this.#products, hash };
  }

  #push(spec: ColumnSpec, values: ArrayLike<number>): void {
    this.#columns.get(spec)?.push(values);
  }
}
