// Files that the folder of a student may have or lack.
import { readFileSync, rmSync } from 'node:fs';
import { fileSystemError, isMissingFile } from '@mlffd/core';

/**
 * Content of a file; undefined where there is none.
 *
 * @throws FileSystemError
 */
export function readFileIfAny(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (isMissingFile(cause)) return undefined;
    throw fileSystemError('read', path, cause);
  }
}

/**
 * Removes a file, if there is one.
 *
 * @throws FileSystemError
 */
export function removeFileIfAny(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    throw fileSystemError('remove', path, cause);
  }
}
