import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createAtoms, InvalidArgumentError } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { langevin, runMd } from '@mlffd/md';
import { rocksalt } from '../src/build/crystals.ts';
import { InvalidStructureError } from '../src/errors.ts';
import { writeDataset } from '../src/store/atomicStore.ts';
import { Dataset } from '../src/store/dataset.ts';
import { SMALL_ROUNDING } from '../src/store/rounding.ts';
import type { LabelledStructure } from '../src/structure.ts';
import { PairPotential } from './support/pairPotential.ts';
import { makeLabelled, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

/** What a file must be smaller by than positions, forces and energies in float64. */
const DEMANDED = 3;

async function frames(name: string, atoms: Atoms, count: number): Promise<LabelledStructure[]> {
  const found: LabelledStructure[] = [];
  const [temperature, stride] = [200, 3];
  await runMd({
    calculator: new PairPotential(),
    atoms,
    temperature,
    seed: 1,
    integrator: langevin({ timestep: 4, temperature, friction: 0.02, seed: 1 }),
    steps: stride * count,
    stride,
    onFrame: ({ atoms: now, energy, forces, step }) => {
      const id = `${name}/step-${String(step).padStart(7, '0')}`;
      const meta = { id, group: name, source: 'md', temperature, details: { step } };
      found.push({ atoms: now, energy, forces: Float64Array.from(forces), meta });
    },
  });
  return found;
}

function cluster(): Atoms {
  const positions = Array.from({ length: 12 }, (_, k) =>
    [k % 3, Math.floor(k / 3) % 2, Math.floor(k / 6)].map((x) => 2.9 * x),
  );
  return createAtoms({ numbers: new Int32Array(12).fill(14), positions: positions.flat() });
}

describe('frames of molecular dynamics', () => {
  test.each<[string, () => Atoms, number]>([
    ['a crystal of 64 atoms', () => rocksalt(['Mg', 'O'], 5.8, { repeat: [2, 2, 2] }), 160],
    ['a cluster of 12 atoms', cluster, 1000],
  ])('%s: the small form is three times smaller, within its bounds', async (name, build, count) => {
    const structures = await frames(name, build(), count);
    const path = join(folder, `${count}.h5`);
    await writeDataset(path, structures, { teacher: 'pair-1', form: 'small' });
    const raw = structures.reduce((sum, { atoms }) => sum + 48 * atoms.numbers.length + 8, 0);
    expect(raw / statSync(path).size).toBeGreaterThan(DEMANDED);

    const dataset = await Dataset.open(path);
    dataset.verify();
    expect(dataset.form).toBe('small');
    expect(dataset.rounding.positions).toBeLessThanOrEqual(SMALL_ROUNDING.positions);
    expect(dataset.rounding.forces).toBeLessThanOrEqual(SMALL_ROUNDING.forces);
    let [worstPosition, worstForce] = [0, 0];
    for (const [k, { atoms, forces, energy, meta }] of structures.entries()) {
      const found = dataset.get(k);
      expect(found.energy).toBe(energy);
      expect(found.meta).toEqual(meta);
      worstPosition = Math.max(worstPosition, difference(found.atoms.positions, atoms.positions));
      worstForce = Math.max(worstForce, difference(found.forces!, forces!));
    }
    expect(worstPosition).toBeLessThanOrEqual(dataset.rounding.positions!);
    expect(worstForce).toBeLessThanOrEqual(dataset.rounding.forces!);
    // The bounds are no larger than they have to be.
    expect(worstPosition).toBeGreaterThan(0.9 * dataset.rounding.positions!);
    expect(worstForce).toBeGreaterThan(0.9 * dataset.rounding.forces!);
    dataset.close();
  });
});

function difference(a: Float64Array, b: Float64Array): number {
  return a.reduce((worst, x, k) => Math.max(worst, Math.abs(x - b[k])), 0);
}

test('form and rounding change the file; the same values have the same hash in both forms', async () => {
  const structures = makeLabelled(60);
  const write = (form: 'plain' | 'small', rounding = {}) =>
    writeDataset(join(folder, `${form}.h5`), structures, { teacher: 't', form, rounding });
  const exact = await write('plain');
  const small = await write('small');
  expect(small.hash).not.toBe(exact.hash);
  expect((await write('plain', SMALL_ROUNDING)).hash).toBe(small.hash);
  const own = { positions: 1e-7, forces: 1e-6 };
  expect((await write('small', own)).hash).toBe((await write('plain', own)).hash);
});

test('what is missing stays missing', async () => {
  const structures = makeLabelled(40);
  const path = join(folder, 'missing.h5');
  await writeDataset(path, structures, { teacher: 't', form: 'small' });
  const dataset = await Dataset.open(path);
  for (const [k, structure] of structures.entries()) {
    const found = dataset.get(k);
    for (const label of ['energy', 'forces', 'stress'] as const) {
      expect(found[label] === undefined).toBe(structure[label] === undefined);
    }
    expect([found.energy, found.stress, found.meta]).toEqual([
      structure.energy,
      structure.stress,
      structure.meta,
    ]);
  }
  dataset.close();
});

test('values that the grid cannot hold are refused', async () => {
  const [valid] = makeLabelled(1);
  const path = join(folder, 'large.h5');
  const far = {
    ...valid,
    atoms: { ...valid.atoms, positions: valid.atoms.positions.map(() => 1e4) },
  };
  const write = (structure: LabelledStructure, form: 'plain' | 'small') =>
    writeDataset(path, [structure], { teacher: 't', form });
  await expect(write(far, 'small')).rejects.toMatchObject({
    name: 'InvalidStructureError',
    code: 'data/out-of-range',
  });
  await write(far, 'plain');
  const strong = { ...valid, forces: valid.forces!.map(() => 1e6) };
  await expect(write(strong, 'small')).rejects.toThrow(InvalidStructureError);
  await write(strong, 'plain');
  const bad = { teacher: 't', form: 'small', rounding: { forces: 0 } } as const;
  await expect(writeDataset(path, [valid], bad)).rejects.toThrow(InvalidArgumentError);
});

test('data that cannot be compressed can be stored', async () => {
  // Blosc gives up where a chunk does not get smaller; random bits up to the limit are the worst.
  const structures = makeLabelled(1200).map(({ atoms, meta }, k) => {
    const noise = (seed: number, size: number) =>
      atoms.positions.map((_, i) => size * (2 * ((Math.sin(seed + 13 * k + i) * 43758.5453) % 1)));
    const positions = noise(1, 4000);
    return {
      atoms: { ...atoms, positions },
      forces: noise(2, 30000),
      energy: noise(3, 1e9)[0],
      meta,
    };
  });
  const path = join(folder, 'noise.h5');
  await writeDataset(path, structures, { teacher: 't', form: 'small' });
  const dataset = await Dataset.open(path);
  dataset.verify();
  expect(dataset.length).toBe(1200);
  dataset.close();
});

test('texts of any length and script come back', async () => {
  const [valid] = makeLabelled(1);
  const structures = ['x'.repeat(40_000), '盐 ⟶ NaCl', 'plain', '🧂'].map((id, k) => ({
    ...valid,
    meta: { id, group: k < 2 ? id : 'same', source: 'é', details: { note: id, k } },
  }));
  const path = join(folder, 'texts.h5');
  await writeDataset(path, structures, { teacher: 'lehrer → ü', generator: '日本', form: 'small' });
  const dataset = await Dataset.open(path);
  expect(dataset.metas).toEqual(structures.map(({ meta }) => meta));
  expect(dataset.provenance).toEqual({ teacher: 'lehrer → ü', generator: '日本' });
  // One long text does not make the others long.
  expect(statSync(path).size).toBeLessThan(60_000);
  dataset.close();
});

test('a store of version 1 is read, with the hash it had', async () => {
  const path = fileURLToPath(new URL('fixtures/store/version1.h5', import.meta.url));
  const dataset = await Dataset.open(path);
  expect([...dataset]).toEqual(makeLabelled(12));
  expect(dataset.metas).toEqual(makeLabelled(12).map(({ meta }) => meta));
  dataset.verify();
  expect(dataset.provenance).toEqual({
    teacher: 'pair-1',
    fingerprint: 'abc',
    generator: 'test',
    seed: 7,
  });
  const again = await writeDataset(join(folder, 'again.h5'), dataset, {
    ...dataset.provenance,
    properties: dataset.properties,
  });
  expect(again.hash).toBe(dataset.hash);
  expect([dataset.form, dataset.rounding]).toEqual(['plain', {}]);
  dataset.close();
});
