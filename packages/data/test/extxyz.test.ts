import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { FileFormatError, FileSystemError } from '@mlffd/core';
import { Dataset, exportExtxyz, importExtxyz, writeDataset } from '../src/index.ts';
import type { ImportExtxyzOptions, LabelledStructure } from '../src/index.ts';
import { makeLabelled, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

const readAll = async (
  path: string,
  options?: ImportExtxyzOptions,
): Promise<LabelledStructure[]> => {
  const all: LabelledStructure[] = [];
  for await (const structure of importExtxyz(path, options)) all.push(structure);
  return all;
};

describe('extended XYZ', () => {
  test('dataset -> file -> dataset keeps everything, bit for bit', async () => {
    const structures = makeLabelled(15);
    const [first, second] = [join(folder, 'a.h5'), join(folder, 'b.h5')];
    const { hash } = await writeDataset(first, structures, { teacher: 't' });
    const dataset = await Dataset.open(first);
    const path = join(folder, 'sub', 'all.xyz');
    expect(exportExtxyz(dataset, path)).toBe(15);
    dataset.close();
    expect(await readAll(path)).toEqual(structures);
    expect((await writeDataset(second, importExtxyz(path), { teacher: 't' })).hash).toBe(hash);
  });

  const foreign = join(folder, 'foreign.xyz');
  writeFileSync(
    foreign,
    [0, 1]
      .map(
        (k) =>
          `2\nLattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3:dft_forces:R:3 dft_energy=${-1 - k} dft_stress="1 2 3 4 5 6" run=r${k} pbc="T T T"\nNa 0 0 0 0 0 1\nCl 2 2 2 0 0 -1\n`,
      )
      .join(''),
  );

  test('frames of another program are one group unless told otherwise, and unlabelled unless named', async () => {
    const plain = await readAll(foreign);
    expect(plain.map(({ meta }) => meta)).toEqual([
      { id: 'foreign-000000', group: 'foreign', source: 'foreign' },
      { id: 'foreign-000001', group: 'foreign', source: 'foreign' },
    ]);
    expect(plain[0]).not.toHaveProperty('energy');
    const keys = { energy: 'dft_energy', forces: 'dft_forces', stress: 'dft_stress' };
    const named = await readAll(foreign, {
      keys,
      source: 'dft',
      group: (info) => String(info.run),
    });
    expect(named[1]).toMatchObject({ meta: { group: 'r1', source: 'dft' }, energy: -2 });
    expect(named[1].forces).toEqual(Float64Array.of(0, 0, 1, 0, 0, -1));
    expect(named[1].stress).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
    expect(named[1].atoms.info).toEqual({ run: 'r1' });
  });

  test('a key that is not there is an error, not a missing label', async () => {
    for (const [property, key] of [
      ['energy', 'REF_energy'],
      ['forces', 'REF_forces'],
      ['stress', 'dft_energy'],
    ] as const) {
      const error: unknown = await readAll(foreign, { keys: { [property]: key } }).catch(
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(FileFormatError);
      expect(error).toMatchObject({ code: 'data/missing-label', where: `${foreign}, frame 0` });
    }
  });

  test('what cannot be written leaves nothing behind', () => {
    const structures = makeLabelled(3);
    expect(() => exportExtxyz(structures, join(foreign, 'x.xyz'))).toThrow(FileSystemError);
    expect(() => exportExtxyz(structures, folder)).toThrow(FileSystemError);
    expect(existsSync(`${folder}.tmp`)).toBe(false);
    function* broken(): Generator<LabelledStructure> {
      yield structures[0];
      throw new RangeError('no more');
    }
    const path = join(folder, 'broken.xyz');
    expect(() => exportExtxyz(broken(), path)).toThrow('no more');
    expect(existsSync(path) || existsSync(`${path}.tmp`)).toBe(false);
  });

  test('a foreign origin that is no JSON is reported', async () => {
    const path = join(folder, 'meta.xyz');
    writeFileSync(path, '1\nProperties=species:S:1:pos:R:3 structure_meta="{half"\nAr 0 0 0\n');
    await expect(readAll(path)).rejects.toMatchObject({ code: 'data/bad-meta' });
  });
});
