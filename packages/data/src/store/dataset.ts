import { createHash } from 'node:crypto';
import { createAtoms, FileFormatError, InvalidArgumentError, isMlffdError } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { structureHash } from '../contentHash.ts';
import type { LabelledStructure, LabelProperty, StructureMeta } from '../structure.ts';
import { structureChecksum } from './checksum.ts';
import { DatasetTables } from './datasetTables.ts';
import { Hdf5Reader } from './hdf5Reader.ts';
import { contentHash } from './provenance.ts';
import type { Origin, Provenance } from './provenance.ts';
import type { Rounding } from './rounding.ts';
import { RowCache } from './rowCache.ts';
import type { StoreForm } from './storeFormat.ts';

/** Options of `Dataset.open`. */
export interface DatasetOptions {
  /** Memory for chunks read before, bytes; default 64 MiB. */
  readonly cacheBytes?: number;
}

const CACHE_BYTES = 64 * 1024 * 1024;

/**
 * A labelled dataset on disk. Positions and forces are read on demand, in chunks that are kept up to
 * a limit; of everything else a table is read whole when it is first wanted. What a checksum can tell
 * apart from what was written never comes back as data.
 */
export class Dataset {
  readonly path: string;
  /** SHA-256 over content and provenance; the same for the same content in any file. */
  readonly hash: string;
  readonly provenance: Provenance;
  /** Stores that this one was merged, filtered or taken from. */
  readonly origins: readonly Origin[];
  readonly properties: readonly LabelProperty[];
  readonly form: StoreForm;
  /** Largest errors that positions (Angstrom) and forces (eV/Angstrom) were rounded by. */
  readonly rounding: Rounding;
  /** Number of structures. */
  readonly length: number;
  /** Number of atoms of all structures. */
  readonly totalAtoms: number;
  readonly #reader: Hdf5Reader;
  readonly #tables: DatasetTables;
  readonly #cache: RowCache;
  #open = true;

  private constructor(reader: Hdf5Reader, tables: DatasetTables, cacheBytes: number) {
    this.path = reader.path;
    this.hash = tables.hash;
    this.provenance = tables.provenance;
    this.origins = tables.origins;
    this.properties = tables.properties;
    this.form = tables.form;
    this.rounding = tables.rounding;
    this.length = tables.length;
    this.totalAtoms = tables.atoms;
    this.#reader = reader;
    this.#tables = tables;
    this.#cache = new RowCache(reader, {
      names: ['positions', ...(tables.properties.includes('forces') ? ['forces'] : [])],
      rows: this.totalAtoms,
      limit: cacheBytes,
    });
  }

  /**
   * Opens a dataset written by `compactShards`, `writeDataset` and the like, or a single shard.
   *
   * @throws FileSystemError when the file cannot be read
   * @throws FileFormatError when it is empty, truncated, no HDF5, of another format or version, or
   * lacks a dataset
   */
  static async open(path: string, options: DatasetOptions = {}): Promise<Dataset> {
    const reader = await Hdf5Reader.open(path);
    try {
      return new Dataset(reader, new DatasetTables(reader), options.cacheBytes ?? CACHE_BYTES);
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /**
   * Origin of every structure, built at the first use; for one of many see `meta`.
   *
   * @throws FileFormatError when the file is damaged there
   */
  get metas(): readonly StructureMeta[] {
    return this.#tables.metas;
  }

  /** Origin of structure `k`. */
  meta(k: number): StructureMeta {
    this.#check(k);
    return this.#tables.meta(k);
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
    const forces = this.#tables.has('forces', k) ? this.#rows('forces', k) : undefined;
    return this.#structure(k, this.#rows('positions', k), forces);
  }

  /**
   * Structures in the order of `indices`. Every chunk of the file is read once at most, whatever the
   * order and the size of the cache.
   *
   * @throws as `get`
   */
  getMany(indices: ArrayLike<number>): LabelledStructure[] {
    const order = Int32Array.from({ length: indices.length }, (_, i) => i);
    for (const i of order) this.#check(indices[i]);
    order.sort((a, b) => indices[a] - indices[b]);
    const positions: Float64Array[] = [];
    const forces: (Float64Array | undefined)[] = [];
    for (const i of order) positions[i] = this.#rows('positions', indices[i]);
    for (const i of order) {
      forces[i] = this.#tables.has('forces', indices[i])
        ? this.#rows('forces', indices[i])
        : undefined;
    }
    return positions.map((rows, i) => this.#structure(indices[i], rows, forces[i]));
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
    if (found !== this.hash) throw this.#changed('data/hash-mismatch', this.hash, found);
  }

  /** Closes the file; a second call is harmless. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#cache.clear();
    this.#reader.close();
  }

  #structure(
    k: number,
    positions: Float64Array,
    forces: Float64Array | undefined,
  ): LabelledStructure {
    const tables = this.#tables;
    const expected = tables.checksums?.[k];
    if (expected !== undefined) {
      const found = structureChecksum(positions, forces);
      if (found !== expected) {
        const where = `, structure ${k}`;
        throw this.#changed('data/checksum-mismatch', String(expected), String(found), where);
      }
    }
    return {
      atoms: this.#atoms(k, positions),
      meta: tables.meta(k),
      ...(tables.has('energy', k) ? { energy: tables.energy[k] } : {}),
      ...(forces === undefined ? {} : { forces }),
      ...(tables.has('stress', k) ? { stress: tables.stress.slice(6 * k, 6 * k + 6) } : {}),
      ...(tables.has('energies', k)
        ? { energies: tables.energies.slice(tables.offsets[k], tables.offsets[k + 1]) }
        : {}),
    };
  }

  #atoms(k: number, positions: Float64Array): Atoms {
    const { charge, spin, cell, pbc } = this.#tables;
    const info = this.#tables.info(k);
    try {
      return createAtoms({
        numbers: this.numbers(k),
        positions,
        cell: cell.slice(9 * k, 9 * k + 9),
        pbc: [pbc[3 * k] !== 0, pbc[3 * k + 1] !== 0, pbc[3 * k + 2] !== 0],
        ...(Number.isNaN(charge[k]) ? {} : { charge: charge[k] }),
        ...(Number.isNaN(spin[k]) ? {} : { spin: spin[k] }),
        ...(Object.keys(info).length === 0 ? {} : { info }),
      });
    } catch (cause) {
      if (!isMlffdError(cause)) throw cause;
      throw new FileFormatError(
        'data/bad-dataset',
        `${this.path}, structure ${k}: ${cause.message}`,
        {
          expected: 'a valid structure',
          found: cause.found ?? cause.message,
          where: `${this.path}, structure ${k}`,
          hint: 'The file is damaged: copy or write it again.',
          cause,
        },
      );
    }
  }

  #rows(name: 'positions' | 'forces', k: number): Float64Array {
    const { offsets } = this.#tables;
    const out = new Float64Array(3 * (offsets[k + 1] - offsets[k]));
    this.#cache.copy(name, offsets[k], out);
    return out;
  }

  #changed(code: string, expected: string, found: string, where = ''): FileFormatError {
    return new FileFormatError(
      code,
      `the content of ${this.path}${where} is not what was written`,
      {
        expected,
        found,
        where: `${this.path}${where}`,
        hint: 'The file was changed or damaged: copy it again, or compact the shards again.',
      },
    );
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
