import { existsSync, mkdtempSync, rmdirSync, statfsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileSystemError } from '@mlffd/core';
import { formatBytes } from '@mlffd/report';
import type { Check, CheckGroup } from './check.ts';

/** A run of some ten thousand structures with its stages, bytes. */
const LEAST_SPACE = 5e9;

/** Whether runs can be written where they go. */
export function diskChecks(runs: string): CheckGroup {
  return { id: 'disk', title: 'Disk', checks: [folderCheck(resolve(runs))] };
}

function folderCheck(folder: string): Check {
  const check = { id: 'runs', label: 'runs' };
  const parent = existing(folder);
  try {
    // Permissions alone do not tell: disks can be full or mounted for reading only.
    rmdirSync(mkdtempSync(join(parent, '.mlffd-doctor-')));
    const { bavail, bsize } = statfsSync(parent);
    const free = bavail * bsize;
    const value = `${formatBytes(free)} free for ${folder}`;
    if (free >= LEAST_SPACE) return { ...check, status: 'ok', value };
    const advice = [
      `Free some, or write elsewhere with --out: a large run takes ${formatBytes(LEAST_SPACE)}.`,
    ];
    return { ...check, status: 'gap', value, advice };
  } catch (cause) {
    const { message, found, hint } = fileSystemError('write into', parent, cause);
    return {
      ...check,
      status: 'missing',
      value: `${message}${found === undefined ? '' : `: ${found}`}`,
      advice: [hint ?? 'Give another folder with --out.'],
    };
  }
}

/** The folder itself, or what is there above it. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}
