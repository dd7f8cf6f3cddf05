import { crc32 } from 'node:zlib';
import { FileFormatError } from '@mlffd/core';
import type { InfoValue } from '@mlffd/core';
import { LABEL_PROPERTIES } from '../structure.ts';
import type { LabelProperty, StructureMeta } from '../structure.ts';
import type { Column } from './hdf5.ts';
import type { Hdf5Reader } from './hdf5Reader.ts';
import type { Origin, Provenance } from './provenance.ts';
import type { Rounding } from './rounding.ts';
import {
  BOUND_ATTRIBUTE,
  CELL_COLUMN,
  CHARGE_COLUMN,
  CHECKSUM_ATTRIBUTE,
  CHECKSUM_COLUMN,
  ENERGIES_COLUMN,
  ENERGY_COLUMN,
  maskColumn,
  ORIGINS,
  PBC_COLUMN,
  SPIN_COLUMN,
  STORE_FORMAT,
  STORE_VERSION,
  STRESS_COLUMN,
} from './storeFormat.ts';
import type { StoreForm, TextName } from './storeFormat.ts';
import { parseObject, readFixedTexts, SharedTexts, TextTable } from './textTable.ts';
import type { Texts } from './textTable.ts';

/** Names of texts in version 1. */
const FIXED_NAMES: Readonly<Record<TextName, string>> = {
  id: 'ids',
  group: 'groups',
  source: 'sources',
  meta: 'meta',
  info: 'info',
};

interface RestOfMeta {
  readonly parent?: string;
  readonly temperature?: number;
  readonly details?: Readonly<Record<string, InfoValue>>;
}

/** Everything of an open store but positions and forces; read when first asked for, then kept. */
export class DatasetTables {
  readonly version: number;
  readonly hash: string;
  readonly form: StoreForm;
  readonly provenance: Provenance;
  readonly properties: readonly LabelProperty[];
  readonly rounding: Rounding;
  /** Number of structures. */
  readonly length: number;
  /** Number of atoms of all structures. */
  readonly atoms: number;
  /** First atom of each structure, one entry more than structures. */
  readonly offsets: Float64Array;
  readonly #reader: Hdf5Reader;
  readonly #columns = new Map<string, Column>();
  readonly #texts = new Map<string, Texts>();
  #metas: readonly StructureMeta[] | undefined;

  /** @throws FileFormatError when the file is no store of a known version, or inconsistent. */
  constructor(reader: Hdf5Reader) {
    this.#reader = reader;
    this.version = checkFormat(reader);
    this.form = reader.attribute('form') === 'small' ? 'small' : 'plain';
    this.hash = textAttribute(reader, 'content_hash');
    this.provenance = readProvenance(reader);
    this.properties = LABEL_PROPERTIES.filter((name) => reader.has(maskColumn(name).name));
    this.offsets = this.#offsets('offsets');
    this.length = this.offsets.length - 1;
    this.atoms = this.offsets[this.length];
    const bound = (name: string) => {
      const value = reader.has(name) ? reader.attribute(BOUND_ATTRIBUTE, name) : undefined;
      return value === undefined ? {} : { [name]: Number(value) };
    };
    this.rounding = { ...bound('positions'), ...bound('forces') };
    this.#checkShapes();
  }

  get numbers(): Uint8Array {
    return this.#column('numbers') as Uint8Array;
  }
  get cell(): Float64Array {
    return this.#column(CELL_COLUMN.name) as Float64Array;
  }
  get pbc(): Uint8Array {
    return this.#column(PBC_COLUMN.name) as Uint8Array;
  }
  get charge(): Float64Array {
    return this.#column(CHARGE_COLUMN.name) as Float64Array;
  }
  get spin(): Float64Array {
    return this.#column(SPIN_COLUMN.name) as Float64Array;
  }
  get energy(): Float64Array {
    return this.#column(ENERGY_COLUMN.name) as Float64Array;
  }
  /** Energies of all atoms. */
  get energies(): Float64Array {
    return this.#column(ENERGIES_COLUMN.name) as Float64Array;
  }
  get stress(): Float64Array {
    return this.#column(STRESS_COLUMN.name) as Float64Array;
  }
  /** CRC-32 of positions and forces of each structure; version 1 has none. */
  get checksums(): Uint32Array | undefined {
    if (this.version === 1) return undefined;
    return this.#column(CHECKSUM_COLUMN.name) as Uint32Array;
  }

