import { existsSync } from 'node:fs';
import type { Atoms } from '@mlffd/core';
import { noFrame, requireFrame } from '../readFile.ts';
import { compactFrame, type FrameReader, type TrajectoryFrame } from '../types.ts';
import { H5mdFile } from './h5mdFile.ts';
import { hdf5Ready } from './hdf5.ts';
import { JournalReader } from './journal.ts';
import type { FieldName } from './layout.ts';

/** Reads H5MD files, with the frames that are still in the journal beside them. */
export class H5mdReader implements FrameReader {
  readonly path: string;
  readonly frames: number;
  readonly #file: H5mdFile | undefined;
  readonly #journal: JournalReader | undefined;

  private constructor(
    path: string,
    file: H5mdFile | undefined,
    journal: JournalReader | undefined,
  ) {
    this.path = path;
    this.#file = file;
    this.#journal = journal;
    const inFile = file?.frames ?? 0;
    this.frames = inFile + waiting(inFile, journal);
  }

  /**
   * @throws FileSystemError, FileFormatError
   * @throws InvalidArgumentError where the file has no elements and `atoms` does not give them
   */
  static async open(path: string, atoms?: Atoms): Promise<H5mdReader> {
    await hdf5Ready;
    // A journal that is folded in between the two is not needed any more: it is opened first.
    const journal = JournalReader.open(path);
    try {
      const isNew = journal !== undefined && !existsSync(path);
      const file = isNew ? undefined : new H5mdFile(path, { atoms });
      if (file === undefined || file.layout?.id === journal?.layout.id) {
        return new H5mdReader(path, file, journal);
      }
      journal?.close();
      return new H5mdReader(path, file, undefined);
    } catch (error) {
      journal?.close();
      throw error;
    }
  }

  read(index: number): TrajectoryFrame {
    requireFrame(this.path, index, this.frames);
    const [file, journal] = [this.#file, this.#journal];
    if (file !== undefined && index < file.frames) return file.read(index);
    if (journal === undefined) throw noFrame(this.path, index, this.frames);
    return fromJournal(journal, index);
  }

  close(): void {
    this.#file?.close();
    this.#journal?.close();
  }
}

/** Frames of a journal that come after `count` frames of the file. */
export function waiting(count: number, journal: JournalReader | undefined): number {
  if (journal === undefined || journal.first > count) return 0;
  return Math.max(0, journal.first + journal.frames - count);
}

function fromJournal(journal: JournalReader, index: number): TrajectoryFrame {
  const { layout, fields } = journal;
  const values = journal.values(index - journal.first);
  const parts = new Map<FieldName, Float64Array>();
  let at = 0;
  for (const { name, length } of fields) {
    parts.set(name, values.slice(at, at + length));
    at += length;
  }
  const { charge, spin, info } = layout;
  const stress = parts.get('stress');
  return compactFrame({
    atoms: {
      numbers: Int32Array.from(layout.numbers),
      positions: parts.get('positions') ?? new Float64Array(0),
      cell: parts.get('cell') ?? new Float64Array(9),
      pbc: layout.pbc,
      ...(charge === undefined ? {} : { charge }),
      ...(spin === undefined ? {} : { spin }),
      ...(info === undefined ? {} : { info: { ...info } }),
    },
    velocities: parts.get('velocities'),
    forces: parts.get('forces'),
    energy: parts.get('energy')?.[0],
    stress: stress?.every((value) => Number.isNaN(value)) === true ? undefined : stress,
    step: parts.get('step')?.[0],
    time: parts.get('time')?.[0],
    temperature: parts.get('temperature')?.[0],
  });
}
