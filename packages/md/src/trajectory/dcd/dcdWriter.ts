import { FileFormatError } from '@mlffd/core';
import type { MdFrame } from '../../frame.ts';
import { AppendFile } from '../appendFile.ts';
import { frameRefusal } from '../refusal.ts';
import type { FrameWriter } from '../types.ts';
import { dcdCell } from './dcdCell.ts';
import {
  COUNTS_AT,
  dcdCounts,
  dcdFrameBytes,
  dcdFrames,
  dcdHeader,
  MAX_HEADER_BYTES,
  parseDcdHeader,
  type DcdCounts,
  type DcdHeader,
} from './dcdHeader.ts';

/** Bytes of the counts before the time step, which was rounded when it was read. */
const STEP_BYTES = 16;

/** What all frames of the file share. */
interface Layout extends DcdCounts {
  readonly atoms: number;
  readonly hasCell: boolean;
}

/**
 * Appends frames to a DCD file, which VMD, MDAnalysis, MDTraj and others read together with a
 * structure: positions in float32, and the cell. No elements, velocities, forces or energies.
 *
 * The format counts frames by evenly spaced steps, so frames between are refused. A frame counts
 * once the header says so; what a killed process left behind it is less than one frame, which
 * readers pass over.
 */
export class DcdWriter implements FrameWriter {
  readonly #file: AppendFile;
  #layout: Layout | undefined;
  #scratch = Buffer.alloc(0);
  #lastTime = NaN;

  private constructor(file: AppendFile, layout: Layout | undefined) {
    this.#file = file;
    this.#layout = layout;
  }

  /** @throws FileSystemError, MdError `md/trajectory-busy` */
  static create(path: string, options: { readonly overwrite?: boolean } = {}): DcdWriter {
    return new DcdWriter(AppendFile.create(path, options.overwrite), undefined);
  }

  /**
   * Goes on at the end of a file, or starts one.
   *
   * @throws FileSystemError, MdError `md/trajectory-busy`
   * @throws FileFormatError for another file; it is left as it is
   */
  static append(path: string, options: { readonly lastStep?: number } = {}): DcdWriter {
    const file = AppendFile.open(path);
    try {
      return new DcdWriter(file, cutBack(file, options.lastStep ?? Infinity));
    } catch (error) {
      file.abandon();
      throw error;
    }
  }

  get path(): string {
    return this.#file.path;
  }

  get frames(): number {
    return this.#layout?.frames ?? 0;
  }

