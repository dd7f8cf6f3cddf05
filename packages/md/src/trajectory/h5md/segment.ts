import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as h5wasm from 'h5wasm/node';
import {
  chunkShape,
  h5mdColumns,
  OWN_GROUP,
  PARTICLES,
  STEP,
  TIME,
  TIME_UNIT,
  type H5mdColumn,
} from './columns.ts';
import { hdf5WriteError } from './hdf5.ts';
import { findEntity } from './hdf5Rows.ts';
import { recordFields, type H5mdLayout } from './layout.ts';

/** Where frames come from: values of one frame after the other. */
export interface FrameSource {
  readonly frames: number;
  values(index: number): Float64Array;
}

/** Bytes that are given to the library at once: its memory grows with the largest piece. */
const PIECE_BYTES = 2 ** 20;

/**
 * Writes the file again with more frames, or with fewer: a copy is changed, flushed and renamed, so
 * that the name always shows a whole file.
 *
 * @throws FileSystemError; the file is as before
 */
export function rewriteFile(
  path: string,
  layout: H5mdLayout,
  change: { readonly keep: number; readonly add?: FrameSource },
): void {
  const temporary = join(dirname(path), `.${basename(path)}.fold.tmp`);
  let file: h5wasm.File | undefined;
  try {
    rmSync(temporary, { force: true });
    if (existsSync(path)) {
      copyFileSync(path, temporary, constants.COPYFILE_FICLONE);
      file = new h5wasm.File(temporary, 'a');
    } else {
      // The structures of HDF5 1.10 carry checksums.
      file = new h5wasm.File(temporary, 'w', { libver: ['v110', 'v110'] });
      createFile(file, layout);
    }
    changeFrames(file, layout, change);
    file.flush();
    file.close();
    file = undefined;
    flush(temporary);
    renameSync(temporary, path);
    flush(dirname(path));
  } catch (cause) {
    const error = hdf5WriteError(path, cause);
    discard(file, temporary);
    throw error;
  }
}

function discard(file: h5wasm.File | undefined, temporary: string): void {
  try {
    file?.close();
  } catch {
    // The failure that led here is what the caller reports.
  }
  rmSync(temporary, { force: true });
}

