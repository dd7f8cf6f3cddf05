import { existsSync, rmSync, statSync } from 'node:fs';
import { fileSystemError } from '@mlffd/core';
import type { MdFrame } from '../../frame.ts';
import type { FrameWriter } from '../types.ts';
import { lockTrajectory } from '../writerLock.ts';
import { H5mdFile, notOurs } from './h5mdFile.ts';
import { waiting } from './h5mdReader.ts';
import { hdf5Ready } from './hdf5.ts';
import { JournalReader, journalPath, JournalWriter, removeJournal } from './journal.ts';
import { checkFrame, layoutOf, type H5mdLayout } from './layout.ts';
import { rewriteFile } from './segment.ts';

export interface H5mdWriterOptions {
  /** N, amu; default the standard masses. */
  readonly masses?: Float64Array | undefined;
  /** Least bytes of frames that go into the file at once; default 16 MiB. */
  readonly foldBytes?: number | undefined;
}

const FOLD_BYTES = 2 ** 24;

interface Start {
  readonly layout: H5mdLayout | undefined;
  /** Frames in the file. */
  readonly folded: number;
  readonly journal: JournalWriter | undefined;
  readonly waiting: number;
  readonly steps: readonly number[];
}

const NOTHING: Start = { layout: undefined, folded: 0, journal: undefined, waiting: 0, steps: [] };

/**
 * Appends frames to an H5MD file.
 *
 * A process that is killed while it has an HDF5 file open for writing leaves a file that nobody can
 * open: the library keeps the index of the chunks in memory, and changes it in many places. So that
 * never happens to the file under its name. Frames go to a journal beside it, which only grows; when
 * that is as long as the file (and 16 MiB at least) its frames are added to a copy, which takes the
 * place of the file by renaming. All copies together are no more than twice what the last file is.
 * The first frame is folded in at once, the rest at the latest by `close`. Readers of this package
 * see the frames of the journal too, others those of the file.
 */
export class H5mdWriter implements FrameWriter {
  readonly path: string;
  /** Steps of the first and of the last two frames that were there. */
  readonly steps: readonly number[];
  readonly #options: H5mdWriterOptions;
  readonly #release: () => void;
  #layout: H5mdLayout | undefined;
  #journal: JournalWriter | undefined;
  #folded: number;
  #waiting: number;
  #foldAt = 0;
  #open = true;

  private constructor(
    path: string,
    {
      start,
      options,
      release,
    }: {
      readonly start: Start;
      readonly options: H5mdWriterOptions;
      readonly release: () => void;
    },
  ) {
    this.path = path;
    this.steps = start.steps;
    this.#options = options;
    this.#release = release;
    this.#layout = start.layout;
    this.#journal = start.journal;
    this.#folded = start.folded;
    this.#waiting = start.waiting;
    this.#planFold();
  }

  /** @throws FileSystemError, MdError `md/trajectory-busy` */
  static async create(
    path: string,
    options: H5mdWriterOptions & { readonly overwrite?: boolean } = {},
  ): Promise<H5mdWriter> {
    await hdf5Ready;
    const release = lockTrajectory(path);
    try {
      if (options.overwrite === true) {
        removeJournal(path);
        rmSync(path, { force: true });
      } else if (existsSync(path) || existsSync(journalPath(path))) {
        throw fileSystemError('open', path, { code: 'EEXIST' });
      }
      return new H5mdWriter(path, { start: NOTHING, options, release });
    } catch (error) {
      release();
      throw error instanceof Error ? error : fileSystemError('open', path, error);
    }
  }

  /**
   * Goes on at the end of a file of this package, or starts one; takes over the journal of a process
   * that was killed.
   *
   * @throws FileSystemError, MdError `md/trajectory-busy`
   * @throws FileFormatError for another file; it is left as it is
   */
  static async append(
    path: string,
    options: H5mdWriterOptions & { readonly lastStep?: number } = {},
  ): Promise<H5mdWriter> {
    await hdf5Ready;
    const release = lockTrajectory(path);
    try {
      const start = cutBack(path, options.lastStep ?? Infinity);
      return new H5mdWriter(path, { start, options, release });
    } catch (error) {
      release();
      throw error;
    }
  }

  get frames(): number {
    return this.#folded + this.#waiting;
  }

