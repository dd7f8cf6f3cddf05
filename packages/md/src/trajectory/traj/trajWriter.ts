import { masses as standardMasses, InvalidArgumentError } from '@mlffd/core';
import type { MdFrame } from '../../frame.ts';
import { AppendFile } from '../appendFile.ts';
import { sameValues } from '../sameValues.ts';
import type { FrameWriter } from '../types.ts';
import { TrajFrameEncoder, type TrajHeader } from './aseFrame.ts';
import { TrajReader } from './trajReader.ts';
import {
  alignTo8,
  emptyUlm,
  FIRST_TABLE,
  int64,
  ITEMS_AT,
  parseUlmHeader,
  TABLE_AT,
  TABLE_GROWTH,
  tableCapacity,
  ULM_HEADER_BYTES,
} from './ulm.ts';
import { trajError } from './ulmReader.ts';

export interface TrajWriterOptions {
  /** N, amu; default the standard masses, which are not written. */
  readonly masses?: Float64Array | undefined;
}

interface Start {
  readonly items: number;
  readonly table: number;
  readonly header: TrajHeader | undefined;
  readonly steps: readonly number[];
}

/**
 * Appends frames to a .traj file of ASE: positions, momenta, forces, energy and stress bit for bit;
 * step, time (fs), temperature (K), kinetic and conserved energy (eV) are in `info`.
 *
 * A frame counts once it is there as a whole: the number of frames in the header is the last that is
 * written, in one piece of eight bytes.
 */
export class TrajWriter implements FrameWriter {
  /** Steps of the first and of the last two frames that were there. */
  readonly steps: readonly number[];
  readonly #file: AppendFile;
  readonly #encoder = new TrajFrameEncoder();
  readonly #masses: Float64Array | undefined;
  #header: TrajHeader | undefined;
  #items: number;
  #table: number;
  #standard: { readonly numbers: Int32Array; readonly masses: Float64Array } | undefined;

  private constructor(file: AppendFile, start: Start, options: TrajWriterOptions) {
    this.#file = file;
    this.steps = start.steps;
    this.#header = start.header;
    this.#items = start.items;
    this.#table = start.table;
    this.#masses = options.masses;
  }

  /** @throws FileSystemError, MdError `md/trajectory-busy` */
  static create(
    path: string,
    options: TrajWriterOptions & { readonly overwrite?: boolean } = {},
  ): TrajWriter {
    const file = AppendFile.create(path, options.overwrite);
    return TrajWriter.#start(file, options);
  }

  /**
   * Goes on at the end of a file, also one of ASE, or starts one.
   *
   * @throws FileSystemError, MdError `md/trajectory-busy`
   * @throws FileFormatError for another file; it is left as it is
   */
  static append(
    path: string,
    options: TrajWriterOptions & { readonly lastStep?: number } = {},
  ): TrajWriter {
    const file = AppendFile.open(path);
    try {
      const start = file.read(0, ULM_HEADER_BYTES);
      // A process killed while it made the file.
      if (start.length < ULM_HEADER_BYTES && start.equals(emptyUlm().subarray(0, start.length))) {
        file.truncate(0);
        return TrajWriter.#start(file, options);
      }
      return new TrajWriter(file, cutBack(file, options.lastStep ?? Infinity), options);
    } catch (error) {
      file.abandon();
      throw error;
    }
  }

