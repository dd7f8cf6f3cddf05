import { readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { FolderBusyError } from './errors.ts';
import { writeError } from './hdf5.ts';

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Process namespace, where a process number means something. */
  readonly space: string;
  /** Boot of the machine and clock tick of the start: numbers of processes are used again. */
  readonly start: string;
}

/**
 * Takes the folder for this process; what a killed process left is taken over.
 *
 * @returns a function that gives it back
 * @throws FolderBusyError when another living process has it
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock.json');
  const release = () => {
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
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw writeError(path, cause);
    }
    const found = readOwner(path);
    if (found !== undefined && mayLive(found)) throw busy(folder, path, found);
    release();
  }
  throw busy(folder, path, readOwner(path));
}

function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner;
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

function busy(folder: string, path: string, owner: Owner | undefined): FolderBusyError {
  const who = owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`;
  return new FolderBusyError('data/folder-busy', `${who} is labelling into ${folder}`, {
    expected: 'one labelling process per folder',
    found: who,
    where: path,
    hint: `Wait for it, or delete ${path} if that process is gone.`,
  });
}
