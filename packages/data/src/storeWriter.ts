import { createHash } from 'node:crypto';
import { stableStringify } from '@mlffd/core';
import { encodeMeta, structureHash } from './contentHash.ts';
import { InvalidStructureError } from './errors.ts';
import { Hdf5Writer } from './hdf5.ts';
import type { Column, ColumnSpec } from './hdf5.ts';
import {
  ATOM_CHUNK,
  ENERGY_COLUMN,
  FORCES_COLUMN,
  maskName,
  NUMBERS_COLUMN,
  OFFSETS_COLUMN,
  POSITIONS_COLUMN,
  STORE_FORMAT,
  STORE_VERSION,
  STRESS_COLUMN,
  STRUCTURE_CHUNK,
  STRUCTURE_COLUMNS,
  TEXT_COLUMNS,
} from './storeFormat.ts';
import { gridOf, rounded, roundingAttribute } from './rounding.ts';
import type { Rounding } from './rounding.ts';
import { checkRecord } from './structure.ts';
import type { LabelledStructure, LabelProperty } from './structure.ts';

/** Where the labels of a store come from. */
export interface Provenance {
  /** Name of the teacher. */
  readonly teacher: string;
  /** What tells two teachers of the same name apart: version, hash of the weights, settings. */
  readonly fingerprint?: string;
  /** What made the structures, e.g. a line of configuration. */
  readonly generator?: string;
  readonly seed?: number;
}

/** What a store is to hold. */
export interface StoreOptions {
  readonly properties: readonly LabelProperty[];
  readonly provenance: Provenance;
  readonly rounding?: Rounding;
}

/** What a finished store is. */
export interface StoreSummary {
  readonly path: string;
  readonly structures: number;
  readonly atoms: number;
  /** SHA-256 over content and provenance; independent of sharding and compression. */
  readonly hash: string;
}

/** Rows that wait until they fill whole chunks, so that each chunk is compressed once. */
class RowBuffer<T extends Float64Array | Float32Array | Uint8Array> {
  readonly #writer: Hdf5Writer;
  readonly #name: string;
  readonly #width: number;
  readonly #rows: T;
  #count = 0;

  constructor(writer: Hdf5Writer, name: string, rows: T) {
    this.#writer = writer;
    this.#name = name;
    this.#rows = rows;
    this.#width = rows.length / ATOM_CHUNK;
  }

