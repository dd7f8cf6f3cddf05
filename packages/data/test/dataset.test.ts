import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { FileFormatError, FileSystemError, InvalidArgumentError, Rng } from '@mlffd/core';
import * as h5wasm from 'h5wasm/node';
import { testOnSmallDisk } from '@mlffd/test-support/smallDisk';
import { InvalidStructureError } from '../src/errors.ts';
import { writeDataset } from '../src/store/atomicStore.ts';
import { Dataset } from '../src/store/dataset.ts';
import { makeLabelled, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
const path = join(folder, 'set.h5');
const structures = makeLabelled(40);
const provenance = { teacher: 'pair-1', fingerprint: 'abc', generator: 'test', seed: 7 };

beforeAll(() => writeDataset(path, structures, provenance));
afterAll(remove);

describe('a dataset on disk', () => {
  test('gives back what was written, bit for bit, and never invents a label', async () => {
    const dataset = await Dataset.open(path);
    expect(dataset.length).toBe(40);
    expect([...dataset]).toEqual(structures);
    expect(dataset.get(6)).not.toHaveProperty('energy');
    expect(dataset.get(5)).not.toHaveProperty('forces');
    expect(dataset.get(1)).not.toHaveProperty('stress');
    expect(dataset.energy(6)).toBeUndefined();
    expect(dataset.energy(0)).toBe(structures[0].energy);
    expect(dataset.provenance).toEqual(provenance);
    expect(dataset.properties).toEqual(['energy', 'forces', 'stress']);
    dataset.close();
    dataset.close();
    expect(() => dataset.get(0)).toThrow(InvalidArgumentError);
  });

  test('is read in any order with a cache of any size', async () => {
    const dataset = await Dataset.open(path, { cacheBytes: 1 });
    const order = new Rng(3).shuffle([...structures.keys()]);
    for (const k of order) expect(dataset.get(k)).toEqual(structures[k]);
    expect(() => dataset.get(40)).toThrow(InvalidArgumentError);
    expect(() => dataset.get(0.5)).toThrow(InvalidArgumentError);
    dataset.close();
  });

  test('spans many chunks', async () => {
    const many = makeLabelled(900, 5);
    const big = join(folder, 'big.h5');
    const summary = await writeDataset(big, many, provenance);
    const dataset = await Dataset.open(big, { cacheBytes: 100_000 });
    expect(dataset.totalAtoms).toBe(summary.atoms);
    expect(dataset.totalAtoms).toBeGreaterThan(2 * 2048);
    for (const k of [0, 371, 372, 373, 500, 899]) expect(dataset.get(k)).toEqual(many[k]);
    dataset.verify();
    dataset.close();
  });

  test('gives many structures at once in the order asked for, with any cache', async () => {
    for (const cacheBytes of [1, 2 ** 20]) {
      const dataset = await Dataset.open(path, { cacheBytes });
      const order = [...new Rng(4).shuffle([...structures.keys()]), 3, 3];
      expect(dataset.getMany(order)).toEqual(order.map((k) => structures[k]));
      expect(dataset.getMany([])).toEqual([]);
      expect(() => dataset.getMany([0, 40])).toThrow(InvalidArgumentError);
      dataset.close();
    }
  });

  test('knows the origin of one structure or of all', async () => {
    const dataset = await Dataset.open(path);
    expect(dataset.meta(7)).toEqual(structures[7].meta);
    expect(dataset.metas).toEqual(structures.map(({ meta }) => meta));
    expect(dataset.metas).toBe(dataset.metas);
    expect(dataset.meta(7)).toBe(dataset.metas[7]);
    expect(dataset.numbers(3)).toEqual(structures[3].atoms.numbers);
    expect(dataset.origins).toEqual([]);
    dataset.close();
  });

  test('hands out arrays that the caller may change', async () => {
    const dataset = await Dataset.open(path);
    dataset.get(0).atoms.positions.fill(0);
    dataset.get(0).forces?.fill(0);
    dataset.get(0).stress?.fill(0);
    expect(dataset.get(0)).toEqual(structures[0]);
    dataset.close();
  });

  test('has a hash of its content alone', async () => {
    const again = await writeDataset(join(folder, 'again.h5'), structures, provenance);
    const dataset = await Dataset.open(path);
    dataset.verify();
    expect(again.hash).toBe(dataset.hash);
    dataset.close();
    const [first, ...rest] = structures;
    const moved = first.atoms.positions.slice();
    moved[0] += 1e-12;
    const changed = [{ ...first, atoms: { ...first.atoms, positions: moved } }, ...rest];
    const other = await writeDataset(join(folder, 'other.h5'), changed, provenance);
    expect(other.hash).not.toBe(again.hash);
    const relabelled = await writeDataset(join(folder, 'other.h5'), structures, {
      ...provenance,
      fingerprint: 'abd',
    });
    expect(relabelled.hash).not.toBe(again.hash);
  });

  test('may be empty', async () => {
    const none = join(folder, 'none.h5');
    await writeDataset(none, [], { ...provenance, properties: ['energy', 'forces', 'stress'] });
    const dataset = await Dataset.open(none);
    expect(dataset.length).toBe(0);
    expect(dataset.totalAtoms).toBe(0);
    dataset.verify();
    dataset.close();
  });
});

describe('what cannot be stored is refused', () => {
  const [valid] = makeLabelled(1);
  const bad: [string, object][] = [
    ['duplicate id', {}],
    ['empty id', { meta: { ...valid.meta, id: '' } }],
    ['trailing blank', { meta: { ...valid.meta, id: 'b', group: 'a ' } }],
    ['NUL', { meta: { ...valid.meta, id: 'a\0b' } }],
    ['NaN energy', { meta: { ...valid.meta, id: 'b' }, energy: NaN }],
    [
      'force beyond float32',
      { meta: { ...valid.meta, id: 'b' }, forces: valid.forces!.map(() => 1e39) },
    ],
    ['short forces', { meta: { ...valid.meta, id: 'b' }, forces: new Float64Array(2) }],
    ['long stress', { meta: { ...valid.meta, id: 'b' }, stress: new Float64Array(9) }],
  ];
  test.each(bad)('%s', async (_name, change) => {
    const target = join(folder, 'refused.h5');
    const set = [valid, { ...valid, ...change }];
    await expect(writeDataset(target, set, provenance)).rejects.toThrow(InvalidStructureError);
    expect(readdirSync(folder).filter((name) => name.startsWith('refused'))).toEqual([]);
  });

  test('a path below a file', async () => {
    const target = join(path, 'x.h5');
    await expect(writeDataset(target, structures, provenance)).rejects.toMatchObject({
      name: 'FileSystemError',
      where: expect.stringContaining(path),
    });
  });

  test('a folder in place of the file', async () => {
    await expect(writeDataset(folder, structures, provenance)).rejects.toThrow(FileSystemError);
    expect(existsSync(`${folder}.tmp`)).toBe(false);
  });
});

describe('a damaged file is a FileFormatError, and the next file opens', () => {
  let damaged = '';
  let count = 0;
  // The library may hold a file open that it could not read, and knows it by its inode.
  beforeEach(() => {
    damaged = join(folder, `damaged-${count++}.h5`);
  });
  const openDamaged = async (): Promise<unknown> => {
    const error: unknown = await Dataset.open(damaged).then(
      (dataset) => {
        dataset.close();
        return undefined;
      },
      (caught: unknown) => caught,
    );
    (await Dataset.open(path)).close();
    return error;
  };

  test('cut off anywhere', async () => {
    const bytes = readFileSync(path);
    const cuts = [0, 1, 7, 8, 11, 30, 47, 95, 96, 500, 2000, bytes.length >> 1, bytes.length - 1];
    for (const cut of cuts) {
      writeFileSync(damaged, bytes.subarray(0, cut));
      const error = await openDamaged();
      expect(error).toBeInstanceOf(FileFormatError);
      expect((error as FileFormatError).where).toBe(damaged);
    }
  });

  test('text', async () => {
    writeFileSync(damaged, 'not a dataset, but long enough to be mistaken for one'.repeat(10));
    expect(await openDamaged()).toMatchObject({ code: 'data/bad-hdf5' });
  });

  test('a superblock of the future', async () => {
    const bytes = readFileSync(path);
    bytes[8] = 9;
    writeFileSync(damaged, bytes);
    expect(await openDamaged()).toMatchObject({ code: 'data/bad-hdf5' });
  });

  test('no such file', async () => {
    await expect(Dataset.open(join(folder, 'absent.h5'))).rejects.toMatchObject({
      name: 'FileSystemError',
      code: 'fs/not-found',
    });
  });

  test('of another format or version, or without a dataset', async () => {
    await h5wasm.ready;
    const edit = async (change: (file: h5wasm.File) => void) => {
      damaged = join(folder, `damaged-${count++}.h5`);
      copyFileSync(path, damaged);
      const file = new h5wasm.File(damaged, 'a');
      change(file);
      file.close();
      return openDamaged();
    };
    expect(await edit((file) => file.delete_attribute('format'))).toMatchObject({
      code: 'data/not-a-dataset',
    });
    const version = await edit((file) => {
      file.delete_attribute('format_version');
      file.create_attribute('format_version', 3, null, '<i');
    });
    expect(version).toMatchObject({ code: 'data/wrong-version', found: '3' });
    const without = await edit((file) => {
      (file.get('energy') as h5wasm.Dataset).resize([3]);
    });
    expect(without).toMatchObject({ code: 'data/bad-dataset', where: `${damaged}, energy` });
    damaged = join(folder, `damaged-${count++}.h5`);
    const bare = new h5wasm.File(damaged, 'w');
    bare.create_attribute('format', 'mlffd-dataset');
    bare.create_attribute('format_version', 2, null, '<i');
    bare.close();
    expect(await openDamaged()).toMatchObject({ code: 'data/bad-dataset' });
  });
});

testOnSmallDisk(
  'a full disk is reported as such and leaves nothing behind',
  '64k',
  async (disk) => {
    const target = join(disk.folder, 'set.h5');
    await expect(writeDataset(target, makeLabelled(900), provenance)).rejects.toMatchObject({
      name: 'FileSystemError',
      code: 'fs/disk-full',
    });
    expect(readdirSync(disk.folder)).toEqual([]);
    await writeDataset(target, makeLabelled(3), provenance);
    (await Dataset.open(target)).close();
  },
);
