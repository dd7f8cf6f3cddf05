import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { FileFormatError, fileSystemError } from '@mlffd/core';
import type { LabelFailure } from './labelTypes.ts';

/** One line of the journal: what became of some structures, all or nothing. */
export interface JournalEntry {
  /** Number of the entry, from 0. */
  readonly batch: number;
  /** File of the labelled ones, relative to the folder; absent when none succeeded. */
  readonly shard?: { readonly file: string; readonly bytes: number };
  /** Id and geometry hash of each structure in the shard, in its order. */
  readonly labelled: readonly (readonly [id: string, hash: string])[];
  readonly failed: readonly (LabelFailure & { readonly hash: string })[];
  /** Id of the unit (for instance an MD trajectory) that these structures are, all of them. */
  readonly unit?: string;
  /**
   * Places in the set of the structures in the shard, as runs of consecutive numbers; of a unit
   * `[[place, 0]]`. Absent in journals of version 0.1.0, where the order is that of the lines.
   */
  readonly places?: readonly (readonly [first: number, count: number])[];
  /** Set in a line that says only this: an earlier entry does not count any more. */
  readonly dropped?: { readonly batch: number; readonly reason: string };
}

/**
 * Reads the journal at `path`, entry by entry; a last line that was cut off by a crash is dropped.
 *
 * @returns the length in bytes of the part that holds whole entries
 * @throws FileFormatError when a line before the last is damaged
 */
export function scanJournal(path: string, visit: (entry: JournalEntry) => void): number {
  if (!existsSync(path)) return 0;
  const text = readFileSync(path);
  let count = 0;
  let bytes = 0;
  for (;;) {
    const end = text.indexOf(NEWLINE, bytes);
    if (end < 0) return bytes;
    const line = text.toString('utf8', bytes, end);
    const entry = parseEntry(line);
    if (entry?.batch !== count) {
      throw new FileFormatError('data/bad-journal', `line ${count + 1} of ${path} is damaged`, {
        expected: `the JSON record of batch ${count}`,
        found: line.slice(0, 80),
        where: `${path}, line ${count + 1}`,
        hint: 'Restore the file, or label into a new folder.',
      });
    }
    visit(entry);
    count++;
    bytes = end + 1;
  }
}

const NEWLINE = 0x0a;

function parseEntry(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch {
    return undefined;
  }
}

/** Appends to a journal; an entry is on the disk when `append` returns. */
export class JournalWriter {
  readonly #path: string;
  readonly #fd: number;
  #bytes: number;

  /** Cuts the file to `bytes`, dropping a line that a crash left unfinished. */
  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#bytes = bytes;
    try {
      this.#fd = openSync(path, 'a');
      if (statSync(path).size > bytes) truncateSync(path, bytes);
    } catch (cause) {
      throw fileSystemError('write', path, cause);
    }
  }

  /** @throws FileSystemError when the disk refuses; the entry does not count then. */
  append(entry: JournalEntry): void {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    try {
      let written = 0;
      while (written < line.length) written += writeSync(this.#fd, line, written);
      fsyncSync(this.#fd);
    } catch (cause) {
      this.#cut();
      throw fileSystemError('write', this.#path, cause);
    }
    this.#bytes += line.length;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #cut(): void {
    try {
      truncateSync(this.#path, this.#bytes);
    } catch {
      // The reader drops an unfinished line as well.
    }
  }
}
