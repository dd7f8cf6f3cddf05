import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createAtoms, FileFormatError } from '@mlffd/core';
import { appendTrajectory, createTrajectory, readTrajectory } from '../src/index.ts';
import { madeFrame, temporaryFolder } from './trajectoryFrames.ts';

/** Made by tooling/python/md/mdanalysis_files.py with MDAnalysis 2.11 and MDTraj 1.11 (VMD's plugin). */
const reference = JSON.parse(
  readFileSync(new URL('./fixtures/mdanalysis.json', import.meta.url), 'utf8'),
) as {
  readonly firstStep: number;
  readonly stepsBetween: number;
  readonly timestep: number;
  readonly positions: number[][];
  readonly cells: number[][];
  readonly mdanalysis: string;
  readonly plugin: string;
};

const { folder, remove } = temporaryFolder();
const path = join(folder, 'run.dcd');
afterAll(remove);

/** Cells of 10 A whose lengths and angles were float32 on the way. */
const CELL_TOLERANCE = 2e-5;
const ATOMS = 5;
const HEADER_BYTES = 92;
const COORDINATE_BYTES = 3 * (4 * ATOMS + 8);

const bytesOf = (name: 'mdanalysis' | 'plugin'): Buffer => Buffer.from(reference[name], 'base64');

async function expectFrames(count = reference.positions.length): Promise<void> {
  const read = await readTrajectory(path);
  expect(read).toHaveLength(count);
  read.forEach(({ atoms }, k) => {
    expect([...atoms.positions]).toEqual(reference.positions[k]);
    const apart = reference.cells[k].map((value, i) => Math.abs(atoms.cell[i] - value));
    expect(Math.max(...apart)).toBeLessThan(CELL_TOLERANCE);
  });
}

/** The same file as a machine of the other byte order writes it. */
function otherByteOrder(little: Buffer): Buffer {
  const big = Buffer.from(little);
  let at = 0;
  for (let record = 0; at < little.length; record += 1) {
    const length = little.readInt32LE(at);
    const content = big.subarray(at + 4, at + 4 + length);
    if (record === 0) content.subarray(4).swap32();
    else if (record === 1) content.subarray(0, 4).swap32();
    else if (length === 48) content.swap64();
    else content.swap32();
    big.subarray(at, at + 4).swap32();
    big.subarray(at + 4 + length, at + 8 + length).swap32();
    at += length + 8;
  }
  return big;
}