  /** Appends the values of `rows` rows; absent values become NaN. */
  push(values: ArrayLike<number> | undefined, rows: number): void {
    const width = this.#width;
    for (let row = 0; row < rows; row++) {
      for (let c = 0; c < width; c++) {
        this.#rows[this.#count * width + c] = values === undefined ? NaN : values[row * width + c];
      }
      if (++this.#count === ATOM_CHUNK) this.flush();
    }
  }

  flush(): void {
    const values = this.#rows.subarray(0, this.#count * this.#width) as T;
    this.#writer.append(this.#name, values, this.#count);
    this.#count = 0;
  }
}

/**
 * Writes labelled structures one after the other into a new HDF5 store. Per-atom arrays go to disk
 * in chunks, per-structure values stay in memory (about 0.5 KB each) until `close`.
 */
export class StoreWriter {
  readonly #writer: Hdf5Writer;
  readonly #properties: ReadonlySet<LabelProperty>;
  readonly #provenance: Provenance;
  readonly #rounding: Rounding;
  readonly #numbers: RowBuffer<Uint8Array>;
  readonly #positions: RowBuffer<Float64Array>;
  readonly #forces: RowBuffer<Float32Array> | undefined;
  readonly #columns: Record<'cell' | 'pbc' | 'charge' | 'spin' | 'energy' | 'stress', number[]> = {
    cell: [],
    pbc: [],
    charge: [],
    spin: [],
    energy: [],
    stress: [],
  };
  readonly #masks: Record<LabelProperty, number[]> = { energy: [], forces: [], stress: [] };
  readonly #texts: Record<(typeof TEXT_COLUMNS)[number], string[]> = {
    ids: [],
    groups: [],
    sources: [],
    meta: [],
    info: [],
  };
  readonly #seen = new Set<string>();
  readonly #offsets: bigint[] = [0n];
  readonly #hash = createHash('sha256');
  #atoms = 0;

  private constructor(writer: Hdf5Writer, options: StoreOptions) {
    const { properties, provenance, rounding = {} } = options;
    this.#writer = writer;
    this.#properties = new Set(properties);
    this.#provenance = provenance;
    this.#rounding = rounding;
    const { positions, forces } = rounding;
    writer.addColumn(NUMBERS_COLUMN, ATOM_CHUNK);
    writer.addColumn(withAttributes(POSITIONS_COLUMN, roundingAttribute(positions)), ATOM_CHUNK);
    this.#numbers = new RowBuffer(writer, 'numbers', new Uint8Array(ATOM_CHUNK));
    this.#positions = new RowBuffer(writer, 'positions', new Float64Array(3 * ATOM_CHUNK));
    if (this.#properties.has('forces')) {
      writer.addColumn(withAttributes(FORCES_COLUMN, roundingAttribute(forces)), ATOM_CHUNK);
      this.#forces = new RowBuffer(writer, 'forces', new Float32Array(3 * ATOM_CHUNK));
    }
  }

  /**
   * @throws FileSystemError when the file cannot be created
   * @throws InvalidArgumentError for a bound of rounding that is not positive
   */
  static async create(path: string, options: StoreOptions): Promise<StoreWriter> {
    // Before there is a file that would be left open.
    for (const error of Object.values(options.rounding ?? {})) gridOf(error as number);
    return new StoreWriter(await Hdf5Writer.create(path), options);
  }

  /**
   * @throws InvalidStructureError for a repeated id, a name or a label that cannot be stored
   * @throws FileSystemError when the disk refuses
   */
  append(exact: LabelledStructure): void {
    checkStorable(exact);
    const structure = rounded(exact, this.#rounding);
    const { atoms, meta } = structure;
    if (this.#seen.has(meta.id)) {
      throw new InvalidStructureError('data/duplicate-id', `the id ${meta.id} appears twice`, {
        expected: 'ids that are unique within a dataset',
        found: meta.id,
        where: `${this.#writer.path}, structure ${this.#seen.size}`,
        hint: 'Give every structure an id of its own.',
      });
    }
    this.#seen.add(meta.id);
    const n = atoms.numbers.length;
    this.#numbers.push(atoms.numbers, n);
    this.#positions.push(atoms.positions, n);
    this.#forces?.push(structure.forces, n);
    const columns = this.#columns;
    columns.cell.push(...atoms.cell);
    columns.pbc.push(...atoms.pbc.map(Number));
    columns.charge.push(atoms.charge ?? NaN);
    columns.spin.push(atoms.spin ?? NaN);
    columns.energy.push(structure.energy ?? NaN);
    columns.stress.push(...(structure.stress ?? NO_STRESS));
    for (const property of this.#properties) {
      this.#masks[property].push(structure[property] === undefined ? 0 : 1);
    }
    const texts = this.#texts;
    texts.ids.push(meta.id);
    texts.groups.push(meta.group);
    texts.sources.push(meta.source);
    texts.meta.push(encodeMeta(meta));
    texts.info.push(stableStringify(atoms.info ?? {}));
    this.#atoms += n;
    this.#offsets.push(BigInt(this.#atoms));
    this.#hash.update(structureHash(onlyProperties(structure, this.#properties)));
  }

  /** Writes what is left and closes the file, which is complete afterwards. */
  close(): StoreSummary {
    const writer = this.#writer;
    const { teacher, fingerprint = '', generator = '', seed } = this.#provenance;
    const count = this.#seen.size;
    this.#numbers.flush();
    this.#positions.flush();
    this.#forces?.flush();
    const add = (spec: ColumnSpec, data: Column | string[], rows = count) => {
      writer.addColumn(spec, STRUCTURE_CHUNK);
      writer.append(spec.name, data, rows);
    };
    add(OFFSETS_COLUMN, BigInt64Array.from(this.#offsets), count + 1);
    for (const spec of STRUCTURE_COLUMNS) {
      const values = this.#columns[spec.name as 'cell' | 'pbc' | 'charge' | 'spin'];
      add(spec, spec.dtype === '<B' ? Uint8Array.from(values) : Float64Array.from(values));
    }
    if (this.#properties.has('energy')) add(ENERGY_COLUMN, Float64Array.from(this.#columns.energy));
    if (this.#properties.has('stress')) add(STRESS_COLUMN, Float64Array.from(this.#columns.stress));
    for (const property of this.#properties) {
      add(
        { name: maskName(property), dtype: '<B', row: [] },
        Uint8Array.from(this.#masks[property]),
      );
    }
    for (const name of TEXT_COLUMNS) {
      const size = this.#texts[name].reduce(
        (most, text) => Math.max(most, Buffer.byteLength(text)),
        1,
      );
      add({ name, dtype: `S${size}`, row: [] }, this.#texts[name]);
    }
    const hash = contentHash(this.#hash.digest('hex'), this.#provenance);
    writer.setAttribute('format', STORE_FORMAT);
    writer.setAttribute('format_version', STORE_VERSION);
    writer.setAttribute('structures', count);
    writer.setAttribute('atoms', this.#atoms);
    writer.setAttribute('properties', [...this.#properties].join(' '));
    writer.setAttribute('teacher', teacher);
    writer.setAttribute('teacher_fingerprint', fingerprint);
    writer.setAttribute('generator', generator);
    if (seed !== undefined) writer.setAttribute('seed', seed);
    writer.setAttribute('content_hash', hash);
    writer.close();
    return { path: writer.path, structures: count, atoms: this.#atoms, hash };
  }

  /** Gives the file up after a failure; what is at `path` is of no use. */
  abandon(): void {
    this.#writer.abandon();
  }
}

/** Hash of a store from the running hash over its structures. */
export function contentHash(structures: string, provenance: Provenance): string {
  const { teacher, fingerprint = '' } = provenance;
  return createHash('sha256')
    .update(stableStringify([STORE_VERSION, teacher, fingerprint, structures]))
    .digest('hex');
}

const withAttributes = (
  spec: ColumnSpec,
  attributes: Readonly<Record<string, string>>,
): ColumnSpec => ({ ...spec, attributes: { ...spec.attributes, ...attributes } });

const NO_STRESS: readonly number[] = [NaN, NaN, NaN, NaN, NaN, NaN];

function onlyProperties(
  structure: LabelledStructure,
  properties: ReadonlySet<LabelProperty>,
): LabelledStructure {
  const { atoms, meta, energy, forces, stress } = structure;
  return {
    atoms,
    meta,
    ...(energy !== undefined && properties.has('energy') ? { energy } : {}),
    ...(forces !== undefined && properties.has('forces') ? { forces } : {}),
    ...(stress !== undefined && properties.has('stress') ? { stress } : {}),
  };
}

function checkStorable({ atoms, meta, energy, forces, stress }: LabelledStructure): void {
  checkRecord({ atoms, meta });
  const n = atoms.numbers.length;
  const problem = (found: string): InvalidStructureError =>
    new InvalidStructureError('data/bad-label', `structure ${meta.id}: ${found}`, {
      expected: 'finite labels of the right length; leave a missing label out',
      found,
      where: meta.id,
      hint: 'Drop the structure or its label.',
    });
  if (n === 0 || atoms.positions.length !== 3 * n) {
    throw problem(`${n} atoms with ${atoms.positions.length} coordinates`);
  }
  if (atoms.numbers.some((z) => z < 1 || z > 255)) throw problem('an atomic number outside 1..255');
  if (energy !== undefined && !Number.isFinite(energy)) throw problem(`energy ${energy}`);
  for (const [name, values, length] of [
    ['forces', forces, 3 * n],
    ['stress', stress, 6],
  ] as const) {
    if (values === undefined) continue;
    if (values.length !== length)
      throw problem(`${values.length} values in ${name}, not ${length}`);
    // Beyond float32 a force would come back as infinity.
    const worst = values.find((value) => !(Math.abs(value) < MAX_FLOAT32));
    if (worst !== undefined) throw problem(`${worst} in ${name}`);
  }
}

const MAX_FLOAT32 = 3.4e38;
