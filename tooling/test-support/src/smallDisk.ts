import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '@jest/globals';

/** A file system of a given size, made for a test. */
export class SmallDisk {
  readonly folder: string;

  constructor(size: string) {
    this.folder = mkdtempSync(join(tmpdir(), 'mlffd-disk-'));
    mount(['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', this.folder]);
  }

  /** Gives the disk another size; what is on it stays. */
  resize(size: string): void {
    mount(['-o', `remount,size=${size}`, this.folder]);
  }

  remove(): void {
    // At once, also where a failed test left a file open.
    execFileSync('umount', ['--lazy', this.folder]);
    rmSync(this.folder, { recursive: true });
  }
}

function mount(args: readonly string[]): void {
  execFileSync('mount', args, { stdio: 'ignore' });
}

function canMount(): boolean {
  try {
    new SmallDisk('64k').remove();
    return true;
  } catch {
    return false;
  }
}

const hasDisks = canMount();

/** A test on a disk of the given size; only root can make one, and elsewhere the test says so. */
export function testOnSmallDisk(
  name: string,
  size: string,
  body: (disk: SmallDisk) => Promise<void>,
): void {
  const run = async (): Promise<void> => {
    const disk = new SmallDisk(size);
    try {
      await body(disk);
    } finally {
      disk.remove();
    }
  };
  if (hasDisks) test(name, run);
  else test.skip(`${name} (skipped: only root can mount a small file system)`, run);
}
