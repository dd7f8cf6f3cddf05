import { createHash } from 'node:crypto';
import { stableStringify } from '@mlffd/core';
import { encodeMeta, structureHash } from '../contentHash.ts';
import { InvalidStructureError } from '../errors.ts';
import { LABEL_PROPERTIES } from '../structure.ts';
import type { LabelledStructure, LabelProperty } from '../structure.ts';
import { AtomColumns } from './atomColumns.ts';
import { checkStorable } from './checkStorable.ts';
import { ColumnBuffer } from './columnBuffer.ts';
import { Hdf5Writer } from './hdf5Writer.ts';
import type { ColumnSpec } from './hdf5Writer.ts';
import { contentHash } from './provenance.ts';
import type { Origin, Provenance } from './provenance.ts';
import { gridOf, rounded, SMALL_ROUNDING } from './rounding.ts';
import type { Rounding } from './rounding.ts';
import {
  CELL_COLUMN,
  CHARGE_COLUMN,
  ENERGY_COLUMN,
  maskColumn,
  OFFSETS_COLUMN,
  ORIGINS,
  PBC_COLUMN,
  SPIN_COLUMN,
  STORE_FORMAT,
  STORE_VERSION,
  STRESS_COLUMN,
  STRUCTURE_CHUNK,
  TEXT_NAMES,
} from './storeFormat.ts';
import type { StoreForm } from './storeFormat.ts';
import { TextDictionary, TextList } from './textColumn.ts';

/** What a store is to hold. */
export interface StoreOptions {
  readonly properties: readonly LabelProperty[];
  readonly provenance: Provenance;
  /** Default `plain`. */
  readonly form?: StoreForm;
  /** Errors that may be made; default none, in the form `small` those of `SMALL_ROUNDING`. */
  readonly rounding?: Rounding;
  /** Errors that were made before. */
  readonly before?: Rounding;
  /** Stores that this one is made from. */
  readonly origins?: readonly Origin[];
}

/** What a finished store is. */
export interface StoreSummary {
  readonly path: string;
  readonly structures: number;
  readonly atoms: number;
  /** SHA-256 over content and provenance; independent of sharding, form and compression. */
  readonly hash: string;
}

/**
 * Writes labelled structures one after the other into a new HDF5 store. Everything goes to disk in
 * chunks; only the ids and the different texts stay in memory, about 0.2 KB a structure.
 */
export class StoreWriter {
  readonly #writer: Hdf5Writer;
  readonly #options: StoreOptions;
  readonly #properties: readonly LabelProperty[];
  readonly #rounding: Rounding;
  readonly #atoms: AtomColumns;
  readonly #columns = new Map<string, ColumnBuffer>();
  readonly #ids: TextList;
  readonly #texts: readonly TextDictionary[];
  readonly #seen = new Set<string>();
  readonly #hash = createHash('sha256');
  #atomCount = 0;