  has(property: LabelProperty, k: number): boolean {
    if (!this.properties.includes(property)) return false;
    return (this.#column(maskColumn(property).name) as Uint8Array)[k] === 1;
  }

  /** Origin of all structures; equal texts are shared. */
  get metas(): readonly StructureMeta[] {
    if (this.#metas === undefined) {
      const parsed: RestOfMeta[] = [];
      const rest = this.#text('meta');
      this.#metas = Array.from({ length: this.length }, (_, k) => ({
        ...this.#names(k),
        ...(parsed[rest.code(k)] ??= this.#rest(k)),
      }));
    }
    return this.#metas;
  }

  /** Origin of structure `k`, without that of the others. */
  meta(k: number): StructureMeta {
    return this.#metas?.[k] ?? { ...this.#names(k), ...this.#rest(k) };
  }

  info(k: number): Record<string, InfoValue> {
    const json = this.#text('info').get(k);
    return parseObject(json, this.#reader.path, `info of structure ${k}`) as Record<
      string,
      InfoValue
    >;
  }

  /** Stores that this one was made from. */
  get origins(): readonly Origin[] {
    if (!this.#reader.has(`${ORIGINS}_text`)) return [];
    const list = this.#list(ORIGINS);
    return Array.from(
      { length: list.length },
      (_, k) => parseObject(list.get(k), this.#reader.path, `${ORIGINS} ${k}`) as Origin,
    );
  }

  #names(k: number): { id: string; group: string; source: string } {
    return {
      id: this.#text('id').get(k),
      group: this.#text('group').get(k),
      source: this.#text('source').get(k),
    };
  }

  #rest(k: number): RestOfMeta {
    return parseObject(this.#text('meta').get(k), this.#reader.path, `meta of structure ${k}`);
  }

  #text(name: TextName): Texts {
    let texts = this.#texts.get(name);
    if (texts === undefined) {
      texts = this.#readTexts(name);
      this.#texts.set(name, texts);
    }
    return texts;
  }

  #readTexts(name: TextName): Texts {
    if (this.version === 1) return readFixedTexts(this.#reader, FIXED_NAMES[name], this.length);
    const list = this.#list(name);
    if (name === 'id') return this.#expectCount(list, name, this.length);
    const index = this.#checked(name) as Int32Array;
    const wrong = index.find((code) => code < 0 || code >= list.length);
    if (index.length === this.length && wrong === undefined) return new SharedTexts(list, index);
    throw this.#wrongShape(name, `${this.length} numbers below ${list.length}`);
  }

  #list(name: string): TextTable {
    const bytes = this.#checked(`${name}_text`) as Uint8Array;
    const offsets = this.#offsets(`${name}_offsets`);
    if (offsets[offsets.length - 1] === bytes.length) return new TextTable(bytes, offsets);
    throw this.#wrongShape(`${name}_text`, `${offsets[offsets.length - 1]} bytes`);
  }

  #expectCount(list: TextTable, name: string, count: number): TextTable {
    if (list.length === count) return list;
    throw this.#wrongShape(`${name}_offsets`, `${count + 1} rows`);
  }

  /** Offsets, which begin at zero and never fall. */
  #offsets(name: string): Float64Array {
    const values = this.#checked(name);
    const offsets = Float64Array.from(values as BigInt64Array, Number);
    const rising = offsets.every((value, k) => k === 0 || value >= offsets[k - 1]);
    if (offsets.length > 0 && offsets[0] === 0 && rising) return offsets;
    throw this.#wrongShape(name, 'rising numbers from 0 on');
  }

  #column(name: string): Column {
    let column = this.#columns.get(name);
    if (column === undefined) {
      column = this.#checked(name);
      this.#columns.set(name, column);
    }
    return column;
  }

  /** A whole dataset; its checksum must be right. */
  #checked(name: string): Column {
    const values = this.#reader.numbers(name);
    if (this.version === 1) return values;
    const expected = this.#reader.attribute(CHECKSUM_ATTRIBUTE, name);
    const found = crc32(values);
    // The library gives an unsigned attribute of 32 bits as it is.
    if (found === expected) return values;
    throw new FileFormatError(
      'data/checksum-mismatch',
      `${this.#reader.path}: ${name} is not what was written`,
      {
        expected: `CRC-32 ${String(expected)}`,
        found: String(found),
        where: `${this.#reader.path}, ${name}`,
        hint: 'The file was changed or damaged: copy or write it again.',
      },
    );
  }

  #checkShapes(): void {
    const perAtom = [
      'numbers',
      'positions',
      ...(this.properties.includes('forces') ? ['forces'] : []),
      ...(this.properties.includes('energies') ? ['energies'] : []),
    ];
    for (const name of perAtom) {
      this.#expectRows(name, this.atoms, name === 'positions' || name === 'forces' ? 3 : 1);
    }
    for (const { name, row } of [
      CELL_COLUMN,
      PBC_COLUMN,
      CHARGE_COLUMN,
      SPIN_COLUMN,
      ...(this.version === 1 ? [] : [CHECKSUM_COLUMN]),
      ...(this.properties.includes('energy') ? [ENERGY_COLUMN] : []),
      ...(this.properties.includes('stress') ? [STRESS_COLUMN] : []),
      ...this.properties.map(maskColumn),
    ]) {
      this.#expectRows(
        name,
        this.length,
        row.reduce((product, n) => product * n, 1),
      );
    }
    if (this.version > 1) return;
    for (const name of Object.values(FIXED_NAMES)) this.#expectRows(name, this.length, 1);
  }

  #expectRows(name: string, rows: number, width: number): void {
    const shape = this.#reader.shape(name);
    const found = shape.slice(1).reduce((product, n) => product * n, 1);
    if (shape[0] !== rows || found !== width) {
      throw this.#wrongShape(name, `${rows} rows of ${width}`);
    }
  }

  #wrongShape(name: string, expected: string): FileFormatError {
    const { path } = this.#reader;
    return new FileFormatError('data/bad-dataset', `${path}: ${name} is inconsistent`, {
      expected,
      found: `${this.#reader.shape(name).join(' x ')} values`,
      where: `${path}, ${name}`,
      hint: 'The file is damaged: compact the shards again.',
    });
  }
}

