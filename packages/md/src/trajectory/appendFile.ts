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
import { lockTrajectory } from './writerLock.ts';

/** A file that grows at its end, held by one writer. Failed writes are taken back. */
export class AppendFile {
  readonly path: string;
  readonly #file: number;
  readonly #release: () => void;
  #length: number;
  #open = true;

  private constructor(path: string, file: number, release: () => void) {
    this.path = path;
    this.#file = file;
    this.#release = release;
    this.#length = fstatSync(file).size;
  }

  /**
   * Starts a new file.
   *
   * @throws FileSystemError also when the file exists, unless `overwrite` is set
   * @throws MdError `md/trajectory-busy`
   */
  static create(path: string, overwrite = false): AppendFile {
    return AppendFile.#take(path, overwrite ? 'w+' : 'wx+');
  }

  /** Opens a file as it is, or starts one. */
  static open(path: string): AppendFile {
    return AppendFile.#take(path, undefined);
  }

  static #take(path: string, flags: string | undefined): AppendFile {
    const release = lockTrajectory(path);
    try {
      return new AppendFile(
        path,
        openSync(path, flags ?? (existsSync(path) ? 'r+' : 'wx+')),
        release,
      );
    } catch (cause) {
      release();
      throw fileSystemError('open', path, cause);
    }
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Adds bytes at the end. `seal` replaces the bytes at their start once all of them are there. */
  append(bytes: Uint8Array, seal?: Uint8Array): void {
    try {
      this.#write(bytes, this.#length);
      if (seal !== undefined) this.#write(seal, this.#length);
    } catch (cause) {
      this.#takeBack();
      throw fileSystemError('write', this.path, cause);
    }
    this.#length += bytes.length;
  }

  /** Replaces bytes that are there already. */
  patch(bytes: Uint8Array, at: number): void {
    try {
      this.#write(bytes, at);
    } catch (cause) {
      throw fileSystemError('write', this.path, cause);
    }
  }

  /** Reads what is there of `length` bytes. */
  read(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, this.#length - at)));
    try {
      let count = 0;
      while (count < bytes.length) {
        const more = readSync(this.#file, bytes, count, bytes.length - count, at + count);
        if (more === 0) break;
        count += more;
      }
      return bytes.subarray(0, count);
    } catch (cause) {
      throw fileSystemError('read', this.path, cause);
    }
  }

  /** Cuts off what follows the first `length` bytes. */
  truncate(length: number): void {
    if (length === this.#length) return;
    try {
      ftruncateSync(this.#file, length);
    } catch (cause) {
      throw fileSystemError('write', this.path, cause);
    }
    this.#length = length;
  }

  /** Waits until the disk has everything. */
  flush(): void {
    try {
      fsyncSync(this.#file);
    } catch (cause) {
      throw fileSystemError('flush', this.path, cause);
    }
  }

  /** Flushes, closes and gives the file free; calling it twice is harmless. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.flush();
    } finally {
      closeSync(this.#file);
      this.#release();
    }
  }

  /** Closes after a failure, which the caller reports. */
  abandon(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#file);
    this.#release();
  }

  #write(bytes: Uint8Array, at: number): void {
    let written = 0;
    while (written < bytes.length) {
      written += writeSync(this.#file, bytes, written, bytes.length - written, at + written);
    }
  }

  #takeBack(): void {
    try {
      ftruncateSync(this.#file, this.#length);
    } catch {
      // The failed write is the one to report; opening the file again cuts the torn frame off.
    }
  }
}