function flush(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function changeFrames(
  file: h5wasm.File,
  layout: H5mdLayout,
  { keep, add }: { readonly keep: number; readonly add?: FrameSource },
): void {
  const columns = h5mdColumns(layout);
  const end = keep + (add?.frames ?? 0);
  const resize = (name: string, shape: readonly number[]): void => {
    dataset(file, name).resize([end, ...shape]);
  };
  resize(STEP, []);
  resize(TIME, []);
  for (const { group, shape } of columns) resize(`${group}/value`, shape);
  if (add === undefined) return;
  const record = recordFields(layout).reduce((sum, { length }) => sum + length, 0);
  const block = Math.max(1, Math.floor(PIECE_BYTES / (8 * record)));
  for (let from = 0; from < add.frames; from += block) {
    writeBlock(file, layout, {
      add,
      columns,
      from,
      to: Math.min(from + block, add.frames),
      keep,
    });
  }
}

interface Block {
  readonly add: FrameSource;
  readonly columns: readonly H5mdColumn[];
  readonly from: number;
  readonly to: number;
  /** Frames of the file before those that are added. */
  readonly keep: number;
}

function writeBlock(file: h5wasm.File, layout: H5mdLayout, block: Block): void {
  const { add, from, to, keep } = block;
  const fields = recordFields(layout);
  const parts = new Map(
    fields.map(({ name, length }) => [name, new Float64Array((to - from) * length)]),
  );
  for (let k = from; k < to; k += 1) {
    const values = add.values(k);
    let at = 0;
    for (const { name, length } of fields) {
      parts.get(name)?.set(values.subarray(at, at + length), (k - from) * length);
      at += length;
    }
  }
  const write = (name: string, shape: readonly number[], data: Float64Array | BigInt64Array) => {
    const ranges = [
      [keep + from, keep + to],
      ...shape.map((size): [number, number] => [0, size]),
    ] as [number, number][];
    dataset(file, name).write_slice(ranges, data);
  };
  const none = new Float64Array(0);
  write(STEP, [], BigInt64Array.from(parts.get('step') ?? none, BigInt));
  write(TIME, [], parts.get('time') ?? none);
  for (const { field, group, shape, factor } of block.columns) {
    const values = parts.get(field) ?? none;
    if (factor !== 1) for (let k = 0; k < values.length; k += 1) values[k] *= factor;
    write(`${group}/value`, shape, values);
  }
}

function dataset(file: h5wasm.File, name: string): h5wasm.Dataset {
  const entity = findEntity(file, name);
  if (entity instanceof h5wasm.Dataset) return entity;
  throw new TypeError(`there is no dataset ${name}`);
}

/** Texts of variable length, as h5py writes them: MDAnalysis compares units with Python's str. */
const TEXT = 'S';

/** An H5MD 1.1 file without frames. */
function createFile(file: h5wasm.File, layout: H5mdLayout): void {
  const h5md = file.create_group('h5md');
  h5md.create_attribute('version', [1, 1], [2], '<i');
  h5md.create_group('author').create_attribute('name', 'unknown', null, TEXT);
  const creator = h5md.create_group('creator');
  creator.create_attribute('name', '@mlffd/md', null, TEXT);
  creator.create_attribute('version', '1', null, TEXT);
  h5md.create_group('modules').create_group('units').create_attribute('version', [1, 0], [2], '<i');

  const n = layout.numbers.length;
  const all = file.create_group('particles').create_group('all');
  const box = all.create_group('box');
  box.create_attribute('dimension', 3, null, '<i');
  const boundary = layout.pbc.map((flag) => (flag ? 'periodic' : 'none'));
  box.create_attribute('boundary', boundary, [3], TEXT);
  file.create_group('observables');
  createColumn(file, `${PARTICLES}/position`, { time: true });
  for (const column of h5mdColumns(layout)) createColumn(file, column.group, { column });
  all.create_dataset({
    name: 'species',
    data: layout.numbers as number[],
    shape: [n],
    dtype: '<i',
  });
  all.create_dataset({ name: 'mass', data: layout.masses as number[], shape: [n], dtype: '<d' });
  setUnit(file, `${PARTICLES}/mass`, 'amu');

  const own = file.create_group('parameters').create_group('mlffd');
  const text = JSON.stringify(layout);
  own.create_dataset({
    name: 'layout',
    data: Buffer.from(text),
    shape: [Buffer.byteLength(text)],
    dtype: '<B',
  });
}

/** Makes the datasets of an element: its values, or step and time that all elements share. */
function createColumn(
  file: h5wasm.File,
  group: string,
  { column, time = false }: { readonly column?: H5mdColumn; readonly time?: boolean },
): void {
  const owner = (file.get(group) ?? file.create_group(group)) as h5wasm.Group;
  const create = (name: string, shape: readonly number[], dtype: string): void => {
    owner.create_dataset({
      name,
      data: [] as string[],
      shape: [0, ...shape],
      maxshape: [null, ...shape],
      chunks: chunkShape(shape),
      dtype,
    });
  };
  if (time) {
    create('step', [], '<q');
    create('time', [], '<d');
    setUnit(file, TIME, TIME_UNIT);
    return;
  }
  if (column === undefined) return;
  create('value', column.shape, '<d');
  if (column.unit !== undefined) setUnit(file, `${group}/value`, column.unit);
  if (`${group}/step` === STEP) return;
  owner.create_hard_link(`/${STEP}`, 'step');
  owner.create_hard_link(`/${TIME}`, 'time');
}

function setUnit(file: h5wasm.File, name: string, unit: string): void {
  dataset(file, name).create_attribute('unit', unit, null, TEXT);
}

/** Reads back what {@link createFile} wrote; undefined for files of others. */
export function readLayout(file: h5wasm.File): H5mdLayout | undefined {
  const entity = findEntity(file, `${OWN_GROUP}/layout`);
  if (!(entity instanceof h5wasm.Dataset)) return undefined;
  const bytes = entity.value;
  if (!(bytes instanceof Uint8Array)) return undefined;
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as H5mdLayout;
}
