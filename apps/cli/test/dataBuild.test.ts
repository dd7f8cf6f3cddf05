import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Dataset } from '@mlffd/data';
import { parseYaml } from '../src/config/load.ts';
import { bundledRecipe, bundledRecipes } from '../src/recipe/bundledRecipes.ts';
import { recipeSchema } from '../src/recipe/recipeSchema.ts';
import { mlffd, type Ended } from './support/mlffd.ts';

/** Every kind of origin and of sampling, with a teacher that is quick. */
const RECIPE = `
name: varied
seed: 3
teacher: { type: lj, epsilon: 0.02, sigma: 2, cutoff: 5 }
properties: [energy, energies, forces]
sources:
  - name: organic
    molecules: { smiles: [O, CC, 'C[NH3+]'], conformers: 1 }
    rattle: { count: 4, displacement: [0.01, 0.05] }
  - name: salts
    crystals:
      prototypes: [rocksalt]
      elements: [[Na, K], [Cl]]
      variants: [{ vacancies: 1 }, { supercell: [2, 1, 1] }]
      maxAtoms: 8
    rattle: { count: 3 }
    dynamics:
      { temperatures: [100], frames: 2, stride: 2, equilibration: 4, timestep: 0.5 }
  - name: liquid
    boxes: { molecules: { O: 4 }, density: 0.5 }
  - name: files
    files: [argon.xyz]
    rattle: { count: 1, displacement: 0.05 }
labelling: { workers: 2 }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-data-'));
  writeFileSync(join(folder, 'recipe.yaml'), RECIPE);
  writeFileSync(join(folder, 'argon.xyz'), '2\n\nAr 0 0 0\nAr 0 0 3.7\n');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const build = (name: string, signal?: AbortSignal): Promise<Ended> =>
  mlffd(['data', 'build', join(folder, 'recipe.yaml'), '--out', join(folder, name)], signal);

async function hashOf(name: string): Promise<string> {
  const dataset = await Dataset.open(join(folder, name, 'dataset.h5'));
  try {
    return dataset.hash;
  } finally {
    dataset.close();
  }
}

describe('mlffd data build', () => {
  let first: Ended;
  beforeAll(async () => {
    first = await build('run');
  });

  test('makes what the recipe says, each with its labels', async () => {
    expect(`${String(first.code)} ${first.stderr}`).toBe('0 ');
    const dataset = await Dataset.open(join(folder, 'run', 'dataset.h5'));
    try {
      const counts = new Map<string, number>();
      for (const { atoms, meta, energy, energies, forces } of dataset) {
        const source = meta.id.split('/')[0];
        counts.set(source, (counts.get(source) ?? 0) + 1);
        expect(Number.isFinite(energy)).toBe(true);
        expect(forces).toHaveLength(3 * atoms.numbers.length);
        expect(energies).toHaveLength(atoms.numbers.length);
      }
      // Parents and copies, and of four crystals two frames each: the supercell is too large.
      expect(Object.fromEntries(counts)).toEqual({
        organic: 3 * 5,
        salts: 4 * (4 + 2),
        liquid: 1,
        files: 2,
      });
      expect(dataset.get(10).atoms.charge).toBe(1);
    } finally {
      dataset.close();
    }
  });

  test('whatever comes of one molecule or crystal is one group', async () => {
    const dataset = await Dataset.open(join(folder, 'run', 'dataset.h5'));
    const groups = new Set(dataset.metas.map(({ group }) => group));
    dataset.close();
    // Two crystals with their defects, three molecules, one box, one file.
    expect(groups.size).toBe(2 + 3 + 1 + 1);
  });

  test('a second run does nothing again', async () => {
    const again = await build('run');
    expect(again.code).toBe(0);
    expect(again.stdout.match(/already done/g)).toHaveLength(2);
  });

  test('a run that was stopped goes on and gives the same dataset', async () => {
    for (const pause of [30, 120]) {
      const controller = new AbortController();
      setTimeout(() => {
        controller.abort();
      }, pause);
      const stopped = await build('broken', controller.signal);
      expect([0, 130]).toContain(stopped.code);
    }
    expect((await build('broken')).code).toBe(0);
    expect(await hashOf('broken')).toBe(await hashOf('run'));
  });

  test('info tells what it is of', async () => {
    const { code, stdout } = await mlffd(['data', 'info', join(folder, 'run', 'dataset.h5')]);
    expect(code).toBe(0);
    expect(stdout).toContain('structures  42');
    expect(stdout).toContain('lennard-jones');
    const json = await mlffd(['data', 'info', '--json', join(folder, 'run', 'dataset.h5')]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      structures: 42,
      elements: ['H', 'C', 'N', 'O', 'Na', 'Cl', 'Ar', 'K'],
      properties: ['energy', 'forces', 'energies'],
    });
  });

  test('what cannot be made is left out with its reason', async () => {
    const text = RECIPE.replace("'C[NH3+]'", "'[H][H]', 'C1CC'").replace('argon.xyz', 'argon.xyz');
    writeFileSync(join(folder, 'odd.yaml'), text);
    const out = join(folder, 'odd');
    const { code, stdout } = await mlffd(['data', 'build', join(folder, 'odd.yaml'), '--out', out]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/organic\/C1CC is left out/);
    const stage = readdirSync(join(out, 'stages')).find((name) => name.includes('parents'));
    const record = readFileSync(join(out, 'stages', stage!, 'stage.json'), 'utf8');
    expect(JSON.parse(record)).toMatchObject({
      output: { skipped: [{ id: 'organic/C1CC', code: 'data/not-smiles' }] },
    });
  });

  test('an element that the teacher does not know is refused before anything is labelled', async () => {
    const text = RECIPE.replace(/teacher: .*/, 'teacher: { type: chgnet }').replace('Na, K', 'Po');
    writeFileSync(join(folder, 'polonium.yaml'), text);
    const out = join(folder, 'polonium');
    const { code, stderr } = await mlffd([
      'data',
      'build',
      join(folder, 'polonium.yaml'),
      '--out',
      out,
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('Po');
    expect(existsSync(join(out, 'dataset.h5'))).toBe(false);
  });
});

describe('a recipe', () => {
  const faults = (text: string): string => {
    try {
      parseYaml(text, 'recipe.yaml', recipeSchema);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('the recipe was accepted');
  };

  test.each([
    ['    rattle: { count: 4', '    rattel: { count: 4', "did you mean 'rattle'?"],
    ['smiles: [O,', 'count: 3, smiles: [O,', 'exactly one of count, smiles and file'],
    ['  - name: liquid', '  - name: salts', "'salts' is the name of two sources"],
    ['    files: [argon.xyz]', '', 'exactly one of molecules, crystals, boxes, dimers, files'],
    ['prototypes: [rocksalt]', 'prototypes: [rock]', 'sources.1.crystals.prototypes.0'],
  ])('%s -> %s is refused with its place', (from, to, message) => {
    expect(faults(RECIPE.replace(from, to))).toContain(message);
  });

  test.each(bundledRecipes())('the bundled recipe %s is valid', (name) => {
    const file = bundledRecipe(name) ?? '';
    expect(parseYaml(readFileSync(file, 'utf8'), name, recipeSchema).name).toBe(name);
  });

  test('any other name is the path of a file', () => {
    expect(bundledRecipe('../recipes/crystals')).toBeUndefined();
    expect(bundledRecipe('crystals.yaml')).toBeUndefined();
  });
});