  private constructor(writer: Hdf5Writer, options: StoreOptions) {
    const { form = 'plain', rounding = {}, before = {} } = options;
    const properties = LABEL_PROPERTIES.filter((name) => options.properties.includes(name));
    this.#writer = writer;
    this.#options = options;
    this.#properties = properties;
    this.#rounding = form === 'small' ? { ...SMALL_ROUNDING, ...rounding } : rounding;
    this.#atoms = new AtomColumns(writer, {
      form,
      rounding: this.#rounding,
      before,
      forces: properties.includes('forces'),
      energies: properties.includes('energies'),
    });
    const specs: readonly ColumnSpec[] = [
      OFFSETS_COLUMN,
      CELL_COLUMN,
      PBC_COLUMN,
      CHARGE_COLUMN,
      SPIN_COLUMN,
      ...(properties.includes('energy') ? [ENERGY_COLUMN] : []),
      ...(properties.includes('stress') ? [STRESS_COLUMN] : []),
      ...properties.map(maskColumn),
    ];
    for (const spec of specs) {
      const buffer = new ColumnBuffer(writer, spec, { chunkRows: STRUCTURE_CHUNK, form });
      this.#columns.set(spec.name, buffer);
    }
    this.#push(OFFSETS_COLUMN, [0]);
    const [id, ...others] = TEXT_NAMES;
    this.#ids = new TextList(writer, id, form);
    this.#texts = others.map((name) => new TextDictionary(writer, name, form));
  }

  /**
   * @throws FileSystemError when the file cannot be created
   * @throws InvalidArgumentError for a bound of rounding that is not positive
   */
  static async create(path: string, options: StoreOptions): Promise<StoreWriter> {
    // Before there is a file that would be left open.
    for (const error of Object.values(options.rounding ?? {})) gridOf(error as number);
    const writer = await Hdf5Writer.create(path);
    try {
      return new StoreWriter(writer, options);
    } catch (error) {
      writer.abandon();
      throw error;
    }
  }

  /**
   * @throws InvalidStructureError for a repeated id, a name or a label that cannot be stored
   * @throws FileSystemError when the disk refuses
   */
  append(exact: LabelledStructure): void {
    const wanted = onlyProperties(exact, this.#properties);
    checkStorable(wanted);
    const structure = rounded(wanted, this.#rounding);
    const { atoms, meta, energy, stress } = structure;
    if (this.#seen.has(meta.id)) {
      throw new InvalidStructureError('data/duplicate-id', `the id ${meta.id} appears twice`, {
        expected: 'ids that are unique within a dataset',
        found: meta.id,
        where: `${this.#writer.path}, structure ${this.#seen.size}`,
        hint: 'Give every structure an id of its own.',
      });
    }
    this.#atomCount = this.#atoms.push(structure);
    this.#seen.add(meta.id);
    this.#push(OFFSETS_COLUMN, [this.#atomCount]);
    this.#push(CELL_COLUMN, atoms.cell);
    this.#push(PBC_COLUMN, atoms.pbc.map(Number));
    this.#push(CHARGE_COLUMN, [atoms.charge ?? NaN]);
    this.#push(SPIN_COLUMN, [atoms.spin ?? NaN]);
    this.#push(ENERGY_COLUMN, [energy ?? NaN]);
    this.#push(STRESS_COLUMN, stress ?? NO_STRESS);
    for (const property of this.#properties) {
      this.#push(maskColumn(property), [structure[property] === undefined ? 0 : 1]);
    }
    this.#ids.push(meta.id);
    const texts = [meta.group, meta.source, encodeMeta(meta), stableStringify(atoms.info ?? {})];
    for (const [k, text] of texts.entries()) this.#texts[k].push(text);
    this.#hash.update(structureHash(structure));
  }

  /** Writes what is left and closes the file, which is complete afterwards. */
  close(): StoreSummary {
    const writer = this.#writer;
    const { provenance, form = 'plain', origins = [] } = this.#options;
    const { teacher, fingerprint = '', generator = '', seed } = provenance;
    this.#atoms.finish();
    for (const column of this.#columns.values()) column.finish();
    for (const texts of [this.#ids, ...this.#texts]) texts.finish();
    if (origins.length > 0) {
      const list = new TextList(writer, ORIGINS, form);
      for (const origin of origins) list.push(JSON.stringify(origin));
      list.finish();
    }
    const hash = contentHash(this.#hash.digest('hex'), provenance);
    writer.setAttribute('format', STORE_FORMAT);
    writer.setAttribute('format_version', STORE_VERSION);
    writer.setAttribute('form', form);
    writer.setAttribute('structures', this.#seen.size);
    writer.setAttribute('atoms', this.#atomCount);
    writer.setAttribute('properties', this.#properties.join(' '));
    writer.setAttribute('teacher', teacher);
    writer.setAttribute('teacher_fingerprint', fingerprint);
    writer.setAttribute('generator', generator);
    if (seed !== undefined) writer.setAttribute('seed', seed);
    writer.setAttribute('content_hash', hash);
    writer.close();
    return { path: writer.path, structures: this.#seen.size, atoms: this.#atomCount, hash };
  }

  /** Gives the file up after a failure; what is at `path` is of no use. */
  abandon(): void {
    this.#writer.abandon();
  }

  /** Properties that were not asked for have no column. */
  #push({ name }: ColumnSpec, values: ArrayLike<number>): void {
    this.#columns.get(name)?.push(values);
  }
}

const NO_STRESS: readonly number[] = [NaN, NaN, NaN, NaN, NaN, NaN];

function onlyProperties(
  structure: LabelledStructure,
  properties: readonly LabelProperty[],
): LabelledStructure {
  const { atoms, meta, energy, forces, stress, energies } = structure;
  return {
    atoms,
    meta,
    ...(energy !== undefined && properties.includes('energy') ? { energy } : {}),
    ...(forces !== undefined && properties.includes('forces') ? { forces } : {}),
    ...(stress !== undefined && properties.includes('stress') ? { stress } : {}),
    ...(energies !== undefined && properties.includes('energies') ? { energies } : {}),
  };
}
