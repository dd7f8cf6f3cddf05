import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Calculator, Property, Results } from '@mlffd/core';
import {
  compactShards,
  Dataset,
  exportExtxyz,
  importExtxyz,
  InvalidStructureError,
  labelStructures,
  mergeDatasets,
  sampleTrajectory,
  subsetDataset,
  writeDataset,
} from '../src/index.ts';
import type { LabelledStructure } from '../src/index.ts';
import { permuteAtoms } from '../src/loader/augment.ts';
import { growTree } from '../src/sampling/rattleRelaxTree.ts';
import { structureHash } from '../src/contentHash.ts';
import { PairPotential } from './support/pairPotential.ts';
import { makeLabelled, makeStructures, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

/** Deals an energy out among the atoms, unevenly. */
function shares(energy: number, atoms: number): Float64Array {
  const total = (atoms * (atoms + 1)) / 2;
  return Float64Array.from({ length: atoms }, (_, i) => (energy * (i + 1)) / total);
}

function withEnergies(structure: LabelledStructure): LabelledStructure {
  const { atoms, energy } = structure;
  if (energy === undefined) return structure;
  return { ...structure, energies: shares(energy, atoms.numbers.length) };
}

/** Labels of all kinds; every third structure, and those without energy, lack energies of atoms. */
const structures = makeLabelled(60).map((one, k) => (k % 3 === 2 ? one : withEnergies(one)));
const provenance = { teacher: 'pair-1' };

/** Hash of the first of `makeLabelled` before there were energies of atoms. */
const BEFORE = 'cda59e3b46fab2f6c0fa6a3e20d33cb3e764cbf7a12616fad169c887d37e2454';

/** The pair potential with energies of atoms that are off by `miss` eV in all. */
function teacherWith(miss = 0): Calculator {
  const pair = new PairPotential();
  return {
    name: 'pair-shares',
    properties: ['energy', 'forces', 'stress', 'energies'],
    calculate: (atoms, properties: readonly Property[]): Results => {
      const results = pair.calculate(atoms, properties);
      const energies = shares((results.energy ?? 0) + miss, atoms.numbers.length);
      return properties.includes('energies') ? { ...results, energies } : results;
    },
    dispose: () => undefined,
  };
}

describe('a store', () => {
  test.each(['plain', 'small'] as const)(
    'keeps energies of atoms exactly, and those that are missing stay so (%s)',
    async (form) => {
      const path = join(folder, `${form}.h5`);
      await writeDataset(path, structures, { ...provenance, form });
      const dataset = await Dataset.open(path);
      expect(dataset.properties).toEqual(['energy', 'forces', 'stress', 'energies']);
      for (const [k, { energies }] of structures.entries()) {
        expect(dataset.get(k).energies).toEqual(energies);
      }
      expect(dataset.getMany([4, 2])[1]).not.toHaveProperty('energies');
      dataset.verify();
      dataset.close();
    },
  );

  test('without them is what it always was', async () => {
    const plain = makeLabelled(20);
    const [a, b] = [join(folder, 'a.h5'), join(folder, 'b.h5')];
    const { hash } = await writeDataset(a, plain, provenance);
    const properties = ['energy', 'forces', 'stress'] as const;
    const left = await writeDataset(b, plain.map(withEnergies), { ...provenance, properties });
    expect(left.hash).toBe(hash);
    const other = await writeDataset(b, plain.map(withEnergies), provenance);
    expect(other.hash).not.toBe(hash);
    expect(structureHash(plain[0])).toBe(BEFORE);
  });

  test('is merged and cut down like any other', async () => {
    const [first, second] = [join(folder, 'first.h5'), join(folder, 'second.h5')];
    await writeDataset(first, structures.slice(0, 20), provenance);
    await writeDataset(second, makeLabelled(60).slice(20, 40), provenance);
    const merged = join(folder, 'merged.h5');
    await mergeDatasets([first, second], merged);
    const part = join(folder, 'part.h5');
    await subsetDataset(merged, part, [1, 30]);
    const dataset = await Dataset.open(part);
    expect(dataset.get(0).energies).toEqual(structures[1].energies);
    expect(dataset.get(1)).not.toHaveProperty('energies');
    dataset.close();
  });

  test.each([
    ['too few', (e: Float64Array) => e.slice(1), /values in energies/],
    ['NaN', (e: Float64Array) => e.map((x, i) => (i === 1 ? NaN : x)), /NaN in energies/],
    ['of another zero', (e: Float64Array) => e.map((x) => x - 3), /add up to .* not to the energy/],
  ])('refuses energies of atoms that are %s', async (_, spoil, message) => {
    const [one] = structures;
    const bad = { ...one, energies: spoil(one.energies!) };
    const written = writeDataset(join(folder, 'bad.h5'), [bad], provenance);
    await expect(written).rejects.toThrow(InvalidStructureError);
    await expect(written).rejects.toThrow(message);
  });
});

test('extended XYZ has them as a column, of this or another name', async () => {
  const path = join(folder, 'labels.xyz');
  exportExtxyz(structures, path);
  const back: LabelledStructure[] = [];
  for await (const one of importExtxyz(path)) back.push(one);
  expect(back.map(({ energies }) => energies)).toEqual(structures.map(({ energies }) => energies));

  const other = join(folder, 'other.xyz');
  exportExtxyz(structures.slice(0, 1), other);
  writeFileSync(other, readFileSync(other, 'utf8').replace(':energies:R:1', ':node_energy:R:1'));
  for await (const one of importExtxyz(other, { keys: { energies: 'node_energy' } })) {
    expect(one.energies).toEqual(structures[0].energies);
  }
  const missing = importExtxyz(other, { keys: { energies: 'forces' } });
  await expect(missing.next()).rejects.toThrow(/no energies under forces/);
});

test('turn with their atoms when these are put into another order', () => {
  const [one] = structures;
  const order = Int32Array.from(one.atoms.numbers, (_, i) => i).reverse();
  const { energies } = permuteAtoms(one, order);
  expect(energies).toEqual(one.energies!.slice().reverse());
});

describe('labelling', () => {
  const label = (calculator: Calculator, where: string, minSuccess = 0.95) =>
    labelStructures({
      structures: makeStructures(12).filter(({ atoms }) => atoms.pbc[0]),
      calculator,
      folder: where,
      properties: ['energies', 'energy', 'forces'],
      minSuccess,
    });

  test('asks the teacher for them', async () => {
    const where = join(folder, 'labels');
    await label(teacherWith(), where);
    const out = join(folder, 'labels.h5');
    await compactShards(where, out);
    const dataset = await Dataset.open(out);
    for (const { atoms, energy, energies } of dataset) {
      expect(energies).toEqual(shares(energy!, atoms.numbers.length));
    }
    dataset.close();
  });

  test('tells of energies that are those of another energy', async () => {
    const where = join(folder, 'failed');
    const summary = await label(teacherWith(1), where, 0);
    expect(summary.labelled).toBe(0);
    expect(summary.failed.map(({ code }) => code)).toEqual(Array(4).fill('data/energies-sum'));
    expect(summary.failed[0].message).toMatch(/add up to/);
  });

  test('takes those of a tree, which its teacher was asked for on the way', async () => {
    const [{ atoms, meta }] = makeStructures(1);
    const properties = ['energy', 'forces', 'energies'] as const;
    const options = { root: { id: meta.id, atoms }, children: 3, seed: 1, properties };
    const { structures: members } = await growTree({ ...options, calculator: teacherWith() });
    const summary = await labelStructures({
      structures: members,
      calculator: teacherWith(),
      folder: join(folder, 'tree'),
      properties,
    });
    expect(summary.reused).toBe(members.length);
    for (const { atoms: grown, known } of members) {
      expect(known!.results.energies).toHaveLength(grown.numbers.length);
    }
  });

  test('of frames of dynamics asks once more, as the dynamics has no use for them', async () => {
    const [{ atoms }] = makeStructures(1);
    const { structures: frames } = await sampleTrajectory({
      calculator: teacherWith(),
      id: 'md',
      atoms,
      temperature: 50,
      seed: 1,
      frames: 2,
      stride: 2,
      equilibration: 2,
      properties: ['energy', 'forces', 'energies'],
    });
    const where = join(folder, 'frames');
    const summary = await labelStructures({
      structures: frames,
      calculator: teacherWith(),
      folder: where,
      properties: ['energy', 'forces', 'energies'],
    });
    expect(summary).toMatchObject({ labelled: 2, reused: 0, computed: 2 });
  });
});
