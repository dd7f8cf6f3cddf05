import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { writeError } from './hdf5.ts';
import type { Provenance } from './provenance.ts';
import type { Rounding } from './rounding.ts';
import type { StoreForm } from './storeFormat.ts';
import { StoreWriter } from './storeWriter.ts';
import type { StoreOptions, StoreSummary } from './storeWriter.ts';
import { LABEL_PROPERTIES } from '../structure.ts';
import type { LabelledStructure, LabelProperty } from '../structure.ts';

/** Ending of a file that is being written; whatever is found under it is left from a crash. */
export const TEMPORARY = '.tmp';

/** Flushes a file or folder to the disk. */
export function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes a store under a temporary name, flushes it to the disk and renames it: under `path` there
 * is the former file or the whole new one, at any moment.
 *
 * @throws FileSystemError when the disk refuses; the temporary file is gone then
 */
export async function writeStoreAtomic(
  path: string,
  options: StoreOptions,
  fill: (writer: StoreWriter) => void | Promise<void>,
): Promise<StoreSummary> {
  const temporary = path + TEMPORARY;
  const fail = (cause: unknown): never => {
    discard(temporary);
    throw cause;
  };
  const writer = await StoreWriter.create(temporary, options).catch(fail);
  let summary: StoreSummary;
  try {
    await fill(writer);
    summary = writer.close();
  } catch (cause) {
    writer.abandon();
    return fail(cause);
  }
  try {
    syncPath(temporary);
    renameSync(temporary, path);
    syncPath(dirname(path));
  } catch (cause) {
    return fail(writeError(path, cause));
  }
  return { ...summary, path };
}

/** @throws FileSystemError when the folder cannot be made. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw writeError(folder, cause);
  }
}

function discard(path: string): void {
  try {
    // The library may still hold the file open: emptied, it takes no room on a full disk.
    truncateSync(path, 0);
    rmSync(path, { force: true });
  } catch {
    // It was never made.
  }
}

/** Options of `writeDataset`. */
export interface WriteDatasetOptions extends Provenance {
  /** Labels to store; default those that any structure of an array has, all for a stream. */
  readonly properties?: readonly LabelProperty[];
  /** Default `plain`. */
  readonly form?: StoreForm;
  /** Errors that may be made for a smaller file; default none, in the form `small` those of `SMALL_ROUNDING`. */
  readonly rounding?: Rounding;
}

/**
 * Writes labelled structures as one HDF5 dataset, atomically.
 *
 * @throws InvalidStructureError for a repeated id or a label that is not finite
 * @throws FileSystemError when the disk refuses
 */
export async function writeDataset(
  path: string,
  structures: Iterable<LabelledStructure> | AsyncIterable<LabelledStructure>,
  options: WriteDatasetOptions,
): Promise<StoreSummary> {
  const { properties: asked, form = 'plain', rounding = {}, ...provenance } = options;
  makeFolder(dirname(path));
  const properties =
    asked ?? LABEL_PROPERTIES.filter((property) => isPresent(structures, property));
  const store = { properties, provenance, form, rounding };
  return writeStoreAtomic(path, store, async (writer) => {
    for await (const structure of structures) writer.append(structure);
  });
}

function isPresent(
  structures: Iterable<LabelledStructure> | AsyncIterable<LabelledStructure>,
  property: LabelProperty,
): boolean {
  if (!Array.isArray(structures)) return true;
  return (structures as readonly LabelledStructure[]).some(
    (structure) => structure[property] !== undefined,
  );
}
