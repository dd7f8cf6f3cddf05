import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { FolderBusyError, lockFolder } from '../src/folderLock.ts';

const root = mkdtempSync(join(tmpdir(), 'mlffd-lock-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'folder-'));
});

let other: ChildProcess | undefined;
afterEach(() => {
  other?.kill('SIGKILL');
});

/** A process that takes the folder, as soon as it has it. */
async function lockElsewhere(): Promise<ChildProcess> {
  const module = new URL('../dist/folderLock.js', import.meta.url).href;
  const script = `const { lockFolder } = await import('${module}');
    lockFolder('${folder}'); console.log('locked'); setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  other = child;
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

const lockFile = (): string => join(folder, 'lock.json');

test('a folder is taken once, and again after it was given back', () => {
  const release = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(FolderBusyError);
  release();
  expect(existsSync(lockFile())).toBe(false);
  lockFolder(folder)();
  // Locks of other names do not know of each other.
  const releases = [lockFolder(folder), lockFolder(folder, { file: 'run.lock' })];
  for (const giveBack of releases) giveBack();
});

test('another process that lives keeps it, one that was killed does not', async () => {
  const child = await lockElsewhere();
  expect(() => lockFolder(folder, { action: 'labelling into' })).toThrow(
    expect.objectContaining({
      code: 'core/folder-busy',
      message: `process ${child.pid} on ${hostOf()} is labelling into ${folder}`,
      where: lockFile(),
      hint: expect.stringContaining('delete'),
    }),
  );
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  lockFolder(folder)();
});

const hostOf = (): string =>
  (JSON.parse(readFileSync(lockFile(), 'utf8')) as { host: string }).host;

test('a process that has the number of the owner, but began later, is not the owner', () => {
  lockFolder(folder);
  const owner = JSON.parse(readFileSync(lockFile(), 'utf8')) as { start: string };
  writeFileSync(lockFile(), JSON.stringify({ ...owner, start: `${owner.start}0` }));
  lockFolder(folder)();
});

test('of another machine or container nothing is known: it keeps the folder', () => {
  lockFolder(folder);
  const owner = JSON.parse(readFileSync(lockFile(), 'utf8')) as object;
  for (const change of [{ host: 'elsewhere' }, { space: 'pid:[1]' }]) {
    writeFileSync(lockFile(), JSON.stringify({ ...owner, pid: 999_999_999, ...change }));
    expect(() => lockFolder(folder)).toThrow(FolderBusyError);
  }
});

test.each(['', '{"pid":', '123', 'null', '[]'])('%j is a lock that nobody holds', (text) => {
  writeFileSync(lockFile(), text);
  lockFolder(folder)();
  expect(existsSync(lockFile())).toBe(false);
});

test('a folder that is not there is an error of the file system', () => {
  expect(() => lockFolder(join(folder, 'missing'))).toThrow(
    expect.objectContaining({ name: 'FileSystemError', code: 'fs/not-found' }),
  );
});