function checkFormat(reader: Hdf5Reader): number {
  const format = reader.attribute('format');
  if (format !== STORE_FORMAT) {
    throw new FileFormatError(
      'data/not-a-dataset',
      `${reader.path} is HDF5, but not a labelled dataset`,
      {
        expected: `attribute format = ${STORE_FORMAT}`,
        found: format === undefined ? 'no such attribute' : String(format),
        where: reader.path,
        hint: 'Give a file made by compactShards or writeDataset; for ANI and SPICE see readHdf5Dataset.',
      },
    );
  }
  const version = reader.attribute('format_version');
  if (version === 1 || version === STORE_VERSION) return version;
  throw new FileFormatError('data/wrong-version', `${reader.path} has another format version`, {
    expected: `format_version 1 or ${STORE_VERSION}`,
    found: String(version),
    where: reader.path,
    hint: 'Read it with the release that wrote it, or make it again.',
  });
}

function readProvenance(reader: Hdf5Reader): Provenance {
  const fingerprint = textAttribute(reader, 'teacher_fingerprint');
  const generator = textAttribute(reader, 'generator');
  const seed = reader.attribute('seed');
  return {
    teacher: textAttribute(reader, 'teacher'),
    ...(fingerprint === '' ? {} : { fingerprint }),
    ...(generator === '' ? {} : { generator }),
    ...(typeof seed === 'number' ? { seed } : {}),
  };
}

function textAttribute(reader: Hdf5Reader, name: string): string {
  const value = reader.attribute(name);
  if (typeof value === 'string') return value;
  throw new FileFormatError('data/bad-dataset', `${reader.path} lacks the attribute ${name}`, {
    expected: `attribute ${name}`,
    found: 'none of that name',
    where: reader.path,
    hint: 'The file is incomplete: compact the shards again.',
  });
}
