import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { pythonPeer } from '@mlffd/peers';
import { writeDataset } from '../src/store/atomicStore.ts';
import { mergeDatasets } from '../src/store/mergeDatasets.ts';
import { SMALL_ROUNDING } from '../src/store/rounding.ts';
import type { StoreForm } from '../src/store/storeFormat.ts';
import { makeLabelled, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

const script = fileURLToPath(new URL('../../../tooling/python/data/check_h5.py', import.meta.url));
const peer = pythonPeer('reference');
const withPeer = peer.skip === undefined ? test : test.skip;
// More atoms and structures than one chunk has.
const structures = makeLabelled(1030);
const teacher = 'pair-1 ü';

interface Found {
  readonly form: string;
  readonly structures: number;
  readonly teacher: string;
  readonly bounds: Readonly<Record<'positions' | 'forces', number>>;
  readonly worst: Readonly<Record<'positions' | 'forces', number>>;
  readonly hdf5plugin: boolean;
}

/** What h5py found in a file, once all values were as expected. */
function check(path: string): Found {
  const expected = structures.map(({ atoms, meta, energy, forces, stress }) => {
    const { id, group, source, ...rest } = meta;
    return {
      id,
      group,
      source,
      meta: rest,
      info: atoms.info ?? {},
      numbers: [...atoms.numbers],
      positions: [...atoms.positions],
      cell: [...atoms.cell],
      pbc: atoms.pbc.map(Number),
      ...(energy === undefined ? {} : { energy }),
      ...(forces === undefined ? {} : { forces: [...forces] }),
      ...(stress === undefined ? {} : { stress: [...stress] }),
    };
  });
  writeFileSync(`${path}.json`, JSON.stringify(expected));
  const output = execFileSync(peer.python!, [script, path, `${path}.json`], { encoding: 'utf8' });
  return JSON.parse(output) as Found;
}

withPeer(
  'h5py alone reads the plain form, bit for bit, also of a store made of others',
  async () => {
    const [a, b, path] = ['a.h5', 'b.h5', 'plain.h5'].map((name) => join(folder, name));
    await writeDataset(a, structures.slice(0, 400), { teacher });
    await writeDataset(b, structures.slice(400), { teacher });
    await mergeDatasets([a, b], path);
    expect(check(path)).toMatchObject({
      form: 'plain',
      structures: structures.length,
      teacher,
      worst: { positions: 0, forces: 0 },
      hdf5plugin: false,
    });
  },
);

withPeer.each<[StoreForm, boolean]>([
  ['plain', false],
  ['small', true],
])('h5py reads the rounded %s form within its bounds; hdf5plugin: %s', async (form, plugin) => {
  const path = join(folder, `rounded-${form}.h5`);
  await writeDataset(path, structures, { teacher, form, rounding: SMALL_ROUNDING });
  const { worst, bounds, hdf5plugin } = check(path);
  expect(hdf5plugin).toBe(plugin);
  expect(bounds.positions).toBeLessThanOrEqual(SMALL_ROUNDING.positions);
  expect(bounds.forces).toBeLessThanOrEqual(SMALL_ROUNDING.forces);
  expect(worst.positions).toBeGreaterThan(0);
  expect(worst.forces).toBeGreaterThan(0);
});
