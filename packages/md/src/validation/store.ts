import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Atoms,
  fileSystemError,
  formatExtxyzFrame,
  type Results,
  sha256,
  stableStringify,
  writeFileAtomic,
} from '@mlffd/core';

/** What a stored result is of: a readable name, and everything that it depends on. */
export interface StoreKey {
  /** Letters, digits and dashes. */
  readonly name: string;
  readonly inputs: unknown;
}

/**
 * Keeps what is finished in a folder, each result in a file of its own that appears whole or not at
 * all. A result is found again by the hash of what it depends on, so that a changed setting computes
 * anew and nothing else does.
 */
export class ValidationStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** What was kept, or undefined. */
  read(key: StoreKey): unknown {
    const hash = hashOf(key);
    try {
      const { hash: found, value } = JSON.parse(readFileSync(this.#file(key, hash), 'utf8')) as {
        hash?: unknown;
        value?: unknown;
      };
      return found === hash ? value : undefined;
    } catch {
      // Absent or damaged: it is computed (again).
      return undefined;
    }
  }

  /** @throws FileSystemError */
  write(key: StoreKey, value: unknown): void {
    const hash = hashOf(key);
    this.#make('checks');
    writeFileAtomic(this.#file(key, hash), `${JSON.stringify({ hash, ...key, value }, null, 1)}\n`);
  }

  /**
   * A folder for work that can go on after an interruption.
   *
   * @throws FileSystemError
   */
  workFolder(key: StoreKey): string {
    return this.#make('runs', `${key.name}-${hashOf(key).slice(0, 12)}`);
  }

  /**
   * Writes a frame as extended XYZ; returns its path relative to the folder.
   *
   * @throws FileSystemError
   */
  writeFrame(name: string, { atoms, results }: StoredFrame): string {
    this.#make('frames');
    const file = `frames/${name}.xyz`;
    const text = formatExtxyzFrame({ atoms, ...(results === undefined ? {} : { results }) });
    writeFileAtomic(join(this.folder, file), text);
    return file;
  }

  #file({ name }: StoreKey, hash: string): string {
    return join(this.folder, 'checks', `${name}-${hash.slice(0, 12)}.json`);
  }

  #make(...path: readonly string[]): string {
    const folder = join(this.folder, ...path);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw fileSystemError('write', folder, cause);
    }
    return folder;
  }
}

/** A frame to keep. */
export interface StoredFrame {
  readonly atoms: Atoms;
  readonly results?: Results;
}

function hashOf({ name, inputs }: StoreKey): string {
  return sha256(stableStringify({ name, inputs }));
}
