import { closeSync, openSync, readSync } from 'node:fs';
import { FileFormatError, fileSystemError } from '@mlffd/core';

/** The whole frames at the start of an extended XYZ file. */
export interface WholeFrames {
  readonly frames: number;
  /** Length of these frames; what follows is a torn frame, or frames after `lastStep`. */
  readonly bytes: number;
  /** Where each of them begins, bytes. */
  readonly starts: readonly number[];
  /** Step of the first and of the last two, where their comments have one. */
  readonly steps: readonly number[];
  /** True where nothing follows but blank lines, or a frame whose writer was killed. */
  readonly clean: boolean;
}

const CHUNK = 1 << 20;
const NEWLINE = 0x0a;

/**
 * Finds where the last whole frame ends: one whose every line ends with a newline. With `lastStep`
 * it ends before the first frame whose comment says `step=` with a larger number.
 *
 * Reads the file once, in pieces, and looks only at the first two lines of a frame.
 *
 * @throws FileSystemError when it cannot be read
 * @throws FileFormatError where a line that ends with a newline should be a number of atoms and is not
 */
export function findWholeFrames(path: string, lastStep?: number): WholeFrames {
  const scanner = new FrameScanner(path, lastStep ?? Infinity);
  try {
    const file = openSync(path, 'r');
    try {
      const chunk = Buffer.alloc(CHUNK);
      for (;;) {
        const length = readSync(file, chunk, 0, CHUNK, null);
        if (length === 0 || !scanner.push(chunk.subarray(0, length))) break;
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof FileFormatError) throw error;
    throw fileSystemError('read', path, error);
  }
  return scanner.result;
}

/** What the scanner is looking at. */
type Part = 'count' | 'comment' | 'rows' | 'after the end';

/** Counts lines of frames as bytes come in. */
class FrameScanner {
  readonly #path: string;
  readonly #lastStep: number;
  readonly #starts: number[] = [];
  readonly #steps: number[] = [];
  #bytes = 0;
  #position = 0;
  #line = 0;
  #part: Part = 'count';
  /** Lines of the current frame that are still to come. */
  #remaining = 0;
  #step: number | undefined;
  #text = '';

  constructor(path: string, lastStep: number) {
    this.#path = path;
    this.#lastStep = lastStep;
  }

  get result(): WholeFrames {
    const atEnd = this.#part === 'after the end';
    return {
      frames: this.#starts.length,
      bytes: this.#bytes,
      starts: this.#starts,
      steps: this.#steps,
      clean: atEnd || this.#position === this.#bytes,
    };
  }

  /** Returns false once no more has to be read. */
  push(chunk: Buffer): boolean {
    let start = 0;
    while (start < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline + 1;
      if (this.#part !== 'rows') this.#text += chunk.toString('utf8', start, end);
      this.#position += end - start;
      start = end;
      if (newline >= 0 && !this.#endLine()) return false;
    }
    return true;
  }

  #endLine(): boolean {
    const text = this.#text;
    this.#text = '';
    this.#line += 1;
    if (this.#part === 'after the end') return this.#goOnAfterEnd(text);
    if (this.#part === 'count') {
      if (text.trim() === '') {
        this.#part = 'after the end';
        return true;
      }
      this.#remaining = 1 + this.#atomCount(text);
      this.#part = 'comment';
      return true;
    }
    if (this.#part === 'comment') {
      this.#part = 'rows';
      const step = /(?:^|\s)step=(\d+)(?:\s|$)/.exec(text)?.[1];
      this.#step = step === undefined ? undefined : Number(step);
      if (this.#step !== undefined && this.#step > this.#lastStep) return false;
    }
    this.#remaining -= 1;
    if (this.#remaining === 0) this.#endFrame();
    return true;
  }

  #endFrame(): void {
    this.#starts.push(this.#bytes);
    this.#bytes = this.#position;
    this.#part = 'count';
    if (this.#step === undefined) return;
    if (this.#steps.length === 3) this.#steps.splice(1, 1);
    this.#steps.push(this.#step);
  }

  /** After a blank line come blank lines, or the comment of a frame that was never finished. */
  #goOnAfterEnd(text: string): boolean {
    if (text.trim() === '') return true;
    if (/^(?:Lattice|Properties|pbc)=/.test(text)) return false;
    throw this.#error('nothing after a blank line', text);
  }

  #atomCount(text: string): number {
    if (/^\s*[1-9]\d*\s*$/.test(text)) return Number(text);
    throw this.#error('a number of atoms', text);
  }

  #error(expected: string, text: string): FileFormatError {
    return new FileFormatError('md/trajectory-format', `${this.#path} is not a trajectory`, {
      expected,
      found: JSON.stringify(text.trim().slice(0, 40)),
      where: `${this.#path}, line ${this.#line}`,
      hint: 'It is left as it is. Choose another file name.',
    });
  }
}
