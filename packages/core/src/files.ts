import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileSystemError } from './fileErrors.ts';

/**
 * Writes a whole file so that its final name never shows a part of it: a temporary file in the
 * same folder is written, flushed to the disk and renamed.
 *
 * The temporary file (`.NAME.*.tmp`) is removed when anything fails, and what the path held before
 * stays. A killed process can leave one behind.
 * @throws FileSystemError with a code of `fileSystemError`
 */
export function writeFileAtomic(path: string, data: string | Uint8Array): void {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    writeDurably(temporary, bytes);
    renameSync(temporary, path);
    flushFolder(dirname(path));
  } catch (error) {
    rmQuietly(temporary);
    throw fileSystemError('write', path, error);
  }
}

/**
 * Reads a file of text (UTF-8).
 * @throws FileSystemError with a code of `fileSystemError`
 */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw fileSystemError('read', path, error);
  }
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx');
  try {
    let written = 0;
    while (written < bytes.length) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes the rename itself durable; file systems that cannot do this are no failure. */
function flushFolder(folder: string): void {
  let handle: number | undefined;
  try {
    handle = openSync(folder, 'r');
    fsyncSync(handle);
  } catch {
    return;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function rmQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The first failure is the one to report.
  }
}
