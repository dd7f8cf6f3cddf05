import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createAtoms, FileFormatError, fileSystemError, isMlffdError } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { readNpy } from '../formats/npy.ts';
import type { LabelledStructure, StructureMeta } from '../structure.ts';
import { MEMMAP_FILES, VOIGT_PLACES } from './memmapLayout.ts';
import type { MemmapKeys } from './memmapLayout.ts';
import { parseObject } from './textTable.ts';

/** Options of `importMemmap`. */
export interface ImportMemmapOptions {
  /** Files of labels; a file of a default name need not be there, one that is named must. */
  readonly keys?: MemmapKeys;
  /** Group of all structures of a folder that does not say. Default: the name of the folder. */
  readonly group?: string;
}

/** A bare array on disk, of which pieces are read. */
class BinaryArray {
  readonly path: string;
  readonly #fd: number;

  /** @throws FileFormatError unless it has `values` values of 4 bytes */
  constructor(path: string, values: number) {
    this.path = path;
    try {
      this.#fd = openSync(path, 'r');
    } catch (cause) {
      throw fileSystemError('read', path, cause);
    }
    const { size } = fstatSync(this.#fd);
    if (size === 4 * values) return;
    this.close();
    throw damaged(path, `${4 * values} bytes`, `${size} bytes`);
  }

  floats(start: number, count: number): Float64Array {
    const bytes = this.#bytes(start, count);
    return Float64Array.from(new Float32Array(bytes.buffer, 0, count));
  }

  integers(start: number, count: number): Int32Array {
    return new Int32Array(this.#bytes(start, count).buffer, 0, count);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #bytes(start: number, count: number): Uint8Array {
    const bytes = new Uint8Array(4 * count);
    let at = 0;
    while (at < bytes.length) {
      const read = readSync(this.#fd, bytes, at, bytes.length - at, 4 * start + at);
      if (read === 0) throw damaged(this.path, `${4 * (start + count)} bytes`, 'a shorter file');
      at += read;
    }
    return bytes;
  }
}

interface Arrays {
  readonly positions: BinaryArray;
  readonly numbers: BinaryArray;
  readonly cells?: BinaryArray;
  readonly energy?: BinaryArray;
  readonly forces?: BinaryArray;
  readonly stress?: BinaryArray;
  readonly charge?: BinaryArray;
  readonly multiplicity?: BinaryArray;
}

/**
 * Reads structures from a folder in the layout of metatrain's `MemmapDataset`, one at a time; labels
 * that are NaN are left out.
 *
 * @throws FileSystemError when a file cannot be read
 * @throws FileFormatError when the files do not fit together
 */
export function* importMemmap(
  folder: string,
  options: ImportMemmapOptions = {},
): Generator<LabelledStructure, void, undefined> {
  const offsets = readOffsets(folder);
  const count = offsets.length - 1;
  const metas = readMetas(folder, count);
  const name = options.group ?? basename(folder);
  const opened: BinaryArray[] = [];
  try {
    const arrays = openArrays(folder, { count, atoms: offsets[count], opened }, options.keys ?? {});
    for (let k = 0; k < count; k++) {
      yield {
        atoms: atomsOf(arrays, offsets, k),
        meta: metas?.[k] ?? {
          id: `${name}-${String(k).padStart(6, '0')}`,
          group: name,
          source: name,
        },
        ...labelsOf(arrays, offsets, k),
      };
    }
  } finally {
    for (const array of opened) array.close();
  }
}

function readOffsets(folder: string): Float64Array {
  const integers = (name: string): Float64Array => {
    const path = join(folder, name);
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch (cause) {
      throw fileSystemError('read', path, cause);
    }
    const { values } = readNpy(bytes, path);
    if (values?.every(Number.isSafeInteger) === true) return values;
    throw damaged(path, 'integers', 'something else');
  };
  const count = integers(MEMMAP_FILES.count)[0];
  const offsets = integers(MEMMAP_FILES.offsets);
  const rising = offsets.every((value, k) => k === 0 || value > offsets[k - 1]);
  if (offsets.length === count + 1 && offsets[0] === 0 && rising) return offsets;
  const found = `${offsets.length} numbers${rising ? '' : ' that fall'}`;
  throw damaged(join(folder, MEMMAP_FILES.offsets), `${count + 1} rising numbers from 0 on`, found);
}

function openArrays(
  folder: string,
  { count, atoms, opened }: { count: number; atoms: number; opened: BinaryArray[] },
  keys: MemmapKeys,
): Arrays {
  const open = (name: string, values: number): BinaryArray => {
    const array = new BinaryArray(join(folder, name), values);
    opened.push(array);
    return array;
  };
  const optional = (as: keyof Arrays, name: string, values: number): Partial<Arrays> =>
    existsSync(join(folder, name)) ? { [as]: open(name, values) } : {};
  const label = (as: 'energy' | 'forces' | 'stress', values: number): Partial<Arrays> =>
    keys[as] === undefined
      ? optional(as, `${as}.bin`, values)
      : { [as]: open(`${keys[as]}.bin`, values) };
  return {
    positions: open(MEMMAP_FILES.positions, 3 * atoms),
    numbers: open(MEMMAP_FILES.numbers, atoms),
    ...optional('cells', MEMMAP_FILES.cells, 9 * count),
    ...optional('charge', MEMMAP_FILES.charge, count),
    ...optional('multiplicity', MEMMAP_FILES.multiplicity, count),
    ...label('energy', count),
    ...label('forces', 3 * atoms),
    ...label('stress', 9 * count),
  };
}

function atomsOf(arrays: Arrays, offsets: Float64Array, k: number): Atoms {
  const [first, n] = [offsets[k], offsets[k + 1] - offsets[k]];
  const cell = arrays.cells?.floats(9 * k, 9) ?? new Float64Array(9);
  const periodic = (row: number): boolean =>
    cell.subarray(3 * row, 3 * row + 3).some((x) => x !== 0);
  const charge = arrays.charge?.floats(k, 1)[0];
  const multiplicity = arrays.multiplicity?.floats(k, 1)[0];
  try {
    return createAtoms({
      numbers: arrays.numbers.integers(first, n),
      positions: arrays.positions.floats(3 * first, 3 * n),
      cell,
      pbc: [periodic(0), periodic(1), periodic(2)],
      ...(charge === undefined ? {} : { charge }),
      ...(multiplicity === undefined ? {} : { spin: multiplicity - 1 }),
    });
  } catch (cause) {
    if (!isMlffdError(cause)) throw cause;
    const where = `${arrays.positions.path}, structure ${k}`;
    throw damaged(where, cause.expected ?? 'a valid structure', cause.found ?? cause.message);
  }
}

function labelsOf(
  arrays: Arrays,
  offsets: Float64Array,
  k: number,
): Pick<LabelledStructure, 'energy' | 'forces' | 'stress'> {
  const energy = arrays.energy?.floats(k, 1)[0];
  const forces = arrays.forces?.floats(3 * offsets[k], 3 * (offsets[k + 1] - offsets[k]));
  const matrix = arrays.stress?.floats(9 * k, 9);
  const known = (values: Float64Array | undefined): values is Float64Array =>
    values?.some(Number.isNaN) === false;
  return {
    ...(energy === undefined || Number.isNaN(energy) ? {} : { energy }),
    ...(known(forces) ? { forces } : {}),
    ...(known(matrix) ? { stress: Float64Array.from(VOIGT_PLACES, (place) => matrix[place]) } : {}),
  };
}

function readMetas(folder: string, count: number): StructureMeta[] | undefined {
  const path = join(folder, MEMMAP_FILES.metas);
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  if (lines.length !== count) throw damaged(path, `${count} lines`, `${lines.length} lines`);
  return lines.map((line, k) => {
    const meta = parseObject(line, path, `line ${k + 1}`) as Partial<StructureMeta>;
    const { id, group, source } = meta;
    if ([id, group, source].every((text) => typeof text === 'string')) return meta as StructureMeta;
    throw damaged(`${path}, line ${k + 1}`, 'id, group and source', line.slice(0, 60));
  });
}

function damaged(where: string, expected: string, found: string): FileFormatError {
  return new FileFormatError('data/bad-memmap', `${where}: expected ${expected}, found ${found}`, {
    expected,
    found,
    where,
    hint: 'The copy is incomplete, or the folder is no memory-mapped dataset: copy or write it again.',
  });
}