describe('files of others are read', () => {
  test('MDAnalysis: angles in degrees; steps and times', async () => {
    writeFileSync(path, bytesOf('mdanalysis'));
    await expectFrames();
    const { firstStep, stepsBetween, timestep } = reference;
    for (const [k, frame] of (await readTrajectory(path)).entries()) {
      const step = firstStep + k * stepsBetween;
      expect(frame).toMatchObject({ step, time: step * timestep });
    }
  });

  test("VMD's plugin: cosines of angles", async () => {
    writeFileSync(path, bytesOf('plugin'));
    await expectFrames();
  });

  test('the other byte order, which is not gone on with', async () => {
    writeFileSync(path, otherByteOrder(bytesOf('mdanalysis')));
    await expectFrames();
    await expect(appendTrajectory(path)).rejects.toThrow(FileFormatError);
  });

  test('CHARMM: the symmetric matrix of the cell', async () => {
    const bytes = bytesOf('mdanalysis');
    const at = bytes.length - 3 * (COORDINATE_BYTES + 56) + 4;
    [10, -3, 11, 2, 4, 12].forEach((value, k) => bytes.writeDoubleLE(value, at + 8 * k));
    writeFileSync(path, bytes);
    const [{ atoms }] = await readTrajectory(path);
    expect([...atoms.cell]).toEqual([10, -3, 2, -3, 11, 4, 2, 4, 12]);
  });

  test('a torn last frame is passed over, and cut off by append', async () => {
    writeFileSync(path, bytesOf('mdanalysis').subarray(0, -10));
    await expectFrames(2);
    const writer = await appendTrajectory(path);
    expect(writer.frames).toBe(2);
    writer.close();
    await expectFrames(2);
  });

  test('what is not read is told', async () => {
    const change = async (at: number, value: number, words: RegExp): Promise<void> => {
      const bytes = bytesOf('mdanalysis');
      bytes.writeInt32LE(value, at);
      writeFileSync(path, bytes);
      await expect(readTrajectory(path)).rejects.toThrow(FileFormatError);
      await expect(readTrajectory(path)).rejects.toMatchObject({
        found: expect.stringMatching(words),
      });
    };
    await change(0, 85, /signature/);
    await change(4, 0, /64 bits/);
    await change(5, 7, /CORD/);
    await change(8 + 4 * 8, 2, /2 fixed atoms/);
    await change(HEADER_BYTES, 1 << 30, /within its title/);
    await change(bytesOf('mdanalysis').length - COORDINATE_BYTES, 21, /lengths/);
    const records = bytesOf('mdanalysis');
    writeFileSync(path, records.subarray(0, 50));
    await expect(readTrajectory(path)).rejects.toMatchObject({ found: '50 bytes' });
  });

  test('a fourth coordinate is passed over', async () => {
    const bytes = bytesOf('mdanalysis');
    const frame = COORDINATE_BYTES + 56;
    const start = bytes.length - 3 * frame;
    bytes.writeInt32LE(1, 8 + 4 * 11);
    const frames = [0, 1, 2].map((k) => bytes.subarray(start + k * frame, start + (k + 1) * frame));
    const fourth = bytes.subarray(bytes.length - (4 * ATOMS + 8));
    writeFileSync(
      path,
      Buffer.concat([bytes.subarray(0, start), ...frames.flatMap((f) => [f, fourth])]),
    );
    await expectFrames();
    await expect(appendTrajectory(path)).rejects.toThrow(FileFormatError);
  });
});

describe('the bytes that are written', () => {
  test('are those of MDAnalysis, but for the title and the last digits of the cell', async () => {
    const { firstStep, stepsBetween, timestep, positions, cells } = reference;
    const writer = await createTrajectory(path, { overwrite: true });
    positions.forEach((values, k) => {
      const step = firstStep + k * stepsBetween;
      const atoms = createAtoms({
        numbers: [1, 1, 1, 1, 1],
        positions: values,
        cell: cells[k],
        pbc: true,
      });
      writer.write({ ...madeFrame(k, { atoms: 5 }), atoms, step, time: step * timestep });
    });
    writer.close();
    const [ours, theirs] = [readFileSync(path), bytesOf('mdanalysis')];
    // NSTEP, the number of all steps, is left zero by MDAnalysis.
    ours.writeInt32LE(theirs.readInt32LE(20), 20);
    expect(ours.subarray(0, HEADER_BYTES)).toEqual(theirs.subarray(0, HEADER_BYTES));
    const frame = COORDINATE_BYTES + 56;
    expect(ours.subarray(-3 * frame - 12, -3 * frame)).toEqual(
      theirs.subarray(-3 * frame - 12, -3 * frame),
    );
    for (let k = 1; k <= 3; k += 1) {
      const end = (k - 1) * frame;
      const [a, b] = [ours, theirs].map((file) =>
        file.subarray(file.length - end - frame, file.length - end),
      );
      expect(a.subarray(56)).toEqual(b.subarray(56));
      expect([a.readInt32LE(0), a.readInt32LE(52)]).toEqual([48, 48]);
      for (let i = 0; i < 6; i += 1) {
        const apart = Math.abs(a.readDoubleLE(4 + 8 * i) - b.readDoubleLE(4 + 8 * i));
        expect(apart).toBeLessThan(CELL_TOLERANCE);
      }
    }
  });
});
