import { readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { MlffdError } from './errors.ts';
import { fileSystemError } from './fileErrors.ts';

/** Another process is at work in the same folder. */
export class FolderBusyError extends MlffdError {
  override readonly name = 'FolderBusyError';
}

/** Words of a lock. */
export interface LockOptions {
  /** Name of the file in the folder; default `lock.json`. */
  readonly file?: string;
  /** What the owner does, for the message; default `working in`. */
  readonly action?: string;
}

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Process namespace, where a process number means something. */
  readonly space: string;
  /** Boot of the machine and clock tick of the start: numbers of processes are used again. */
  readonly start: string;
}

/**
 * Takes a folder for this process; what a killed process left is taken over.
 *
 * @returns a function that gives it back
 * @throws FolderBusyError `core/folder-busy` when another living process has it
 * @throws FileSystemError when the folder cannot be written
 */
export function lockFolder(folder: string, options: LockOptions = {}): () => void {
  const { file = 'lock.json', action = 'working in' } = options;
  const path = join(folder, file);
  const release = (): void => {
    rmSync(path, { force: true });
  };
  const owner: Owner = {
    pid: process.pid,
    host: hostname(),
    space: processSpace(),
    start: startOf(process.pid),
  };
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, JSON.stringify(owner), { flag: 'wx' });
      return release;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
        // A full disk makes the file and then has no room for its content.
        if (readText(path) === '') release();
        throw fileSystemError('write', path, cause);
      }
    }
    const found = readOwner(path);
    if (found !== undefined && mayLive(found)) throw busy(path, `${action} ${folder}`, found);
    release();
  }
  throw busy(path, `${action} ${folder}`, readOwner(path));
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readOwner(path: string): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(readText(path) ?? '');
    if (typeof owner !== 'object' || owner === null || !('pid' in owner)) return undefined;
    return owner as Owner;
  } catch {
    // Killed between making the file and writing it, or released meanwhile.
    return undefined;
  }
}

function mayLive({ pid, host, space, start }: Owner): boolean {
  // Of a process in another container or on another machine nothing can be known.
  if (host !== hostname() || space !== processSpace()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startOf(pid) === start;
}

// Without /proc these are empty, and host and number have to do.
function processSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function startOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 22; the second one is a name that may hold blanks and ends with the last bracket.
    return `${boot} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return '';
  }
}

function busy(path: string, what: string, owner: Owner | undefined): FolderBusyError {
  const who = owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`;
  return new FolderBusyError('core/folder-busy', `${who} is ${what}`, {
    expected: 'one process per folder',
    found: who,
    where: path,
    hint: `Wait for it, or delete ${path} if that process is gone.`,
  });
}
