import { FileFormatError } from '@mlffd/core';
import type { InfoValue } from '@mlffd/core';
import type { Column, Hdf5Reader } from './hdf5.ts';
import { maskName, STORE_FORMAT, STORE_VERSION } from './storeFormat.ts';
import type { Provenance } from './storeWriter.ts';
import { LABEL_PROPERTIES } from './structure.ts';
import type { LabelProperty, StructureMeta } from './structure.ts';

/** What an open dataset keeps in memory: everything but the per-atom arrays. */
export interface DatasetTables {
  readonly hash: string;
  readonly provenance: Provenance;
  readonly properties: readonly LabelProperty[];
  readonly metas: readonly StructureMeta[];
  /** First atom of each structure, one entry more than structures. */
  readonly offsets: Float64Array;
  /** Elements of all atoms, one byte each. */
  readonly numbers: Uint8Array;
  readonly cell: Float64Array;
  readonly pbc: Uint8Array;
  readonly charge: Float64Array;
  readonly spin: Float64Array;
  readonly energy: Float64Array;
  readonly stress: Float64Array;
  readonly infos: readonly string[];
  has(property: LabelProperty, k: number): boolean;
}

/** @throws FileFormatError when the file is no store of this version, or inconsistent. */
export function readTables(reader: Hdf5Reader): DatasetTables {
  checkFormat(reader);
  const offsets = Float64Array.from(reader.numbers('offsets') as BigInt64Array, Number);
  const count = offsets.length - 1;
  const atoms = offsets[count];
  const properties = LABEL_PROPERTIES.filter((property) => reader.has(maskName(property)));
  const column = (name: string, width: number): Column => {
    expectRows(reader, name, count);
    const values = reader.numbers(name);
    if (values.length !== count * width) throw wrongShape(reader, name, `${count} x ${width}`);
    return values;
  };
  const reals = (name: string, width: number) => column(name, width) as Float64Array;
  for (const name of [
    'numbers',
    'positions',
    ...(properties.includes('forces') ? ['forces'] : []),
  ]) {
    expectRows(reader, name, atoms);
  }
  const masks = new Map(properties.map((property) => [property, column(maskName(property), 1)]));
  const empty = new Float64Array();
  return {
    hash: text(reader, 'content_hash'),
    provenance: readProvenance(reader),
    properties,
    metas: readMetas(reader, count),
    offsets,
    numbers: reader.numbers('numbers') as Uint8Array,
    cell: reals('cell', 9),
    pbc: column('pbc', 3) as Uint8Array,
    charge: reals('charge', 1),
    spin: reals('spin', 1),
    energy: properties.includes('energy') ? reals('energy', 1) : empty,
    stress: properties.includes('stress') ? reals('stress', 6) : empty,
    infos: texts(reader, 'info', count),
    has: (property, k) => masks.get(property)?.[k] === 1,
  };
}

function checkFormat(reader: Hdf5Reader): void {
  const format = reader.attribute('format');
  if (format !== STORE_FORMAT) {
    throw new FileFormatError(
      'data/not-a-dataset',
      `${reader.path} is HDF5, but not a labelled dataset`,
      {
        expected: `attribute format = ${STORE_FORMAT}`,
        found: format === undefined ? 'no such attribute' : String(format),
        where: reader.path,
        hint: 'Give a file made by compactShards or writeDataset.',
      },
    );
  }
  const version = reader.attribute('format_version');
  if (version !== STORE_VERSION) {
    throw new FileFormatError('data/wrong-version', `${reader.path} has another format version`, {
      expected: `format_version ${STORE_VERSION}`,
      found: String(version),
      where: reader.path,
      hint: 'Read it with the release that wrote it, or make it again.',
    });
  }
}

function readProvenance(reader: Hdf5Reader): Provenance {
  const fingerprint = text(reader, 'teacher_fingerprint');
  const generator = text(reader, 'generator');
  const seed = reader.attribute('seed');
  return {
    teacher: text(reader, 'teacher'),
    ...(fingerprint === '' ? {} : { fingerprint }),
    ...(generator === '' ? {} : { generator }),
    ...(typeof seed === 'number' ? { seed } : {}),
  };
}

function readMetas(reader: Hdf5Reader, count: number): StructureMeta[] {
  const ids = texts(reader, 'ids', count);
  const groups = texts(reader, 'groups', count);
  const sources = texts(reader, 'sources', count);
  return texts(reader, 'meta', count).map((json, k) => {
    const rest = JSON.parse(json) as {
      parent?: string;
      temperature?: number;
      details?: Record<string, InfoValue>;
    };
    return { id: ids[k], group: groups[k], source: sources[k], ...rest };
  });
}

function text(reader: Hdf5Reader, name: string): string {
  const value = reader.attribute(name);
  if (typeof value === 'string') return value;
  throw new FileFormatError('data/bad-dataset', `${reader.path} lacks the attribute ${name}`, {
    expected: `attribute ${name}`,
    found: 'none of that name',
    where: reader.path,
    hint: 'The file is incomplete: compact the shards again.',
  });
}

function texts(reader: Hdf5Reader, name: string, count: number): string[] {
  expectRows(reader, name, count);
  return count === 0 ? [] : reader.strings(name);
}

function expectRows(reader: Hdf5Reader, name: string, rows: number): void {
  if (reader.shape(name)[0] !== rows) throw wrongShape(reader, name, `${rows} rows`);
}

function wrongShape(reader: Hdf5Reader, name: string, expected: string): FileFormatError {
  const found = reader.shape(name).join(' x ');
  return new FileFormatError('data/bad-dataset', `${reader.path}: ${name} has the wrong shape`, {
    expected,
    found,
    where: `${reader.path}, ${name}`,
    hint: 'The file is damaged: compact the shards again.',
  });
}
