import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { bareAtoms, FileFormatError, formatExtxyzFrame, streamExtxyzFile } from '@mlffd/core';
import type { Atoms, Frame, InfoValue, Results } from '@mlffd/core';
import { makeFolder, syncPath, TEMPORARY } from './store/atomicStore.ts';
import { encodeMeta } from './contentHash.ts';
import { writeError } from './store/hdf5.ts';
import { LABEL_PROPERTIES } from './structure.ts';
import type { LabelledStructure, LabelProperty, StructureMeta } from './structure.ts';

// Keys of the comment line that hold the origin of a structure.
const ID = 'structure_id';
const GROUP = 'group';
const SOURCE = 'source';
const META = 'structure_meta';

/** Options of `importExtxyz`. */
export interface ImportExtxyzOptions {
  /**
   * Group of a frame, from its keys and number. Default: the key `group`, otherwise the name of the
   * file, so that frames of one file are never torn apart.
   */
  readonly group?: (info: Readonly<Record<string, InfoValue>>, index: number) => string;
  /** Default: the key `source`, otherwise the name of the file. */
  readonly source?: string;
  /**
   * Keys of labels that have other names than `energy`, `forces`, `stress`, `energies`, e.g.
   * `{ energy: 'REF_energy' }`. Such a key must then be there in every frame.
   */
  readonly keys?: Readonly<Partial<Record<LabelProperty, string>>>;
}

/**
 * Reads structures with whatever labels they have, one at a time, from extended XYZ in eV,
 * Angstrom and eV/Angstrom^3.
 *
 * @throws FileSystemError when the file cannot be read
 * @throws FileFormatError when it is malformed, or lacks a key that was asked for
 */
export async function* importExtxyz(
  path: string,
  options: ImportExtxyzOptions = {},
): AsyncGenerator<LabelledStructure, void, undefined> {
  const name = basename(path, extname(path));
  let index = 0;
  for await (const frame of streamExtxyzFile(path)) {
    const where = `${path}, frame ${index}`;
    const results = { ...frame.results, ...namedLabels(frame, options.keys ?? {}, where) };
    const taken = new Set([ID, GROUP, SOURCE, META, ...Object.values(options.keys ?? {})]);
    const info = frame.atoms.info ?? {};
    const rest = Object.entries(info).filter(([key]) => !taken.has(key));
    const { energy, forces, stress, energies } = results;
    yield {
      atoms: withInfo(frame.atoms, rest),
      meta: {
        id: textOf(info[ID]) ?? `${name}-${String(index).padStart(6, '0')}`,
        group: options.group?.(info, index) ?? textOf(info[GROUP]) ?? name,
        source: options.source ?? textOf(info[SOURCE]) ?? name,
        ...restOfMeta(info[META], where),
      },
      ...(energy === undefined ? {} : { energy }),
      ...(forces === undefined ? {} : { forces }),
      ...(stress === undefined ? {} : { stress }),
      ...(energies === undefined ? {} : { energies }),
    };
    index++;
  }
}

function withInfo(atoms: Atoms, info: readonly (readonly [string, InfoValue])[]): Atoms {
  return {
    ...bareAtoms(atoms),
    ...(info.length === 0 ? {} : { info: Object.fromEntries(info) }),
  };
}

function textOf(value: InfoValue | undefined): string | undefined {
  return value === undefined || typeof value === 'object' ? undefined : String(value);
}

function restOfMeta(value: InfoValue | undefined, where: string): Partial<StructureMeta> {
  if (value === undefined) return {};
  try {
    return JSON.parse(String(value)) as Partial<StructureMeta>;
  } catch (cause) {
    throw new FileFormatError('data/bad-meta', `${META} of ${where} is not JSON`, {
      expected: 'what exportExtxyz wrote',
      found: String(value),
      where,
      hint: `Remove the key ${META}.`,
      cause,
    });
  }
}

function namedLabels(
  frame: Frame,
  keys: Readonly<Partial<Record<LabelProperty, string>>>,
  where: string,
): Results {
  const results: Results = {};
  for (const property of LABEL_PROPERTIES) {
    const key = keys[property];
    if (key === undefined) continue;
    const value = columnsOf(frame, key, property) ?? frame.atoms.info?.[key];
    if (property === 'energy' && typeof value === 'number') {
      results.energy = value;
    } else if (property === 'forces' && value instanceof Float64Array) {
      results.forces = value;
    } else if (property === 'energies' && value instanceof Float64Array) {
      results.energies = value;
    } else if (property === 'stress' && isVoigt(value)) {
      results.stress = Float64Array.from(value);
    } else {
      const expected = {
        energy: `a number ${key}`,
        forces: `a column ${key}:R:3`,
        stress: `6 numbers ${key}`,
        energies: `a column ${key}:R:1`,
      }[property];
      throw new FileFormatError('data/missing-label', `${where} has no ${property} under ${key}`, {
        expected,
        found: value === undefined ? 'no such key' : String(value).slice(0, 60),
        where,
        hint: 'Look at the comment line for the names of the labels.',
      });
    }
  }
  return results;
}

/** The column of a label that every atom has; undefined for labels of the whole structure. */
function columnsOf(
  { arrays }: Frame,
  key: string,
  property: LabelProperty,
): Float64Array | undefined {
  if (property === 'energy' || property === 'stress' || !(key in arrays)) return undefined;
  const column = arrays[key];
  const width = property === 'forces' ? 3 : 1;
  return column.kind === 'real' && column.columns === width ? column.values : undefined;
}

function isVoigt(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length === 6 && value.every((x) => typeof x === 'number');
}

/**
 * Writes structures with origin and labels as extended XYZ (for ASE, OVITO, other trainers),
 * atomically; `importExtxyz` reads them back bit for bit.
 *
 * @returns number of frames
 * @throws FileSystemError when the disk refuses
 */
export function exportExtxyz(structures: Iterable<LabelledStructure>, path: string): number {
  const temporary = path + TEMPORARY;
  makeFolder(dirname(path));
  let count = 0;
  try {
    const fd = openSync(temporary, 'w');
    try {
      for (const structure of structures) {
        writeAll(fd, Buffer.from(formatExtxyzFrame(frameOf(structure))));
        count++;
      }
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
    syncPath(dirname(path));
    return count;
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw isSystemError(cause) ? writeError(path, cause) : cause;
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}

function isSystemError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}

function frameOf({ atoms, meta, energy, forces, stress, energies }: LabelledStructure): {
  atoms: LabelledStructure['atoms'];
  results: Results;
} {
  const rest = encodeMeta(meta);
  return {
    atoms: {
      ...atoms,
      info: {
        ...atoms.info,
        [ID]: meta.id,
        [GROUP]: meta.group,
        [SOURCE]: meta.source,
        ...(rest === '{}' ? {} : { [META]: rest }),
      },
    },
    results: {
      ...(energy === undefined ? {} : { energy }),
      ...(forces === undefined ? {} : { forces }),
      ...(stress === undefined ? {} : { stress }),
      ...(energies === undefined ? {} : { energies }),
    },
  };
}
