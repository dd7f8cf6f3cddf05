import { mkdirSync } from 'node:fs';
import { FileSystemError, FolderBusyError, lockFolder, MlffdError } from '@mlffd/core';

/** Another process is at work in the same run folder. */
class RunLockedError extends MlffdError {
  override readonly name = 'RunLockedError';
}

/**
 * Makes sure that one process at a time works in a run folder; returns the release. What a killed
 * process left behind is recognised and taken over.
 *
 * @throws RunLockedError while the owner lives
 * @throws FileSystemError when the folder cannot be made or written
 */
export function lockRun(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true });
    return lockFolder(folder, { file: 'run.lock' });
  } catch (cause) {
    if (cause instanceof FolderBusyError) {
      throw new RunLockedError('run/locked', `${capitalized(cause.message)}.`, {
        ...(cause.where === undefined ? {} : { where: cause.where }),
        hint: `Wait until it ends, stop it, or use another --out folder.`,
        cause,
      });
    }
    throw new FileSystemError('run/not-writable', `The run folder cannot be written: ${folder}`, {
      where: folder,
      hint: 'Choose another folder with --out, or make this one writable.',
      cause,
    });
  }
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
