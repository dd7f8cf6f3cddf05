import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FileFormatError } from '@mlffd/core';
import { testOnSmallDisk } from '@mlffd/test-support/smallDisk';
import {
  appendTrajectory,
  createTrajectory,
  openTrajectory,
  readTrajectory,
  type FrameWriter,
} from '../src/index.ts';
import { madeFrame, madeFrames, temporaryFolder } from './trajectoryFrames.ts';
import { CHILD_ENVIRONMENT, takeSnapshots, TRAJECTORY_CHILD } from './trajectorySnapshots.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const ENDINGS = ['xyz', 'traj', 'dcd', 'h5'];
const shape = { atoms: 3, numbers: [8, 1, 1], cell: [8, 0, 0, 0, 9, 0, 0, 0, 10] };
const stepsOf = async (path: string): Promise<(number | undefined)[]> =>
  (await readTrajectory(path)).map((frame) => frame.step);

describe('killed within or after any call that changes a file', () => {
  const snapshots = join(folder, 'snapshots');
  beforeAll(() => {
    takeSnapshots(snapshots);
  });

  test.each(ENDINGS)('.%s: no frame is lost, and the run goes on', async (ending) => {
    const states = readdirSync(join(snapshots, ending)).sort();
    expect(states.length).toBeGreaterThan(20);
    for (const state of states) {
      const written = Number(state.split('-')[1]);
      const path = join(snapshots, ending, state, `run.${ending}`);
      const steps = written === 0 ? [] : await stepsOf(path);
      expect([state, steps.length >= written && steps.length <= 4]).toEqual([state, true]);
      expect(steps).toEqual(steps.map((_, k) => 10 * k));
      const writer = await appendTrajectory(path);
      expect([state, writer.frames >= written]).toEqual([state, true]);
      for (let k = writer.frames; k < 6; k += 1) writer.write(madeFrame(k, shape));
      writer.close();
      expect([state, await stepsOf(path)]).toEqual([state, [0, 10, 20, 30, 40, 50]]);
      const left = readdirSync(join(snapshots, ending, state));
      expect(left).toEqual([`run.${ending}`]);
    }
  });
});

