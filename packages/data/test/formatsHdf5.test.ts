import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { FileFormatError, FileSystemError } from '@mlffd/core';
import fc from 'fast-check';
import * as h5wasm from 'h5wasm/node';
import { readAniHdf5 } from '../src/formats/aniHdf5.ts';
import { hdf5Layout, readHdf5Dataset } from '../src/formats/hdf5Dataset.ts';
import { formalCharge, readSpiceHdf5 } from '../src/formats/spiceHdf5.ts';
import { writeDataset } from '../src/store/atomicStore.ts';
import type { LabelledStructure } from '../src/structure.ts';
import { makeLabelled, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/store/${name}`, import.meta.url));

interface Expected {
  readonly id: string;
  readonly group: string;
  readonly numbers: number[];
  readonly positions: number[];
  readonly charge?: number;
  readonly energy?: number;
  readonly forces?: number[];
}
const EXPECTED = JSON.parse(readFileSync(fixture('layouts.json'), 'utf8')) as Record<
  string,
  Expected[]
>;
/** The same products of the same constants, in another order. */
const RELATIVE = 1e-14;

async function all(stream: AsyncIterable<LabelledStructure>): Promise<LabelledStructure[]> {
  const found: LabelledStructure[] = [];
  for await (const structure of stream) found.push(structure);
  return found;
}

function expectClose(found: ArrayLike<number> | undefined, expected: number[] | undefined): void {
  expect(found?.length).toBe(expected?.length);
  for (const [k, x] of (expected ?? []).entries()) {
    expect(Math.abs(found![k] - x)).toBeLessThanOrEqual(RELATIVE * Math.abs(x));
  }
}

describe('files of others', () => {
  test.each([
    ['ani1x.h5', 'ani'],
    ['ani1.h5', 'ani'],
    ['spice.h5', 'spice'],
  ])('%s is known as %s and read in our units', async (name, layout) => {
    expect(await hdf5Layout(fixture(name))).toBe(layout);
    const found = await all(readHdf5Dataset(fixture(name)));
    const expected = EXPECTED[name];
    expect(found.map(({ meta }) => meta.id)).toEqual(expected.map(({ id }) => id));
    for (const [k, { atoms, meta, energy, forces }] of found.entries()) {
      expect([...atoms.numbers]).toEqual(expected[k].numbers);
      expect(meta.group).toBe(expected[k].group);
      expect(atoms.charge).toBe(expected[k].charge);
      expectClose(atoms.positions, expected[k].positions);
      expectClose(energy === undefined ? [] : [energy], [expected[k].energy ?? []].flat());
      expectClose(forces, expected[k].forces);
    }
    // What was read can be stored: names, labels and all.
    await writeDataset(join(folder, name), found, { teacher: layout });
  });

  test('labels that are NaN are missing, not made up', async () => {
    const found = await all(readAniHdf5(fixture('ani1x.h5')));
    expect(found[1]).not.toHaveProperty('energy');
    expect(found[1]).toHaveProperty('forces');
    expect(found[2]).not.toHaveProperty('forces');
    expect(found[2]).toHaveProperty('energy');
  });

  test('of ANI may have several levels', async () => {
    const found = await all(readAniHdf5(fixture('ani1x.h5'), { level: 'ccsd(t)_cbs' }));
    expect(found[0].energy! - EXPECTED['ani1x.h5'][0].energy!).toBeCloseTo(27.211386, 6);
    expect(found[0]).not.toHaveProperty('forces');
    await expect(all(readAniHdf5(fixture('ani1x.h5'), { level: 'mp2' }))).rejects.toMatchObject({
      code: 'ani/no-level',
      found: expect.stringContaining('wb97x_dz.energy'),
    });
  });

  test('of SPICE may be read in part', async () => {
    const found = await all(readSpiceHdf5(fixture('spice.h5'), { subsets: ['SPICE water'] }));
    expect(found.map(({ meta }) => meta.source)).toEqual(['SPICE water', 'SPICE water']);
  });

  test('of our own are read as well', async () => {
    const path = join(folder, 'ours.h5');
    const structures = makeLabelled(5);
    await writeDataset(path, structures, { teacher: 't' });
    expect(await all(readHdf5Dataset(path))).toEqual(structures);
  });

  test('of no known layout are refused', async () => {
    await expect(hdf5Layout(fixture('other.h5'))).rejects.toMatchObject({
      code: 'hdf5/unknown-layout',
      found: "'molecule'",
    });
    await expect(all(readAniHdf5(fixture('spice.h5')))).rejects.toThrow(FileFormatError);
    await expect(all(readSpiceHdf5(fixture('ani1x.h5')))).rejects.toThrow(FileFormatError);
    await expect(all(readHdf5Dataset(join(folder, 'none.h5')))).rejects.toThrow(FileSystemError);
  });
});

describe('a file that contradicts itself', () => {
  let count = 0;
  async function edited(name: string, change: (file: h5wasm.File) => void): Promise<unknown> {
    await h5wasm.ready;
    const path = join(folder, `edited-${count++}.h5`);
    copyFileSync(fixture(name), path);
    const file = new h5wasm.File(path, 'a');
    change(file);
    file.close();
    return all(readHdf5Dataset(path)).catch((error: unknown) => error);
  }
  const add = (file: h5wasm.File, name: string, data: Float64Array, shape: number[]): void => {
    file.create_group('A').create_dataset({ name, data, shape });
  };

  test('by shapes, elements or units', async () => {
    const shape = await edited('ani1x.h5', (file) => {
      add(file, 'coordinates', new Float64Array(6), [1, 2, 3]);
      const group = file.get('A') as h5wasm.Group;
      group.create_dataset({ name: 'atomic_numbers', data: Int32Array.of(1), shape: [1] });
      group.create_dataset({ name: 'wb97x_dz.energy', data: Float64Array.of(1), shape: [1] });
    });
    expect(shape).toMatchObject({ code: 'ani/bad-shape', found: '1 x 2 x 3' });
    const element = await edited('ani1.h5', (file) => {
      add(file, 'coordinates', new Float64Array(3), [1, 1, 3]);
      const group = file.get('A') as h5wasm.Group;
      group.create_dataset({ name: 'species', data: ['Xx'], shape: [1], dtype: 'S2' });
      group.create_dataset({ name: 'energies', data: Float64Array.of(1), shape: [1] });
    });
    expect(element).toMatchObject({ code: 'ani/bad-element', found: 'Xx' });
    const units = await edited('spice.h5', (file) => {
      const dataset = file.get('water/dft_total_energy') as h5wasm.Dataset;
      dataset.delete_attribute('units');
      dataset.create_attribute('units', 'eV');
    });
    expect(units).toMatchObject({ code: 'spice/other-units', found: 'eV' });
    const position = await edited('ani1x.h5', (file) => {
      const dataset = file.get('CH4/coordinates') as h5wasm.Dataset;
      dataset.write_slice(
        [
          [0, 1],
          [0, 1],
          [0, 1],
        ],
        Float32Array.of(NaN),
      );
    });
    expect(position).toMatchObject({
      name: 'FileFormatError',
      where: expect.stringContaining('CH4'),
    });
  });

  test('by being cut off is an error', async () => {
    const bytes = readFileSync(fixture('ani1x.h5'));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
        const path = join(folder, `cut-${count++}.h5`);
        writeFileSync(path, bytes.subarray(0, length));
        await expect(all(readHdf5Dataset(path))).rejects.toThrow(FileFormatError);
      }),
      { seed: 1, numRuns: 30 },
    );
  });
});

test.each([
  ['[NH4+]', 1],
  ['[O-]C(=O)[O-]', -2],
  ['[Ca+2].[Cl-]', 1],
  ['[Fe+++]', 3],
  ['[N+:1]([H:2])([H:3])([H:4])[H:5]', 1],
  ['[C@@H](N)C', 0],
  ['CCO', 0],
  ['[13C-2]', -2],
])('the formal charge of %s is %d', (smiles, charge) => {
  expect(formalCharge(smiles)).toBe(charge);
});