  static #start(file: AppendFile, options: TrajWriterOptions): TrajWriter {
    try {
      file.append(emptyUlm());
    } catch (error) {
      file.abandon();
      throw error;
    }
    const start = { items: 0, table: FIRST_TABLE, header: undefined, steps: [] };
    return new TrajWriter(file, start, options);
  }

  get path(): string {
    return this.#file.path;
  }

  get frames(): number {
    return this.#items;
  }

  write(frame: MdFrame): void {
    const { atoms } = frame;
    const ownMasses = this.#ownMasses(atoms.numbers);
    const { bytes, item } = this.#encoder.encode(frame, {
      at: this.#file.length,
      header: this.#header,
      masses: ownMasses ?? this.#standardMasses(frame),
      ownMasses,
    });
    const at = this.#file.length + item;
    this.#file.append(bytes);
    if (this.#items === tableCapacity(this.#items)) this.#growTable(at - item);
    try {
      this.#file.patch(int64(at), this.#table + 8 * this.#items);
      this.#file.patch(int64(this.#items + 1), ITEMS_AT);
    } catch (error) {
      // The table may lie behind the frame, which then stays as bytes that nobody reads.
      if (this.#table < at) this.#file.truncate(at - item);
      throw error;
    }
    this.#items += 1;
    this.#header ??= { numbers: atoms.numbers.slice(), pbc: atoms.pbc, masses: ownMasses };
  }

  flush(): void {
    this.#file.flush();
  }

  close(): void {
    this.#file.close();
  }

  /** Writes a table that is 42 times larger behind the frame; `frame` is where that begins. */
  #growTable(frame: number): void {
    const capacity = tableCapacity(this.#items);
    const next = alignTo8(this.#file.length);
    try {
      const old = this.#file.read(this.#table, 8 * capacity);
      // What a file is made longer by is zero, and takes no memory.
      this.#file.truncate(next + 8 * capacity * TABLE_GROWTH);
      this.#file.patch(old, next);
      this.#file.patch(int64(next), TABLE_AT);
    } catch (error) {
      this.#file.truncate(frame);
      throw error;
    }
    this.#table = next;
  }

  /** Masses that were given, or that the file has for the same atoms. */
  #ownMasses(numbers: Int32Array): Float64Array | undefined {
    const [masses, header, count] = [this.#masses, this.#header, numbers.length];
    if (masses === undefined) {
      return header !== undefined && sameValues(header.numbers, numbers)
        ? header.masses
        : undefined;
    }
    if (masses.length === count) return masses;
    throw new InvalidArgumentError(
      'md/invalid-option',
      `masses has ${masses.length} values, the frame ${count} atoms`,
      {
        expected: `${count} values`,
        found: `${masses.length} values`,
        where: this.path,
        hint: 'Give one mass per atom.',
      },
    );
  }

  #standardMasses({ atoms }: MdFrame): Float64Array {
    if (this.#standard === undefined || !sameValues(this.#standard.numbers, atoms.numbers)) {
      this.#standard = { numbers: atoms.numbers.slice(), masses: standardMasses(atoms) };
    }
    return this.#standard.masses;
  }
}

/** Cuts off a torn end and frames after `lastStep`. */
function cutBack(file: AppendFile, lastStep: number): Start {
  const header = parseUlmHeader(file.read(0, FIRST_TABLE));
  if (typeof header === 'string') {
    throw trajError(file.path, 'the header of an ASE trajectory', header);
  }
  const { table } = header;
  const reader = new TrajReader(file.path);
  try {
    let items = header.items;
    while (items > 0 && !isKept(reader, items - 1, lastStep)) items -= 1;
    const first = items === 0 ? undefined : reader.header;
    const steps = marksOf(reader, items);
    if (items !== header.items) file.patch(int64(items), ITEMS_AT);
    // Of a table that is larger than these items need, ASE too reads what they need.
    const tableEnd = table + 8 * tableCapacity(items);
    file.truncate(Math.max(tableEnd, items === 0 ? 0 : reader.endOf(items - 1)));
    return { items, table, header: first, steps };
  } finally {
    reader.close();
  }
}

/** True for a frame that is whole and not after `lastStep`. */
function isKept(reader: TrajReader, index: number, lastStep: number): boolean {
  if (!reader.isWhole(index)) return false;
  const step = lastStep === Infinity ? undefined : reader.stepOf(index);
  return step === undefined || step <= lastStep;
}

/** Steps of the first frame and of the last two. */
function marksOf(reader: TrajReader, items: number): number[] {
  const indices = [...new Set([0, items - 2, items - 1])].filter((k) => k >= 0 && k < items);
  return indices.map((k) => reader.stepOf(k)).filter((step) => step !== undefined);
}
