import { rmSync } from 'node:fs';
import { fileSystemError } from '@mlffd/core';
import { readRecordsIfAny, writeRecords } from './recordFile.ts';
import type { HarnessRecord } from './types.ts';

/**
 * Finished systems of a benchmark that may be interrupted: beside the file that it is to become,
 * `FILE.TASK.partial` holds what is done. Other tasks have files of their own.
 */
export class PartialResults {
  readonly path: string;
  readonly #records = new Map<string, HarnessRecord>();

  /**
   * Goes on with what an interrupted run left. The file is written at once: a place that takes none is
   * better found now than after the first system.
   *
   * @param file the final name
   * @param task hash of all that is measured
   * @throws FileSystemError, FileFormatError
   */
  constructor(file: string, task: string) {
    this.path = `${file}.${task}.partial`;
    for (const record of readRecordsIfAny(this.path, 'mlffd-benchmark')) {
      this.#records.set(record.key, record);
    }
    this.#write();
  }

  /** The record with this key, where the system was finished before. */
  get(key: string): HarnessRecord | undefined {
    return this.#records.get(key);
  }

  /**
   * Keeps a finished system.
   *
   * @throws FileSystemError
   */
  add(record: HarnessRecord): void {
    this.#records.set(record.key, record);
    this.#write();
  }

  /**
   * Removes the file: everything is in its place.
   *
   * @throws FileSystemError
   */
  remove(): void {
    try {
      rmSync(this.path, { force: true });
    } catch (cause) {
      throw fileSystemError('remove', this.path, cause);
    }
  }

  #write(): void {
    writeRecords(this.path, 'mlffd-benchmark', [...this.#records.values()]);
  }
}