test('kill -9: at most the frame in flight is lost', async () => {
  const place = join(folder, 'killed');
  mkdirSync(place);
  const child = spawn(process.execPath, [TRAJECTORY_CHILD, 'forever', place], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: CHILD_ENVIRONMENT,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    // Far enough for the H5MD file to have been folded a few times.
    if (output.length > 5000) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  const told = output.split('\n').at(-2)!.split(' ').map(Number);
  for (const [k, ending] of ENDINGS.entries()) {
    const path = join(place, `run.${ending}`);
    const frames = told[k];
    expect(frames).toBeGreaterThan(30);
    const { length } = await readTrajectory(path);
    // What was written while the last line was on its way is there too.
    expect(length).toBeGreaterThanOrEqual(frames);
    const lastStep = 10 * (frames - 3);
    const writer = await appendTrajectory(path, { lastStep });
    expect(writer.frames).toBe(frames - 2);
    writer.write(madeFrame(frames - 2, shape));
    writer.close();
    const steps = await stepsOf(path);
    expect(steps).toEqual(Array.from({ length: frames - 1 }, (_, i) => 10 * i));
  }
});

describe('cut off at any byte, as a power cut may', () => {
  const frames = madeFrames(3, shape);

  test.each(['xyz', 'traj', 'dcd'])('.%s', async (ending) => {
    const path = join(folder, `torn.${ending}`);
    const writer = await createTrajectory(path);
    writer.write(frames[0]);
    writer.write(frames[1]);
    const intact = statSync(path).size;
    writer.write(frames[2]);
    writer.close();
    const whole = readFileSync(path);
    const expected = await readTrajectory(path);
    const sizes = Array.from({ length: whole.length - intact }, (_, k) => intact + k);
    // All bytes at both ends of the frame, some in between.
    const tried = sizes.filter((_, k) => k < 24 || k > sizes.length - 24 || k % 29 === 0);
    for (const size of tried) {
      writeFileSync(path, whole.subarray(0, size));
      const again = await appendTrajectory(path);
      expect([size, again.frames]).toEqual([size, 2]);
      again.write(frames[2]);
      again.close();
      if (size % 8 === 0) expect(await readTrajectory(path)).toEqual(expected);
    }
  });

  test('the journal of an .h5 file', async () => {
    const path = join(folder, 'torn.h5');
    const saved = join(folder, 'saved.h5');
    const writer = await createTrajectory(path);
    writer.write(frames[0]);
    writer.write(frames[1]);
    const intact = statSync(`${path}.journal`).size;
    writer.write(frames[2]);
    copyFileSync(path, saved);
    const journal = readFileSync(`${path}.journal`);
    writer.close();
    for (let size = 0; size < journal.length; size += size < intact - 8 ? 61 : 5) {
      copyFileSync(saved, path);
      writeFileSync(`${path}.journal`, journal.subarray(0, size));
      const count = size >= intact ? 2 : 1;
      const reader = await openTrajectory(path);
      expect([size, reader.frames]).toEqual([size, count]);
      reader.close();
    }
    const again = await appendTrajectory(path);
    expect(again.frames).toBe(2);
    again.write(frames[2]);
    again.close();
    expect(await stepsOf(path)).toEqual([0, 10, 20]);
  });

  test('an .h5 file is not taken for whole', async () => {
    const path = join(folder, 'cut.h5');
    const writer = await createTrajectory(path);
    writer.write(frames[0]);
    writer.close();
    const whole = readFileSync(path);
    for (let size = 0; size < whole.length; size += 4099) {
      writeFileSync(path, whole.subarray(0, size));
      await expect(readTrajectory(path)).rejects.toThrow(FileFormatError);
      await expect(appendTrajectory(path)).rejects.toThrow(FileFormatError);
    }
    expect(readdirSync(folder).filter((name) => name.includes('lock'))).toEqual([]);
  });
});

describe('files of another kind are refused and left alone', () => {
  test.each(ENDINGS)('.%s', async (ending) => {
    for (const text of ['dear diary\nno atoms today\n', `${'x'.repeat(400)}\n`, '\n\nmore\n']) {
      const path = join(folder, `other.${ending}`);
      writeFileSync(path, text);
      await expect(appendTrajectory(path)).rejects.toThrow(FileFormatError);
      await expect(openTrajectory(path)).rejects.toThrow(FileFormatError);
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
    expect(readdirSync(folder).filter((name) => name.includes('lock'))).toEqual([]);
  });

  test('an extended XYZ file that somebody cut off is an error, not a shorter one', async () => {
    const path = join(folder, 'copy.xyz');
    const writer = await createTrajectory(path);
    for (const frame of madeFrames(2, shape)) writer.write(frame);
    writer.close();
    writeFileSync(path, readFileSync(path).subarray(0, -40));
    await expect(readTrajectory(path)).rejects.toThrow(FileFormatError);
    // Frames after a blank line would be lost by going on.
    writeFileSync(path, '1\n\nH 0 0 0\n   \n1\n\nH 0 0 1\n');
    await expect(appendTrajectory(path)).rejects.toThrow(FileFormatError);
    writeFileSync(path, '1\n\nH 0 0 0\n \n\n');
    expect(await readTrajectory(path)).toHaveLength(1);
  });

  test('a journal that is damaged', async () => {
    const path = join(folder, 'journal.h5');
    writeFileSync(`${path}.journal`, 'x'.repeat(4000));
    await expect(openTrajectory(path)).rejects.toMatchObject({ code: 'fs/not-found' });
    const bytes = Buffer.alloc(4000);
    bytes.writeUInt32LE(100, 12);
    writeFileSync(`${path}.journal`, bytes);
    for (const open of [openTrajectory, appendTrajectory]) {
      await expect(open(path)).rejects.toMatchObject({ code: 'md/trajectory-format' });
    }
    rmSync(`${path}.journal`);
  });

  test('a journal of another file is not read', async () => {
    const [a, b] = ['a.h5', 'b.h5'].map((name) => join(folder, name));
    const first = await createTrajectory(a);
    for (const frame of madeFrames(3, shape)) first.write(frame);
    const second = await createTrajectory(b);
    second.write(madeFrame(0, shape));
    second.close();
    copyFileSync(`${a}.journal`, `${b}.journal`);
    first.close();
    expect(await stepsOf(b)).toEqual([0]);
    const again = await appendTrajectory(b);
    expect(again.frames).toBe(1);
    again.write(madeFrame(1, shape));
    again.close();
    expect(await stepsOf(b)).toEqual([0, 10]);
    expect(existsSync(`${b}.journal`)).toBe(false);
  });
});

describe('a full disk', () => {
  const big = { atoms: 200 };
  const frames = madeFrames(40, big);

  /** Writes until the disk is full; returns the number of frames that were written. */
  function fill(writer: FrameWriter): number {
    for (const frame of frames.slice(writer.frames)) {
      const before = writer.frames;
      try {
        writer.write(frame);
      } catch (error) {
        expect(error).toMatchObject({ name: 'FileSystemError', code: 'fs/disk-full' });
        expect(writer.frames).toBe(before);
        return before;
      }
    }
    throw new Error('the disk is too large');
  }

  describe.each(ENDINGS)('.%s', (ending) => {
    // Room for some frames, of about 2.5 kB in .dcd and 15 kB and more elsewhere.
    const size = ending === 'dcd' ? '64k' : ending === 'h5' ? '640k' : '160k';

    testOnSmallDisk(
      'the frame is taken back, and the run goes on when there is room',
      size,
      async (disk) => {
        const path = join(disk.folder, `run.${ending}`);
        const writer = await createTrajectory(path, { foldBytes: 10_000 });
        const count = fill(writer);
        expect(count).toBeGreaterThan(1);
        expect(fill(writer)).toBe(count);
        expect(await stepsOf(path)).toHaveLength(count);
        disk.resize('16m');
        for (const frame of frames.slice(count)) writer.write(frame);
        writer.close();
        expect(await stepsOf(path)).toEqual(frames.map(({ step }) => step));
      },
    );
  });

  testOnSmallDisk('.h5: what cannot be folded in stays in the journal', '640k', async (disk) => {
    const path = join(disk.folder, 'run.h5');
    const writer = await createTrajectory(path);
    const count = fill(writer);
    expect(() => {
      writer.close();
    }).toThrow(expect.objectContaining({ code: 'fs/disk-full' }));
    writer.close();
    expect(readdirSync(disk.folder).sort()).toEqual(['run.h5', 'run.h5.journal']);
    expect(await stepsOf(path)).toHaveLength(count);
    disk.resize('16m');
    const again = await appendTrajectory(path);
    expect(again.frames).toBe(count);
    again.close();
    expect(readdirSync(disk.folder)).toEqual(['run.h5']);
    expect(await stepsOf(path)).toHaveLength(count);
  });

  testOnSmallDisk('from the beginning', '4k', async (disk) => {
    writeFileSync(join(disk.folder, 'other'), 'x'.repeat(4096));
    for (const ending of ENDINGS) {
      const path = join(disk.folder, `run.${ending}`);
      const write = async (): Promise<void> => {
        const writer = await createTrajectory(path);
        writer.write(frames[0]);
      };
      await expect(write()).rejects.toMatchObject({ code: 'fs/disk-full' });
    }
  });
});

test('a reader keeps what it has opened while the journal is folded in', async () => {
  const path = join(folder, 'live.h5');
  const writer = await createTrajectory(path);
  for (const frame of madeFrames(3, shape)) writer.write(frame);
  const reader = await openTrajectory(path);
  expect(reader.frames).toBe(3);
  writer.close();
  expect([0, 1, 2].map((k) => reader.read(k).step)).toEqual([0, 10, 20]);
  reader.close();
});

test('.h5: a long trajectory is copied a few times only', async () => {
  const path = join(folder, 'long.h5');
  const writer = await createTrajectory(path, { foldBytes: 1 });
  let copies = 0;
  let last: number | undefined;
  // 256 bytes a frame: the journal has to be as long as the file each time.
  for (let k = 0; k < 3000; k += 1) {
    writer.write(madeFrame(k % 7, shape));
    const { ino } = statSync(path);
    if (ino !== last) copies += 1;
    last = ino;
  }
  writer.close();
  expect(copies).toBeLessThan(8);
  const reader = await openTrajectory(path);
  expect(reader.frames).toBe(3000);
  reader.close();
});
