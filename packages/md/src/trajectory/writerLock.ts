import { realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { FolderBusyError, lockFolder } from '@mlffd/core';
import { MdError } from '../errors.ts';

/**
 * Takes a file for one writer, by a small file beside it; what a killed process left is taken over.
 *
 * @returns a function that gives it back
 * @throws MdError `md/trajectory-busy` where another writer lives
 * @throws FileSystemError where the folder cannot be written
 */
export function lockTrajectory(path: string): () => void {
  const file = target(path);
  // Devices and pipes take no harm from two writers, and a lock beside them makes no sense.
  if (file === undefined) return () => undefined;
  const name = basename(file);
  try {
    return lockFolder(dirname(file), { file: `.${name}.lock`, action: `writing ${name} in` });
  } catch (cause) {
    if (!(cause instanceof FolderBusyError)) throw cause;
    throw new MdError('md/trajectory-busy', `${path} has a writer already: ${cause.message}`, {
      expected: 'one writer per file',
      ...(cause.found === undefined ? {} : { found: cause.found }),
      where: path,
      hint: 'Close the other writer first, or choose another file name.',
      cause,
    });
  }
}

/** The file itself behind links; undefined for what is no regular file. */
function target(path: string): string | undefined {
  try {
    return statSync(path).isFile() ? realpathSync(path) : undefined;
  } catch {
    return path;
  }
}
