import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { fileSystemError } from '@mlffd/core';

const NEWLINE = 0x0a;
/** Text that waits, characters: small enough to be lost without regret, large enough to be cheap. */
const BUFFER = 1 << 15;
/** Bytes looked at first, from the end. */
const WINDOW = 1 << 16;

/** How a log is opened. */
export interface StepLogOptions {
  /** Step of a line; undefined for one that is no step, as a header. */
  readonly stepOf: (line: string) => number | undefined;
  /** First line of a new file. */
  readonly header?: string;
  /** Where a run goes on: lines of later steps, and a torn line, are cut off. Absent: a new file. */
  readonly lastStep?: number | undefined;
}

/** A text file of lines with ascending steps that goes on where its run goes on. */
export class StepLog {
  /** Step of the last line that was there. */
  readonly last: number | undefined;
  readonly #path: string;
  readonly #file: number;
  #pending = '';
  #open = true;

  /** @throws FileSystemError */
  constructor(path: string, { stepOf, header, lastStep }: StepLogOptions) {
    this.#path = path;
    const goesOn = lastStep !== undefined && existsSync(path);
    try {
      this.#file = openSync(path, goesOn ? 'r+' : 'w+');
      if (goesOn) {
        const { bytes, last } = kept(this.#file, lastStep, stepOf);
        ftruncateSync(this.#file, bytes);
        this.last = last;
      }
    } catch (cause) {
      throw fileSystemError('open', path, cause);
    }
    if (header !== undefined && fstatSync(this.#file).size === 0) this.append(header);
  }

  append(line: string): void {
    this.#pending += `${line}\n`;
    if (this.#pending.length > BUFFER) this.#write();
  }

  /** Waits until the disk has everything. */
  flush(): void {
    this.#write();
    try {
      fsyncSync(this.#file);
    } catch (cause) {
      throw fileSystemError('flush', this.#path, cause);
    }
  }

  /** Flushes and closes; calling it twice is harmless. */
  close(): void {
    if (!this.#open) return;
    try {
      this.flush();
    } finally {
      this.#open = false;
      closeSync(this.#file);
    }
  }

  #write(): void {
    if (this.#pending === '') return;
    const bytes = Buffer.from(this.#pending, 'utf8');
    // What cannot be written now is not tried again: it would follow a torn line.
    this.#pending = '';
    try {
      const end = fstatSync(this.#file).size;
      let written = 0;
      while (written < bytes.length) {
        written += writeSync(this.#file, bytes, written, bytes.length - written, end + written);
      }
    } catch (cause) {
      throw fileSystemError('write', this.#path, cause);
    }
  }
}

interface Kept {
  readonly bytes: number;
  readonly last?: number;
}

/** Length of the lines up to a step, found from the end of the file. */
function kept(file: number, lastStep: number, stepOf: StepLogOptions['stepOf']): Kept {
  const { size } = fstatSync(file);
  for (let window = WINDOW; ; window *= 8) {
    const from = Math.max(0, size - window);
    const found = keptIn(read(file, from, size - from), { from, lastStep, stepOf });
    if (found !== undefined) return found;
  }
}

/** Undefined where the answer lies before the bytes. */
function keptIn(
  bytes: Buffer,
  { from, lastStep, stepOf }: Pick<StepLogOptions, 'stepOf'> & { from: number; lastStep: number },
): Kept | undefined {
  let end = bytes.lastIndexOf(NEWLINE) + 1;
  while (end > 0) {
    const begin = end < 2 ? 0 : bytes.lastIndexOf(NEWLINE, end - 2) + 1;
    if (begin === 0 && from > 0) return undefined;
    const step = stepOf(bytes.toString('utf8', begin, end - 1));
    if (step === undefined) return { bytes: from + end };
    if (step <= lastStep) return { bytes: from + end, last: step };
    end = begin;
  }
  return from > 0 ? undefined : { bytes: 0 };
}

function read(file: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let count = 0;
  while (count < length) {
    const more = readSync(file, bytes, count, length - count, from + count);
    if (more === 0) break;
    count += more;
  }
  return bytes.subarray(0, count);
}
