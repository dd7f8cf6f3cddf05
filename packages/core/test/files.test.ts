import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fileSystemError, readTextFile, writeFileAtomic } from '../src/index.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-core-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function thrownBy(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('writeFileAtomic', () => {
  test('writes text and bytes, also over an old file, and leaves nothing else', () => {
    const path = join(folder, 'a.txt');
    writeFileAtomic(path, 'eins');
    writeFileAtomic(path, 'zwei ä');
    expect(readTextFile(path)).toBe('zwei ä');
    writeFileAtomic(join(folder, 'b.bin'), Uint8Array.of(1, 2, 255));
    expect(Array.from(readFileSync(join(folder, 'b.bin')))).toEqual([1, 2, 255]);
    writeFileAtomic(join(folder, 'empty'), '');
    expect(readdirSync(folder).sort()).toEqual(['a.txt', 'b.bin', 'empty']);
  });

  test('says that a folder is missing', () => {
    const path = join(folder, 'none', 'a.txt');
    expect(
      thrownBy(() => {
        writeFileAtomic(path, 'x');
      }),
    ).toMatchObject({
      name: 'FileSystemError',
      code: 'fs/not-found',
      where: path,
      cause: { code: 'ENOENT' },
    });
  });

  test('says that the parent is a file', () => {
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, 'file', 'a.txt');
    expect(
      thrownBy(() => {
        writeFileAtomic(path, 'x');
      }),
    ).toMatchObject({
      code: 'fs/not-a-directory',
    });
  });

  test('removes its temporary file when the rename fails', () => {
    mkdirSync(join(folder, 'taken', 'inside'), { recursive: true });
    expect(
      thrownBy(() => {
        writeFileAtomic(join(folder, 'taken'), 'x');
      }),
    ).toMatchObject({
      code: 'fs/is-a-directory',
    });
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  // A child process, whose shell limits the size of files so that the write fails in its middle.
  // It runs the built package: Node 20 cannot run TypeScript.
  test('keeps the old file and removes the half-written one when the write fails', () => {
    const path = join(folder, 'model.bin');
    writeFileSync(path, 'old');
    const core = new URL('../dist/index.js', import.meta.url).href;
    const script = `
      const { writeFileAtomic } = await import(${JSON.stringify(core)});
      try {
        writeFileAtomic(${JSON.stringify(path)}, new Uint8Array(1e6));
      } catch (error) {
        process.stdout.write(error.code);
      }`;
    const { stdout, status } = spawnSync(
      'bash',
      [
        '-c',
        'trap "" XFSZ; ulimit -f 8; exec "$0" "$@"',
        process.execPath,
        '--input-type=module',
        '-e',
        script,
      ],
      { encoding: 'utf8' },
    );
    expect({ stdout, status }).toEqual({ stdout: 'fs/file-too-large', status: 0 });
    expect(readTextFile(path)).toBe('old');
    expect(readdirSync(folder)).toEqual(['model.bin']);
  });
});

describe('fileSystemError', () => {
  // Linux has a device that is always full.
  test('tells a full disk', () => {
    const cause = thrownBy(() => {
      writeFileSync('/dev/full', 'x');
    });
    expect(fileSystemError('write', '/dev/full', cause)).toMatchObject({
      code: 'fs/disk-full',
      message: 'cannot write /dev/full: no space left',
      hint: expect.stringContaining('Free space'),
    });
  });

  test('keeps what it does not know', () => {
    const error = fileSystemError('read', 'a', new Error('odd'));
    expect(error).toMatchObject({ code: 'fs/io-error', cause: { message: 'odd' } });
    expect(fileSystemError('read', 'a', { code: 'EIO' }).found).toBe('EIO');
    expect(fileSystemError('read', 'a', 'text').code).toBe('fs/io-error');
  });
});

test('readTextFile tells a missing file from a folder', () => {
  expect(thrownBy(() => readTextFile(join(folder, 'no')))).toMatchObject({ code: 'fs/not-found' });
  expect(thrownBy(() => readTextFile(folder))).toMatchObject({ code: 'fs/is-a-directory' });
});
