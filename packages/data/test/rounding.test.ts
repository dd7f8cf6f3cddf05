import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { InvalidArgumentError } from '@mlffd/core';
import fc from 'fast-check';
import { labelStructures } from '../src/label/labelStructures.ts';
import { writeDataset } from '../src/store/atomicStore.ts';
import { compactShards } from '../src/store/compact.ts';
import { Dataset } from '../src/store/dataset.ts';
import { Hdf5Reader } from '../src/store/hdf5Reader.ts';
import { gridOf, totalError } from '../src/store/rounding.ts';
import { PairPotential } from './support/pairPotential.ts';
import { makeLabelled, makeStructures, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

const rounding = { positions: 1e-6, forces: 1e-5 };

test('the grid is a power of two and keeps the bound', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-12, max: 1, noNaN: true }),
      fc.double({ min: -1e3, max: 1e3, noNaN: true }),
      (error, x) => {
        const grid = gridOf(error);
        expect(Math.log2(grid) % 1).toBeCloseTo(0, 12);
        expect(grid).toBeLessThanOrEqual(2 * error);
        expect(grid).toBeGreaterThan(error);
        expect(Math.abs(Math.round(x / grid) * grid - x)).toBeLessThanOrEqual(error);
      },
    ),
  );
  for (const error of [0, -1, NaN, Infinity])
    expect(() => gridOf(error)).toThrow(InvalidArgumentError);
});

test('errors add up, unless the new grid holds the old values', () => {
  expect(totalError(undefined, undefined)).toBeUndefined();
  expect(totalError(2 ** -17, undefined)).toBe(2 ** -17);
  expect(totalError(undefined, 1e-5)).toBe(2 ** -17);
  expect(totalError(2 ** -17, 1e-6)).toBe(2 ** -17);
  expect(totalError(2 ** -20, 1e-5)).toBe(2 ** -20 + 2 ** -17);
  expect(totalError(3e-7, 1e-6)).toBe(3e-7 + 2 ** -20);
});

test('a rounded file is smaller, within its bound, and says so', async () => {
  const structures = makeLabelled(300);
  const [exact, small] = [join(folder, 'exact.h5'), join(folder, 'small.h5')];
  const { hash } = await writeDataset(exact, structures, { teacher: 't' });
  const summary = await writeDataset(small, structures, { teacher: 't', rounding });
  expect(summary.hash).not.toBe(hash);
  expect(statSync(small).size).toBeLessThan(0.85 * statSync(exact).size);
  const dataset = await Dataset.open(small);
  dataset.verify();
  for (const [k, { atoms, forces, energy, stress }] of structures.entries()) {
    const found = dataset.get(k);
    for (const [i, x] of atoms.positions.entries()) {
      expect(Math.abs(found.atoms.positions[i] - x)).toBeLessThanOrEqual(1e-6);
    }
    for (const [i, f] of (forces ?? []).entries()) {
      expect(Math.abs(found.forces![i] - f)).toBeLessThanOrEqual(1e-5);
    }
    expect([found.energy, found.stress, found.atoms.cell]).toEqual([energy, stress, atoms.cell]);
  }
  dataset.close();
  const reader = await Hdf5Reader.open(small);
  expect(reader.attribute('max_rounding_error', 'positions')).toBe(2 ** -20);
  expect(reader.attribute('max_rounding_error', 'forces')).toBe(2 ** -17);
  reader.close();
  const none = await Hdf5Reader.open(exact);
  expect(none.attribute('max_rounding_error', 'positions')).toBeUndefined();
  none.close();
});

test('shards stay exact; rounding twice changes nothing more', async () => {
  const target = join(folder, 'labels');
  const structures = makeStructures(20);
  await labelStructures({ structures, calculator: new PairPotential(), folder: target });
  const once = await compactShards(target, join(folder, 'once.h5'), { rounding });
  const dataset = await Dataset.open(once.path);
  const twice = await writeDataset(join(folder, 'twice.h5'), dataset, {
    ...dataset.provenance,
    properties: dataset.properties,
    rounding,
  });
  dataset.close();
  expect(twice.hash).toBe(once.hash);
  const exact = await compactShards(target, join(folder, 'plain.h5'));
  expect(exact.hash).not.toBe(once.hash);
  await expect(
    compactShards(target, join(folder, 'bad.h5'), { rounding: { forces: -1 } }),
  ).rejects.toThrow(InvalidArgumentError);
});
