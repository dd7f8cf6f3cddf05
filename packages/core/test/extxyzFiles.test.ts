import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createAtoms,
  type Frame,
  readExtxyzFile,
  Rng,
  streamExtxyzFile,
  writeExtxyz,
  writeFileAtomic,
} from '../src/index.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-extxyz-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function collect(path: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of streamExtxyzFile(path)) frames.push(frame);
  return frames;
}

function randomFrames(count: number): Frame[] {
  const rng = new Rng(2, 'frames');
  return Array.from({ length: count }, (_, k) => {
    const n = 1 + rng.integer(400);
    return {
      atoms: createAtoms({
        numbers: new Int32Array(n).fill(6),
        positions: new Float64Array(3 * n).map(() => rng.normal()),
        info: { step: k, unit: 'Å' },
      }),
      results: { energy: rng.normal() },
      arrays: {},
    };
  });
}

describe('files', () => {
  // 150 frames of 200 atoms are 1.7 MB: more than one chunk, cut anywhere.
  const frames = randomFrames(150);

  test('are read at once and as a stream with the same frames', async () => {
    const path = join(folder, 'long.xyz');
    writeFileAtomic(path, writeExtxyz(frames));
    expect(readExtxyzFile(path)).toEqual(frames);
    expect(await collect(path)).toEqual(frames);
  });

  test('may lack the last line break and have blank lines at the end', async () => {
    const path = join(folder, 'end.xyz');
    const text = writeExtxyz(frames.slice(0, 2));
    for (const content of [text.trimEnd(), `${text}\n\n  \n`]) {
      writeFileSync(path, content);
      expect(await collect(path)).toEqual(frames.slice(0, 2));
    }
  });

  test('give all frames before the fault, then say where it is', async () => {
    const path = join(folder, 'cut.xyz');
    writeFileSync(path, '1\n\nH 0 0 0\n1\n\nH 1 1 1\n3\n\nH 0 0 0\n');
    const seen: Frame[] = [];
    const reading = (async () => {
      for await (const frame of streamExtxyzFile(path)) seen.push(frame);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'extxyz/truncated', where: `${path}:10` });
    expect(seen).toHaveLength(2);
    writeFileSync(path, '1\n\nH 0 0 0\nnonsense\n1\n\nH 0 0 0\n');
    await expect(collect(path)).rejects.toMatchObject({
      code: 'extxyz/bad-count',
      where: `${path}:4`,
    });
  });

  test('must exist and not be empty', async () => {
    const missing = join(folder, 'none.xyz');
    expect(() => readExtxyzFile(missing)).toThrow(
      expect.objectContaining({ code: 'fs/not-found' }),
    );
    await expect(collect(missing)).rejects.toMatchObject({ code: 'fs/not-found', where: missing });
    const empty = join(folder, 'empty.xyz');
    writeFileSync(empty, '');
    await expect(collect(empty)).rejects.toMatchObject({ code: 'extxyz/empty' });
  });

  test('can be left half read', async () => {
    const path = join(folder, 'long2.xyz');
    writeFileAtomic(path, writeExtxyz(frames));
    for await (const frame of streamExtxyzFile(path)) {
      expect(frame).toEqual(frames[0]);
      break;
    }
  });
});
