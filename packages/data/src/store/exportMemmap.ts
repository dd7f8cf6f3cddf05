import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { InvalidArgumentError, isMlffdError } from '@mlffd/core';
import { encodeMeta } from '../contentHash.ts';
import { InvalidStructureError } from '../errors.ts';
import type { LabelledStructure } from '../structure.ts';
import { makeFolder, syncPath, TEMPORARY } from './atomicStore.ts';
import { writeError } from './hdf5.ts';
import { MEMMAP_FILES, npyOfIntegers, VOIGT_PLACES } from './memmapLayout.ts';
import type { MemmapKeys } from './memmapLayout.ts';

/** Labels that the format has a place for. */
export type MemmapProperty = keyof MemmapKeys;

const MEMMAP_PROPERTIES: readonly MemmapProperty[] = ['energy', 'forces', 'stress'];

/** Options of `exportMemmap`. */
export interface ExportMemmapOptions {
  /** Labels to write, which every structure must have. Default: those that the first one has. */
  readonly properties?: readonly MemmapProperty[];
  readonly keys?: MemmapKeys;
  /**
   * Energy of an atom by atomic number, eV, taken off the energies: total energies of thousands of eV
   * would lose what matters to float32. metatrain has its own baseline (`atomic_baseline`), which
   * is then zero.
   */
  readonly referenceEnergies?: Readonly<Record<number, number>>;
}

/** What an export came to. */
export interface MemmapSummary {
  readonly structures: number;
  readonly atoms: number;
  /** Largest error that float32 made in an energy, eV. */
  readonly energyError: number;
}

/** Bytes that are collected before they are written. */
const BUFFER_BYTES = 2 ** 18;

/** A growing binary file. */
class BinaryFile {
  readonly #fd: number;
  readonly #parts: Uint8Array[] = [];
  #waiting = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'w');
  }

  push(values: Float32Array | Int32Array | Uint8Array): void {
    this.#parts.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    this.#waiting += values.byteLength;
    if (this.#waiting >= BUFFER_BYTES) this.#flush();
  }

  /** Flushes to the disk. */
  finish(): void {
    this.#flush();
    fsyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#parts.splice(0));
    this.#waiting = 0;
    for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at);
  }
}

/**
 * Writes structures as a memory-mapped dataset of metatrain into a new folder, which appears whole or
 * not at all. The format keeps float32 and has periodic directions only where a cell vector is not
 * zero: cell vectors of open directions are dropped.
 *
 * @throws InvalidStructureError for a structure that lacks a label
 * @throws InvalidArgumentError for a folder that holds something already
 * @throws FileSystemError when the disk refuses
 */
export function exportMemmap(
  structures: Iterable<LabelledStructure>,
  folder: string,
  options: ExportMemmapOptions = {},
): MemmapSummary {
  const temporary = folder + TEMPORARY;
  checkEmpty(folder);
  makeFolder(dirname(folder));
  rmSync(temporary, { recursive: true, force: true });
  makeFolder(temporary);
  try {
    const summary = writeFiles(structures, temporary, options);
    syncPath(temporary);
    if (existsSync(folder)) rmdirSync(folder);
    renameSync(temporary, folder);
    syncPath(dirname(folder));
    return summary;
  } catch (cause) {
    rmSync(temporary, { recursive: true, force: true });
    throw isMlffdError(cause) ? cause : writeError(folder, cause);
  }
}

function checkEmpty(folder: string): void {
  if (!existsSync(folder)) return;
  const found = readdirSync(folder);
  if (found.length === 0) return;
  throw new InvalidArgumentError('data/folder-not-empty', `${folder} is not empty`, {
    expected: 'a folder that does not exist or is empty',
    found: found.slice(0, 3).join(', '),
    where: folder,
    hint: 'Give another folder, or delete what is in it.',
  });
}

