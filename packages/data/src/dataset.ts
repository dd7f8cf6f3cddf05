import { createHash } from 'node:crypto';
import { createAtoms, FileFormatError, InvalidArgumentError } from '@mlffd/core';
import type { Atoms, InfoValue } from '@mlffd/core';
import { structureHash } from './contentHash.ts';
import { Hdf5Reader } from './hdf5.ts';
import { readTables } from './datasetTables.ts';
import type { DatasetTables } from './datasetTables.ts';
import { RowCache } from './rowCache.ts';
import { contentHash } from './storeWriter.ts';
import type { Provenance } from './storeWriter.ts';
import type { LabelledStructure, LabelProperty, StructureMeta } from './structure.ts';

/** Options of `Dataset.open`. */
export interface DatasetOptions {
  /** Memory for chunks read before, bytes; default 128 MiB. */
  readonly cacheBytes?: number;
}

const CACHE_BYTES = 128 * 1024 * 1024;

/**
 * A labelled dataset on disk. Elements and per-structure values are in memory; positions and
 * forces are read on demand, in chunks that are kept up to a limit.
 */
export class Dataset {
  readonly path: string;
  /** SHA-256 over content and provenance; the same for the same content in any file. */
  readonly hash: string;
  readonly provenance: Provenance;
  readonly properties: readonly LabelProperty[];
  /** Number of structures. */
  readonly length: number;
  /** Number of atoms of all structures. */
  readonly totalAtoms: number;
  /** Origin of every structure. */
  readonly metas: readonly StructureMeta[];
  readonly #reader: Hdf5Reader;
  readonly #tables: DatasetTables;
  readonly #cache: RowCache;
  #open = true;

  private constructor(reader: Hdf5Reader, tables: DatasetTables, cacheBytes: number) {
    this.path = reader.path;
    this.hash = tables.hash;
    this.provenance = tables.provenance;
    this.properties = tables.properties;
    this.length = tables.metas.length;
    this.totalAtoms = tables.offsets[this.length];
    this.metas = tables.metas;
    this.#reader = reader;
    this.#tables = tables;
    this.#cache = new RowCache(reader, { rows: this.totalAtoms, limit: cacheBytes });
  }

  /**
   * Opens a dataset written by `compactShards`, `writeDataset`, or a single shard.
   *
   * @throws FileSystemError when the file cannot be read
   * @throws FileFormatError when it is empty, truncated, no HDF5, of another format or version, or
   * lacks a dataset
   */
  static async open(path: string, options: DatasetOptions = {}): Promise<Dataset> {
    const reader = await Hdf5Reader.open(path);
    try {
      return new Dataset(reader, readTables(reader), options.cacheBytes ?? CACHE_BYTES);
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** Number of atoms of structure `k`, without reading it. */
  atomCount(k: number): number {
    this.#check(k);
    return this.#tables.offsets[k + 1] - this.#tables.offsets[k];
  }

  /** Energy of structure `k`, eV, without reading it; undefined where there is no label. */
  energy(k: number): number | undefined {
    this.#check(k);
    return this.#tables.has('energy', k) ? this.#tables.energy[k] : undefined;
  }

  /** Atomic numbers of structure `k`. */
  numbers(k: number): Int32Array {
    this.#check(k);
    const { numbers, offsets } = this.#tables;
    return Int32Array.from(numbers.subarray(offsets[k], offsets[k + 1]));
  }

  /**
   * Structure `k` with its labels; the arrays are the caller's own.
   *
   * @throws InvalidArgumentError for an index outside the dataset, or after `close`
   * @throws FileFormatError when the file is damaged there
   */
  get(k: number): LabelledStructure {
    this.#check(k);
    const tables = this.#tables;
    const has = (property: LabelProperty) => tables.has(property, k);
    return {
      atoms: this.#atoms(k),
      meta: this.metas[k],
      ...(has('energy') ? { energy: tables.energy[k] } : {}),
      ...(has('forces') ? { forces: this.#rows('forces', k) } : {}),
      ...(has('stress') ? { stress: tables.stress.slice(6 * k, 6 * k + 6) } : {}),
    };
  }

  /** All structures in order. */
  *[Symbol.iterator](): Generator<LabelledStructure, void, undefined> {
    for (let k = 0; k < this.length; k++) yield this.get(k);
  }

  /**
   * Reads everything and compares with the hash that was stored at writing.
   *
   * @throws FileFormatError when a byte has changed since
   */
  verify(): void {
    const running = createHash('sha256');
    for (const structure of this) running.update(structureHash(structure));
    const found = contentHash(running.digest('hex'), this.provenance);
    if (found === this.hash) return;
    throw new FileFormatError(
      'data/hash-mismatch',
      `the content of ${this.path} is not what was written`,
      {
        expected: this.hash,
        found,
        where: this.path,
        hint: 'The file was changed or damaged: compact the shards again.',
      },
    );
  }

  /** Closes the file; a second call is harmless. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#cache.clear();
    this.#reader.close();
  }

  #atoms(k: number): Atoms {
    const { charge, spin, cell, pbc, infos } = this.#tables;
    const info = JSON.parse(infos[k]) as Record<string, InfoValue>;
    return createAtoms({
      numbers: this.numbers(k),
      positions: this.#rows('positions', k),
      cell: cell.slice(9 * k, 9 * k + 9),
      pbc: [pbc[3 * k] !== 0, pbc[3 * k + 1] !== 0, pbc[3 * k + 2] !== 0],
      ...(Number.isNaN(charge[k]) ? {} : { charge: charge[k] }),
      ...(Number.isNaN(spin[k]) ? {} : { spin: spin[k] }),
      ...(Object.keys(info).length === 0 ? {} : { info }),
    });
  }

  #rows(name: 'positions' | 'forces', k: number): Float64Array {
    const out = new Float64Array(3 * this.atomCount(k));
    this.#cache.copy(name, this.#tables.offsets[k], 3, out);
    return out;
  }

  #check(k: number): void {
    if (this.#open && Number.isInteger(k) && k >= 0 && k < this.length) return;
    throw new InvalidArgumentError('data/no-such-structure', `no structure ${k} in ${this.path}`, {
      expected: `an open dataset and an index from 0 to ${this.length - 1}`,
      found: this.#open ? String(k) : 'a closed dataset',
      where: this.path,
    });
  }
}