  write(frame: MdFrame): void {
    if (this.#layout === undefined) {
      this.#writeFirst(frame);
      return;
    }
    checkFrame(this.path, this.#layout, frame);
    this.#journal ??= JournalWriter.create(this.path, this.#layout);
    this.#journal.append(frame, this.frames);
    this.#waiting += 1;
    if (this.#journal.bytes >= this.#foldAt) this.#tryFold();
  }

  flush(): void {
    this.#journal?.flush();
  }

  /** Folds the rest in. Where that fails the journal keeps it, for readers and `appendTrajectory`. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      if (this.#waiting > 0) this.#fold();
      this.#journal?.close();
      removeJournal(this.path);
    } finally {
      this.#journal?.close();
      this.#release();
    }
  }

  /** The first frame makes the file, so that there is one to look at. */
  #writeFirst(frame: MdFrame): void {
    const layout = layoutOf(frame, this.#options.masses);
    const journal = JournalWriter.create(this.path, layout);
    try {
      journal.append(frame, 0);
      this.#layout = layout;
      this.#journal = journal;
      this.#waiting = 1;
      this.#fold();
    } catch (error) {
      journal.close();
      removeJournal(this.path);
      this.#journal = undefined;
      this.#layout = undefined;
      this.#waiting = 0;
      throw error;
    }
  }

  #tryFold(): void {
    try {
      this.#fold();
    } catch {
      // Nothing is lost, as the journal has all of it: tried again when that has doubled. When there
      // is no room then either, `close` tells.
      this.#foldAt = 2 * (this.#journal?.bytes ?? 0);
    }
  }

  #fold(): void {
    if (this.#layout === undefined) return;
    this.#journal?.flush();
    const reader = JournalReader.open(this.path);
    if (reader === undefined) return;
    try {
      const skip = this.#folded - reader.first;
      const frames = this.#waiting;
      const add = { frames, values: (k: number) => reader.values(skip + k) };
      rewriteFile(this.path, this.#layout, { keep: this.#folded, add });
    } finally {
      reader.close();
    }
    this.#folded += this.#waiting;
    this.#waiting = 0;
    // Removed, not emptied: whoever has it open goes on reading.
    removeJournal(this.path);
    this.#journal?.close();
    this.#journal = undefined;
    this.#planFold();
  }

  #planFold(): void {
    const size = existsSync(this.path) ? statSync(this.path).size : 0;
    this.#foldAt = Math.max(this.#options.foldBytes ?? FOLD_BYTES, size);
  }
}

/** Brings file and journal into order, without the frames after `lastStep`. */
function cutBack(path: string, lastStep: number): Start {
  const journal = JournalReader.open(path);
  const hasFile = existsSync(path);
  if (!hasFile && journal === undefined) {
    removeJournal(path);
    return NOTHING;
  }
  try {
    const file = hasFile
      ? readFile(path, lastStep)
      : { frames: 0, kept: 0, layout: undefined, steps: [] };
    const layout = file.layout ?? journal?.layout;
    if (layout === undefined) throw notOurs(path);
    const belongs = journal?.layout.id === layout.id;
    const total = belongs ? waiting(file.frames, journal) : 0;
    let kept = 0;
    const steps: number[] = [];
    if (belongs && file.kept === file.frames) {
      const skip = file.frames - journal.first;
      while (kept < total) {
        const [step] = journal.values(skip + kept);
        if (step > lastStep) break;
        steps.push(step);
        kept += 1;
      }
    }
    if (file.kept + kept === 0) {
      journal?.close();
      removeJournal(path);
      rmSync(path, { force: true });
      return NOTHING;
    }
    // What is cut off from the file comes first, and then the journal has nothing that follows.
    const records = belongs && kept > 0 ? file.frames - journal.first + kept : 0;
    journal?.close();
    if (records === 0) removeJournal(path);
    if (file.kept < file.frames) rewriteFile(path, layout, { keep: file.kept });
    const writer = records === 0 ? undefined : JournalWriter.open(path, layout, records);
    const marks = [...file.steps, ...steps];
    return {
      layout,
      folded: file.kept,
      journal: writer,
      waiting: kept,
      steps: [...marks.slice(0, 1), ...marks.slice(1).slice(-2)],
    };
  } finally {
    journal?.close();
  }
}

/** Frames of a file of this package, and how many of them are not after `lastStep`. */
function readFile(
  path: string,
  lastStep: number,
): {
  readonly frames: number;
  readonly kept: number;
  readonly layout: H5mdLayout;
  readonly steps: readonly number[];
} {
  const file = new H5mdFile(path, { onlyOwn: true });
  try {
    const { layout, frames } = file;
    if (layout === undefined) throw notOurs(path);
    let kept = frames;
    while (kept > 0 && (file.step(kept - 1) ?? 0) > lastStep) kept -= 1;
    const indices = [...new Set([0, kept - 2, kept - 1])].filter((k) => k >= 0 && k < kept);
    return { frames, kept, layout, steps: indices.map((k) => file.step(k) ?? 0) };
  } finally {
    file.close();
  }
}