  /** Steps of the first and of the last two frames. */
  get steps(): readonly number[] {
    if (this.#layout === undefined) return [];
    const { frames, firstStep, stepsBetween } = this.#layout;
    return [...new Set([0, frames - 2, frames - 1])]
      .filter((k) => k >= 0)
      .map((k) => firstStep + k * stepsBetween);
  }

  write(frame: MdFrame): void {
    const before = this.#layout;
    const layout = before === undefined ? firstLayout(frame) : this.#next(before, frame);
    const content = this.#encode(frame, layout);
    if (before === undefined) {
      this.#file.append(Buffer.concat([dcdHeader(layout, layout), content]));
    } else {
      const { length } = this.#file;
      this.#file.append(content);
      try {
        const counts = dcdCounts(layout);
        this.#file.patch(before.frames === 1 ? counts : counts.subarray(0, STEP_BYTES), COUNTS_AT);
      } catch (error) {
        this.#file.truncate(length);
        throw error;
      }
    }
    this.#layout = layout;
    this.#lastTime = frame.time;
  }

  flush(): void {
    this.#file.flush();
  }

  close(): void {
    this.#file.close();
  }

  #next(layout: Layout, frame: MdFrame): Layout {
    const { atoms, frames, firstStep, stepsBetween } = layout;
    const count = frame.atoms.numbers.length;
    if (count !== atoms) {
      throw frameRefusal(this.path, frame, `${atoms} atoms in every frame`, `${count} atoms`);
    }
    if (hasCell(frame) !== layout.hasCell) {
      const words = (has: boolean): string => (has ? 'a cell' : 'no cell');
      throw frameRefusal(
        this.path,
        frame,
        `${words(layout.hasCell)} in every frame`,
        words(!layout.hasCell),
      );
    }
    if (frames === 1 && frame.step > firstStep) {
      const between = frame.step - firstStep;
      // Of a file that was opened again only the header knows the time of the first frame.
      const timestep = Number.isNaN(this.#lastTime)
        ? frame.time / frame.step
        : (frame.time - this.#lastTime) / between;
      return { ...layout, frames: 2, stepsBetween: between, timestep };
    }
    const step = firstStep + frames * stepsBetween;
    if (frames === 1 || frame.step !== step) {
      const expected = frames === 1 ? `a step after ${firstStep}` : `step ${step}`;
      throw frameRefusal(this.path, frame, `${expected} (evenly spaced)`, `step ${frame.step}`);
    }
    return { ...layout, frames: frames + 1 };
  }

  #encode(frame: MdFrame, layout: Layout): Buffer {
    const { positions, cell } = frame.atoms;
    const size = dcdFrameBytes(layout);
    if (this.#scratch.length !== size) this.#scratch = Buffer.alloc(size);
    const bytes = this.#scratch;
    let at = 0;
    let axes: Float64Array | undefined;
    if (layout.hasCell) {
      const { record, axes: turned } = dcdCell(cell, `${this.path}, step ${frame.step}`);
      axes = turned;
      at = bytes.writeInt32LE(8 * record.length, at);
      for (const value of record) at = bytes.writeDoubleLE(value, at);
      at = bytes.writeInt32LE(8 * record.length, at);
    }
    for (let axis = 0; axis < 3; axis += 1) {
      at = bytes.writeInt32LE(4 * layout.atoms, at);
      for (let k = 0; k < positions.length; k += 3) {
        const value =
          axes === undefined
            ? positions[k + axis]
            : axes[3 * axis] * positions[k] +
              axes[3 * axis + 1] * positions[k + 1] +
              axes[3 * axis + 2] * positions[k + 2];
        at = bytes.writeFloatLE(value, at);
      }
      at = bytes.writeInt32LE(4 * layout.atoms, at);
    }
    return bytes;
  }
}

function hasCell({ atoms }: MdFrame): boolean {
  return atoms.cell.some((value) => value !== 0);
}

function firstLayout(frame: MdFrame): Layout {
  return {
    atoms: frame.atoms.numbers.length,
    hasCell: hasCell(frame),
    frames: 1,
    firstStep: frame.step,
    // Until there is a second frame.
    stepsBetween: 1,
    timestep: frame.step === 0 ? 0 : frame.time / frame.step,
  };
}

/** Cuts off a torn end and frames after `lastStep`; undefined when no frame is left. */
function cutBack(file: AppendFile, lastStep: number): Layout | undefined {
  const header = parseDcdHeader(file.read(0, MAX_HEADER_BYTES));
  if (typeof header === 'string') {
    if (!isTornStart(file)) throw dcdError(file.path, 'the header of a DCD file', header);
    file.truncate(0);
    return undefined;
  }
  checkAppendable(header, file.path);
  const { firstStep, stepsBetween } = header;
  const whole = dcdFrames(header, file.length);
  const upTo = Math.floor((lastStep - firstStep) / Math.max(stepsBetween, 1)) + 1;
  const frames = Math.max(0, Math.min(whole, upTo));
  if (frames === 0) {
    file.truncate(0);
    return undefined;
  }
  const layout: Layout = { ...header, frames };
  if (frames !== header.frames) {
    file.patch(dcdCounts(layout).subarray(0, STEP_BYTES), COUNTS_AT);
  }
  file.truncate(header.bytes + frames * dcdFrameBytes(header));
  return layout;
}

/** True for an empty file, and for a header that a killed process did not finish. */
function isTornStart(file: AppendFile): boolean {
  const layout = {
    frames: 1,
    firstStep: 0,
    stepsBetween: 1,
    timestep: 0,
    atoms: 1,
    hasCell: false,
  };
  const ours = dcdHeader(layout, layout);
  const start = file.read(0, COUNTS_AT);
  return file.length < ours.length && start.equals(ours.subarray(0, start.length));
}

function checkAppendable(header: DcdHeader, path: string): void {
  const found = header.isBigEndian
    ? 'big-endian numbers'
    : header.fixedAtoms !== 0
      ? `${header.fixedAtoms} fixed atoms`
      : header.hasFourth
        ? 'a fourth coordinate'
        : undefined;
  if (found === undefined) return;
  throw dcdError(path, 'little-endian frames of all atoms, to go on with', found);
}

/** An error about the content of a DCD file. */
export function dcdError(path: string, expected: string, found: string): FileFormatError {
  return new FileFormatError('md/trajectory-format', `${path} is not a DCD file of a known kind`, {
    expected,
    found,
    where: path,
    hint: 'Was the file copied to its end, and written by CHARMM, NAMD, OpenMM or this package?',
  });
}
