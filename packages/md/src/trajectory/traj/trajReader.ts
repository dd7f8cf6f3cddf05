import {
  ASE_FS,
  createAtoms,
  isMlffdError,
  masses as standardMasses,
  voigtFromMatrix,
  type Atoms,
  type InfoValue,
} from '@mlffd/core';
import { numberIn } from '../extxyzReader.ts';
import { requireFrame } from '../readFile.ts';
import { compactFrame, type FrameReader, type TrajectoryFrame } from '../types.ts';
import type { TrajHeader } from './aseFrame.ts';
import { isRecord } from './json.ts';
import { trajError, UlmReader, type UlmItem } from './ulmReader.ts';

/**
 * Reads ASE's .traj files, whoever wrote them. Constraints, tags, magnetic moments and charges of
 * atoms are passed over; so is what of `info` is neither a number, a text, a flag nor a list of them.
 */
export class TrajReader implements FrameReader {
  readonly #ulm: UlmReader;
  #first: TrajHeader | undefined;

  /** @throws FileSystemError, FileFormatError */
  constructor(path: string) {
    this.#ulm = new UlmReader(path);
  }

  get path(): string {
    return this.#ulm.path;
  }

  get frames(): number {
    return this.#ulm.items;
  }

  read(index: number): TrajectoryFrame {
    requireFrame(this.path, index, this.frames);
    const item = this.#ulm.item(index);
    const header = 'numbers.' in item ? this.#headerOf(item) : this.header;
    const atoms = this.#atoms(item, header);
    const momenta = this.#ulm.array(item, 'momenta')?.values;
    const mass = header.masses ?? standardMasses(atoms);
    const results = isRecord(item['calculator.']) ? item['calculator.'] : {};
    return compactFrame({
      atoms,
      velocities: momenta?.map((p, k) => (p / mass[Math.floor(k / 3)]) * ASE_FS),
      forces: this.#ulm.array(results, 'forces')?.values,
      energy: numberOrNaN(results, 'energy'),
      stress: this.#stress(results),
      step: numberIn(atoms, 'step'),
      time: numberIn(atoms, 'time'),
      temperature: numberIn(atoms, 'temperature'),
    });
  }

  /** What the first frame says for all that say nothing else. */
  get header(): TrajHeader {
    this.#first ??= this.#headerOf(this.#ulm.item(0));
    return this.#first;
  }

  /** Momenta as they are in the file, sqrt(amu eV). */
  momenta(index: number): Float64Array | undefined {
    requireFrame(this.path, index, this.frames);
    return this.#ulm.array(this.#ulm.item(index), 'momenta')?.values;
  }

  /** Step of a frame, without its arrays. */
  stepOf(index: number): number | undefined {
    return numberIn({ info: infoOf(this.#ulm.item(index)) }, 'step');
  }

  /** True where all bytes of a frame are there. */
  isWhole(index: number): boolean {
    return this.#ulm.isWhole(index);
  }

  /** Where a frame ends, bytes. */
  endOf(index: number): number {
    return this.#ulm.endOf(index);
  }

  close(): void {
    this.#ulm.close();
  }

  #headerOf(item: UlmItem): TrajHeader {
    const numbers = this.#ulm.array(item, 'numbers')?.values;
    if (numbers === undefined) throw trajError(this.path, 'atomic numbers', 'none');
    return {
      numbers: Int32Array.from(numbers),
      pbc: Array.isArray(item.pbc) ? item.pbc.map(Boolean) : [false, false, false],
      masses: this.#ulm.array(item, 'masses')?.values,
    };
  }

  #atoms(item: UlmItem, header: TrajHeader): Atoms {
    const positions = this.#ulm.array(item, 'positions')?.values;
    if (positions === undefined) throw trajError(this.path, 'positions', 'none');
    const { charge, spin, ...info } = infoOf(item);
    const cell = Array.isArray(item.cell) ? (item.cell as unknown[]).flat().map(Number) : undefined;
    try {
      return createAtoms({
        numbers: header.numbers,
        positions,
        pbc: header.pbc,
        ...(cell === undefined ? {} : { cell }),
        ...(typeof charge === 'number' ? { charge } : {}),
        ...(typeof spin === 'number' && Number.isInteger(spin) && spin >= 0 ? { spin } : {}),
        ...(Object.keys(info).length === 0 ? {} : { info }),
      });
    } catch (error) {
      if (!isMlffdError(error)) throw error;
      throw trajError(this.path, error.expected ?? 'a valid structure', error.message);
    }
  }

  #stress(results: UlmItem): Float64Array | undefined {
    const list = results.stress;
    const values = Array.isArray(list)
      ? Float64Array.from((list as unknown[]).flat(), (value) => Number(value ?? NaN))
      : this.#ulm.array(results, 'stress')?.values;
    if (values?.length === 9) return voigtFromMatrix(values);
    return values?.length === 6 ? values : undefined;
  }
}

function numberOrNaN(group: UlmItem, name: string): number | undefined {
  const value = group[name];
  if (value === null) return NaN;
  return typeof value === 'number' ? value : undefined;
}

function infoOf(item: UlmItem): Record<string, InfoValue> {
  if (!isRecord(item.info)) return {};
  const entries = Object.entries(item.info).map(([key, value]) => [key, plain(value)] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, InfoValue] => entry[1] !== undefined),
  );
}

function plain(value: unknown): InfoValue | undefined {
  if (value === null) return NaN;
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') {
    return value;
  }
  if (isRecord(value)) {
    const { __ndarray__: array } = value;
    return Array.isArray(array) ? plain((array as unknown[])[2]) : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const types = new Set((value as unknown[]).map((entry) => typeof entry));
  const [type] = types;
  const isPlain = types.size === 1 && ['number', 'string', 'boolean'].includes(type);
  return isPlain ? (value as readonly number[]) : undefined;
}
