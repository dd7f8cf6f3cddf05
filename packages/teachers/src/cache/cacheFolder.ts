import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemError, isMissingFile, writeFileAtomic } from '@mlffd/core';

/** Removal goes on down to this part of the limit, so that not every further entry scans again. */
const LOW_WATER = 0.9;
/** The folder is scanned again after own entries of this part of the limit: others write, too. */
const RESCAN = 0.05;
/** Age at which a temporary file is one that a killed process has left, milliseconds. */
const STALE = 3_600_000;

interface Held {
  readonly path: string;
  readonly bytes: number;
  /** Time of the last use, milliseconds. */
  readonly used: number;
}

/**
 * Files by hexadecimal key, in folders by the first two digits, together no larger than a limit; those
 * used least recently go first. The time of the last use is the file's modification time.
 *
 * Any number of processes may use the same folder: files appear whole under their names, and one that
 * vanishes is as one that never was. Each process looks at what the others have written after every
 * twentieth part of the limit, so that P processes may exceed it by P/20 for a while.
 */
export class CacheFolder {
  readonly path: string;
  readonly #maxBytes: number;
  /** Bytes at the last scan and written since then; undefined before the first. */
  #bytes: number | undefined;
  #written = 0;

  /** @throws FileSystemError when the folder cannot be made */
  constructor(path: string, maxBytes: number) {
    this.path = path;
    this.#maxBytes = maxBytes;
    try {
      mkdirSync(path, { recursive: true });
    } catch (error) {
      throw fileSystemError('make', path, error);
    }
  }

  fileOf(key: string): string {
    return join(this.path, key.slice(0, 2), key);
  }

  /**
   * Undefined where there is no such entry.
   * @throws FileSystemError
   */
  read(key: string): Uint8Array | undefined {
    try {
      return readFileSync(this.fileOf(key));
    } catch (error) {
      if (isMissingFile(error)) return undefined;
      throw fileSystemError('read', this.fileOf(key), error);
    }
  }

  /** Marks an entry as used now. */
  touch(key: string): void {
    try {
      const now = Date.now() / 1000;
      utimesSync(this.fileOf(key), now, now);
    } catch {
      // Removed meanwhile, or a folder that may only be read: the entry is just as good.
    }
  }

  /**
   * @returns how many entries were removed to make room
   * @throws FileSystemError
   */
  write(key: string, bytes: Uint8Array): number {
    const file = this.fileOf(key);
    try {
      mkdirSync(join(this.path, key.slice(0, 2)), { recursive: true });
    } catch (error) {
      throw fileSystemError('write', file, error);
    }
    writeFileAtomic(file, bytes);
    this.#written += bytes.length;
    if (this.#bytes !== undefined) this.#bytes += bytes.length;
    const isDue = this.#bytes === undefined || this.#written > RESCAN * this.#maxBytes;
    if (!isDue && (this.#bytes ?? 0) <= this.#maxBytes) return 0;
    return this.#trim();
  }

  #trim(): number {
    const files = this.#scan().sort((a, b) => a.used - b.used);
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    let removed = 0;
    if (total > this.#maxBytes) {
      for (const { path, bytes } of files) {
        if (total <= LOW_WATER * this.#maxBytes) break;
        if (!remove(path)) continue;
        total -= bytes;
        removed++;
      }
    }
    this.#bytes = total;
    this.#written = 0;
    return removed;
  }

  /** All entries; leftovers of killed processes are removed on the way. */
  #scan(): Held[] {
    const held: Held[] = [];
    for (const shard of list(this.path)) {
      if (!/^[0-9a-f]{2}$/.test(shard)) continue;
      for (const name of list(join(this.path, shard))) {
        const path = join(this.path, shard, name);
        const isEntry = /^[0-9a-f]{64}$/.test(name);
        if (!isEntry && !/^\.[0-9a-f]{64}\..*\.tmp$/.test(name)) continue;
        const stats = statSync(path, { throwIfNoEntry: false });
        if (stats === undefined) continue;
        if (isEntry) held.push({ path, bytes: stats.size, used: stats.mtimeMs });
        else if (Date.now() - stats.mtimeMs > STALE) remove(path);
      }
    }
    return held;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissingFile(error)) return [];
    throw fileSystemError('read', folder, error);
  }
}

/** False where it could not be removed; one that another process has removed is gone, too. */
function remove(path: string): boolean {
  try {
    rmSync(path, { force: true });
    return true;
  } catch {
    return false;
  }
}