function writeFiles(
  structures: Iterable<LabelledStructure>,
  folder: string,
  options: ExportMemmapOptions,
): MemmapSummary {
  const files = new Map<string, BinaryFile>();
  const file = (name: string): BinaryFile => {
    const known = files.get(name) ?? new BinaryFile(join(folder, name));
    files.set(name, known);
    return known;
  };
  const extras = new Extras();
  const offsets = [0];
  let properties = options.properties;
  let energyError = 0;
  try {
    for (const name of ['positions', 'numbers', 'cells', 'metas'] as const) {
      file(MEMMAP_FILES[name]);
    }
    for (const structure of structures) {
      const { atoms, meta } = structure;
      properties ??= MEMMAP_PROPERTIES.filter((name) => structure[name] !== undefined);
      const labels = labelsOf(structure, properties, options.referenceEnergies);
      for (const [property, values] of labels) {
        const single = Float32Array.from(values);
        if (property === 'energy') {
          energyError = Math.max(energyError, Math.abs(single[0] - values[0]));
        }
        file(`${options.keys?.[property] ?? property}.bin`).push(single);
      }
      file(MEMMAP_FILES.positions).push(Float32Array.from(atoms.positions));
      file(MEMMAP_FILES.numbers).push(Int32Array.from(atoms.numbers));
      file(MEMMAP_FILES.cells).push(
        Float32Array.from(atoms.cell, (x, k) => (atoms.pbc[Math.floor(k / 3)] ? x : 0)),
      );
      const { id, group, source } = meta;
      const rest = JSON.parse(encodeMeta(meta)) as object;
      file(MEMMAP_FILES.metas).push(
        Buffer.from(`${JSON.stringify({ id, group, source, ...rest })}\n`),
      );
      extras.push(structure);
      offsets.push(offsets[offsets.length - 1] + atoms.numbers.length);
    }
    for (const [name, values] of extras.complete()) file(name).push(values);
    for (const open of files.values()) open.finish();
  } finally {
    for (const open of files.values()) open.close();
  }
  const count = offsets.length - 1;
  writeFileSync(join(folder, MEMMAP_FILES.count), npyOfIntegers(Float64Array.of(count)));
  writeFileSync(join(folder, MEMMAP_FILES.offsets), npyOfIntegers(Float64Array.from(offsets)));
  return { structures: count, atoms: offsets[count], energyError };
}

/** Charge and multiplicity, which go into files only where all structures have them. */
class Extras {
  readonly #charges: number[] = [];
  readonly #multiplicities: number[] = [];
  #count = 0;

  push({ atoms }: LabelledStructure): void {
    this.#count++;
    if (atoms.charge !== undefined) this.#charges.push(atoms.charge);
    if (atoms.spin !== undefined) this.#multiplicities.push(atoms.spin + 1);
  }

  complete(): [string, Float32Array][] {
    const all: [string, number[]][] = [
      [MEMMAP_FILES.charge, this.#charges],
      [MEMMAP_FILES.multiplicity, this.#multiplicities],
    ];
    return all
      .filter(([, values]) => values.length > 0 && values.length === this.#count)
      .map(([name, values]) => [name, Float32Array.from(values)]);
  }
}

function labelsOf(
  structure: LabelledStructure,
  properties: readonly MemmapProperty[],
  references: Readonly<Record<number, number>> | undefined,
): [MemmapProperty, Float64Array][] {
  const { atoms, meta, energy, forces, stress } = structure;
  return properties.map((property) => {
    if (property === 'energy' && energy !== undefined) {
      return [property, Float64Array.of(energy - referenceEnergy(atoms.numbers, references))];
    }
    if (property === 'forces' && forces !== undefined) return [property, forces];
    if (property === 'stress' && stress !== undefined) return [property, matrixOf(stress)];
    throw new InvalidStructureError(
      'data/missing-label',
      `structure ${meta.id} has no ${property}`,
      {
        expected: `${properties.join(', ')} for every structure`,
        found: `no ${property}`,
        where: meta.id,
        hint: 'Leave the structure out (filterDataset), or give properties that all have.',
      },
    );
  });
}

function referenceEnergy(
  numbers: Int32Array,
  references: Readonly<Record<number, number>> | undefined,
): number {
  if (references === undefined) return 0;
  let sum = 0;
  for (const z of numbers) {
    if (!(z in references)) {
      throw new InvalidArgumentError('data/no-reference', `no reference energy of element ${z}`, {
        expected: 'an energy for every element',
        found: `none for Z = ${z}`,
        where: 'referenceEnergies',
      });
    }
    sum += references[z];
  }
  return sum;
}

function matrixOf(voigt: Float64Array): Float64Array {
  const matrix = new Float64Array(9);
  for (const [k, place] of VOIGT_PLACES.entries()) {
    matrix[place] = voigt[k];
    // The transposed place of row r, column c.
    matrix[3 * (place % 3) + Math.floor(place / 3)] = voigt[k];
  }
  return matrix;
}
