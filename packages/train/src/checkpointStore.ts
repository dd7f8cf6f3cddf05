import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FileSystemError, writeFileAtomic } from '@mlffd/core';
import { decodeCheckpoint, encodeCheckpoint } from './checkpointFormat.ts';
import type { CheckpointContent } from './checkpointFormat.ts';
import { CheckpointError } from './errors.ts';

const NAME = /^step-(\d{12})\.ckpt$/;

/** A checkpoint that was read, and those newer ones that could not be. */
export interface LoadedCheckpoint<T> {
  readonly path: string;
  readonly content: CheckpointContent<T>;
  readonly rejected: readonly { readonly path: string; readonly error: unknown }[];
}

/**
 * The newest checkpoints of a run, in one folder: `step-000000001234.ckpt`.
 *
 * A new file gets its name only when it is complete and on disk; older ones are removed only after
 * that, so at every moment there is one good file at least.
 */
export class CheckpointStore {
  readonly folder: string;
  readonly #keep: number;

  /** @param keep number of checkpoints that are kept, the newest ones */
  constructor(folder: string, keep = 2) {
    this.folder = folder;
    this.#keep = keep;
  }

  /**
   * Writes the checkpoint of a step and removes those that are no longer needed; returns its path.
   *
   * @throws FileSystemError when it cannot be written; earlier checkpoints are intact
   */
  save<T>(step: number, content: CheckpointContent<T>): string {
    const path = join(this.folder, `step-${String(step).padStart(12, '0')}.ckpt`);
    try {
      mkdirSync(this.folder, { recursive: true });
      writeFileAtomic(path, encodeCheckpoint(content));
      for (const old of this.list().slice(this.#keep)) rmSync(old, { force: true });
    } catch (cause) {
      if (cause instanceof FileSystemError) throw cause;
      throw new FileSystemError('train/checkpoint-not-written', `cannot write checkpoint ${path}`, {
        expected: 'a folder that can be written, with room for the checkpoint',
        found: messageOf(cause),
        where: path,
        hint: 'Free some space or fix the permissions, then resume: earlier checkpoints are intact.',
        cause,
      });
    }
    return path;
  }

  /** Paths of the checkpoints, newest first. */
  list(): string[] {
    let names: string[];
    try {
      names = readdirSync(this.folder);
    } catch {
      return [];
    }
    return names
      .filter((name) => NAME.test(name))
      .sort()
      .reverse()
      .map((name) => join(this.folder, name));
  }

  /** Renames a damaged checkpoint to `*.damaged`, so that it is neither tried nor counted again. */
  setAside(path: string): void {
    renameSync(path, `${path}.damaged`);
  }

  /**
   * Reads the newest checkpoint that is complete.
   *
   * @throws CheckpointError when there is none
   */
  load<T>(): LoadedCheckpoint<T> {
    const rejected: { path: string; error: unknown }[] = [];
    for (const path of this.list()) {
      try {
        return { path, content: decodeCheckpoint<T>(readFileSync(path), path), rejected };
      } catch (error) {
        rejected.push({ path, error });
      }
    }
    throw new CheckpointError('train/no-checkpoint', `no usable checkpoint in ${this.folder}`, {
      expected: 'at least one complete checkpoint',
      found: rejected.length === 0 ? 'none' : rejected.map((r) => messageOf(r.error)).join('; '),
      where: this.folder,
      hint: 'Start the run again in a new folder.',
      cause: rejected[0]?.error,
    });
  }
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
