import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemError, isMissingFile } from '@mlffd/core';
import { LOG_FILE } from './readRun.ts';
import { type LogRecord, parseLogLine } from './runLog.ts';

/** Reads the lines of a log that are new since the last look; cheap however long the log is. */
export class LogFollower {
  readonly #path: string;
  #file: number | undefined;
  #offset = 0;
  /** Place of the last line of the file: its step, and how many lines before it have the same. */
  #place: Place = START;
  /** Place of the last line that was given out. */
  #known: Place = START;

  /** @param folder of a training run */
  constructor(folder: string) {
    this.#path = join(folder, LOG_FILE);
  }

  /**
   * Whole lines that were not read before. A run that is resumed writes its log again up to its
   * checkpoint and repeats what came after; what was read before that is not given out twice.
   *
   * @throws FileSystemError when the log cannot be read
   */
  next(): LogRecord[] {
    const fresh: LogRecord[] = [];
    for (const row of this.#read().split('\n')) {
      const record = parseLogLine(row);
      if (record === undefined) continue;
      const { step } = record;
      this.#place = { step, nth: step === this.#place.step ? this.#place.nth + 1 : 0 };
      if (!isAfter(this.#place, this.#known)) continue;
      this.#known = this.#place;
      fresh.push(record);
    }
    return fresh;
  }

  /** What was appended since the last look; all of a file that is another one. */
  #read(): string {
    let handle: number;
    try {
      handle = openSync(this.#path, 'r');
    } catch (cause) {
      // Nothing was logged yet.
      if (isMissingFile(cause)) return '';
      throw fileSystemError('read', this.#path, cause);
    }
    try {
      const { size, ino } = fstatSync(handle);
      if (ino !== this.#file || size < this.#offset) {
        this.#file = ino;
        this.#offset = 0;
        this.#place = START;
      }
      const bytes = Buffer.alloc(size - this.#offset);
      const read = readSync(handle, bytes, 0, bytes.length, this.#offset);
      // The last line may be in the making.
      const end = bytes.subarray(0, read).lastIndexOf(0x0a) + 1;
      this.#offset += end;
      return bytes.toString('utf8', 0, end);
    } finally {
      closeSync(handle);
    }
  }
}

interface Place {
  readonly step: number;
  readonly nth: number;
}

const START: Place = { step: -1, nth: 0 };

function isAfter(a: Place, b: Place): boolean {
  return a.step > b.step || (a.step === b.step && a.nth > b.nth);
}
