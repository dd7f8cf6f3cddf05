import { closeSync, openSync, readSync } from 'node:fs';
import { FileFormatError, fileSystemError } from '@mlffd/core';

/** The whole frames at the start of an extended XYZ file. */
export interface WholeFrames {
  readonly frames: number;
  /** Length of these frames; what follows is a torn frame, or frames after `lastStep`. */
  readonly bytes: number;
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

/** Counts lines of frames as bytes come in. */
class FrameScanner {
  readonly #path: string;
  readonly #lastStep: number;
  #result: WholeFrames = { frames: 0, bytes: 0 };
  #position = 0;
  #line = 0;
  /** Lines of the current frame that are still to come; -1 before its first line is known. */
  #remaining = -1;
  #inComment = false;
  #text = '';

  constructor(path: string, lastStep: number) {
    this.#path = path;
    this.#lastStep = lastStep;
  }

  get result(): WholeFrames {
    return this.#result;
  }

  /** Returns false once no more has to be read. */
  push(chunk: Buffer): boolean {
    let start = 0;
    while (start < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline + 1;
      if (this.#isHeader()) this.#text += chunk.toString('utf8', start, end);
      this.#position += end - start;
      start = end;
      if (newline >= 0 && !this.#endLine()) return false;
    }
    return true;
  }

  #isHeader(): boolean {
    return this.#remaining < 0 || this.#inComment;
  }

  #endLine(): boolean {
    const text = this.#text;
    this.#text = '';
    this.#line += 1;
    if (this.#remaining < 0) {
      this.#remaining = 1 + this.#atomCount(text);
      this.#inComment = true;
      return true;
    }
    if (this.#inComment) {
      this.#inComment = false;
      const step = /(?:^|\s)step=(\d+)(?:\s|$)/.exec(text)?.[1];
      if (step !== undefined && Number(step) > this.#lastStep) return false;
    }
    this.#remaining -= 1;
    if (this.#remaining === 0) {
      this.#result = { frames: this.#result.frames + 1, bytes: this.#position };
      this.#remaining = -1;
    }
    return true;
  }

  #atomCount(text: string): number {
    if (/^\s*[1-9]\d*\s*$/.test(text)) return Number(text);
    throw new FileFormatError('md/trajectory-format', `${this.#path} is not a trajectory`, {
      expected: 'a number of atoms',
      found: JSON.stringify(text.trim().slice(0, 40)),
      where: `${this.#path}, line ${this.#line}`,
      hint: 'It is left as it is. Choose another file name.',
    });
  }
}
