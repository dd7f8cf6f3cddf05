import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { FileFormatError } from '@mlffd/core';
import { loadSplit, saveSplit } from '../src/split/splitFile.ts';
import { splitByGroup } from '../src/split/splitByGroup.ts';
import { makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

describe('a frozen split', () => {
  const dataset = { hash: 'abc', length: 30 };
  const metas = Array.from({ length: 30 }, (_, k) => ({
    id: String(k),
    group: `g${k % 3}`,
    source: 'test',
  }));
  const split = splitByGroup(metas, { seed: 0 });
  const path = join(folder, 'split.json');

  test('comes back with its criteria, for its dataset only', () => {
    saveSplit(path, split, dataset);
    expect(readdirSync(folder)).toEqual(['split.json']);
    expect(loadSplit(path, dataset)).toEqual(split);
    expect(() => loadSplit(path, { ...dataset, hash: 'abd' })).toThrow(
      expect.objectContaining({
        code: 'data/wrong-split',
        expected: 'dataset abd',
        found: 'dataset abc',
      }),
    );
    expect(() => loadSplit(path, { ...dataset, length: 29 })).toThrow(FileFormatError);
    const { train, validation, test: held } = split;
    saveSplit(path, { train, validation, test: held }, dataset);
    expect(loadSplit(path, dataset)).toEqual({ train, validation, test: held });
  });

  test('notices an index that was moved by hand', () => {
    saveSplit(path, split, dataset);
    const file = JSON.parse(readFileSync(path, 'utf8')) as Record<string, number[]>;
    file.train.push(file.test.pop()!);
    writeFileSync(path, JSON.stringify(file));
    expect(() => loadSplit(path, dataset)).toThrow(
      expect.objectContaining({
        code: 'data/bad-split',
        found: 'other indices for train and test',
      }),
    );
  });

  test('is read from version 1, which had no hashes', () => {
    const old = { format: 'mlffd-split', version: 1, dataset: 'abc' };
    writeFileSync(path, JSON.stringify({ ...old, train: [0, 1], validation: [2], test: [3] }));
    expect(loadSplit(path, dataset)).toEqual({
      train: Int32Array.of(0, 1),
      validation: Int32Array.of(2),
      test: Int32Array.of(3),
    });
  });

  test('is refused when it is damaged', () => {
    const whole = JSON.stringify({ format: 'mlffd-split', version: 2, hashes: {} });
    for (const text of ['', '{', whole, '{"format":"mlffd-split","version":3}', 'null', '[]']) {
      writeFileSync(path, text);
      expect(() => loadSplit(path, dataset)).toThrow(FileFormatError);
    }
    saveSplit(path, { ...split, test: split.train }, dataset);
    expect(() => loadSplit(path, dataset)).toThrow(FileFormatError);
    expect(() => loadSplit(join(folder, 'absent.json'), dataset)).toThrow(
      expect.objectContaining({ code: 'fs/not-found' }),
    );
  });
});
