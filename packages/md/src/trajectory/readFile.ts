import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileSystemError, InvalidArgumentError } from '@mlffd/core';

/** Reads pieces of a file. */
export class PieceFile {
  readonly path: string;
  readonly size: number;
  readonly #file: number;
  #open = true;

  /** @throws FileSystemError */
  constructor(path: string) {
    this.path = path;
    try {
      this.#file = openSync(path, 'r');
      this.size = fstatSync(this.#file).size;
    } catch (cause) {
      throw fileSystemError('open', path, cause);
    }
  }

  /** What is there of `length` bytes from `at` on; the memory is the caller's own and aligned to 8. */
  read(at: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.size - at));
    const bytes = Buffer.from(new ArrayBuffer(wanted));
    let count = 0;
    try {
      while (count < wanted) {
        const more = readSync(this.#file, bytes, count, wanted - count, at + count);
        if (more === 0) break;
        count += more;
      }
    } catch (cause) {
      throw fileSystemError('read', this.path, cause);
    }
    return bytes.subarray(0, count);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#file);
  }
}

/** Throws InvalidArgumentError unless `index` is that of a frame. */
export function requireFrame(path: string, index: number, frames: number): void {
  if (Number.isInteger(index) && index >= 0 && index < frames) return;
  throw noFrame(path, index, frames);
}

export function noFrame(path: string, index: number, frames: number): InvalidArgumentError {
  return new InvalidArgumentError('md/no-frame', `${path} has no frame ${index}`, {
    expected: frames === 0 ? 'a file with frames' : `an index from 0 to ${frames - 1}`,
    found: String(index),
    where: path,
    hint: 'Frames are counted from 0; `frames` tells how many there are.',
  });
}
