import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileSystemError, MlffdError } from '@mlffd/core';

/** Another process is at work in the same run folder. */
class RunLockedError extends MlffdError {
  override readonly name = 'RunLockedError';
}

/**
 * Makes sure that one process at a time works in a run folder; returns the release.
 *
 * The lock is a file with the owner's process id, so that what a killed process left behind is
 * recognised and taken over.
 *
 * @throws RunLockedError while the owner lives
 * @throws FileSystemError when the folder cannot be made or written
 */
export function lockRun(folder: string): () => void {
  const file = join(folder, 'run.lock');
  const take = (): void => {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  };
  try {
    mkdirSync(folder, { recursive: true });
    try {
      take();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = Number(readFileSync(file, 'utf8'));
      if (owner !== process.pid && isAlive(owner)) {
        throw new RunLockedError('run/locked', `Process ${owner} is working in ${folder}.`, {
          where: file,
          hint: `Wait until it ends, stop it with \`kill ${owner}\`, or use another --out folder.`,
        });
      }
      rmSync(file);
      take();
    }
  } catch (cause) {
    if (cause instanceof MlffdError) throw cause;
    throw new FileSystemError('run/not-writable', `The run folder cannot be written: ${folder}`, {
      where: folder,
      hint: 'Choose another folder with --out, or make this one writable.',
      cause,
    });
  }
  return () => {
    rmSync(file, { force: true });
  };
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
