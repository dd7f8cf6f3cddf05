// What is lost when labelling is killed, and when a teacher misbehaves.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CalculatorPool, Rng, ThreadCalculator } from '../../packages/core/dist/index.js';
import {
  compactShards,
  crystalSet,
  Dataset,
  elementLists,
  labelStructures,
  perturbedSet,
} from '../../packages/data/dist/index.js';
import { faultOf } from './faultyTeacher.mjs';
import { mlffd, mlffdOk } from './program.mjs';

const RECIPE = `
name: killed
teacher: { type: morse, inner: 1.3, outer: 1.9 }
sources:
  - name: salts
    crystals: { prototypes: [rocksalt, cscl, zincblende], elements: [[Li, Na, K, Mg, Ca], [O, S, F, Cl]] }
    rattle: { count: 199 }
`;

async function contentOf(file) {
  const dataset = await Dataset.open(file);
  try {
    return { hash: dataset.hash, ids: dataset.metas.map(({ id }) => id) };
  } finally {
    dataset.close();
  }
}

/** Kills a build again and again at random moments, then lets it end. */
export async function killedBuild({ root, folder, kills }) {
  const recipe = join(folder, 'killed.yaml');
  writeFileSync(recipe, RECIPE);
  const build = (name) => ['data', 'build', recipe, '--out', join(folder, name)];
  const straight = await mlffdOk(root, build('straight'));
  const rng = new Rng(1, 'kills');
  let injected = 0;
  while (injected < kills) {
    const killAfter = 1000 * straight.seconds * (0.1 + 0.5 * rng.uniform());
    const { signal, code } = await mlffd(root, build('killed'), { killAfter });
    if (signal === 'SIGKILL') injected += 1;
    else if (code === 0) rmSync(join(folder, 'killed'), { recursive: true });
    else throw new Error('the build failed');
  }
  await mlffdOk(root, build('killed'));
  const [one, other] = await Promise.all(
    ['straight', 'killed'].map((name) => contentOf(join(folder, name, 'dataset.h5'))),
  );
  const unique = new Set(other.ids);
  return {
    injected,
    lost: one.ids.filter((id) => !unique.has(id)).length,
    duplicated: other.ids.length - unique.size,
    sameHash: one.hash === other.hash,
    structures: one.ids.length,
  };
}

/** Labels with a teacher of two threads that hangs, dies, throws and returns NaN now and then. */
export async function faultyLabels({ folder, structures: wanted, rate }) {
  const parents = crystalSet({
    prototypes: ['rocksalt', 'cscl'],
    elements: elementLists(['Li', 'Na', 'K', 'Mg'], ['O', 'F', 'Cl', 'S']),
  });
  const count = Math.ceil(wanted / parents.length) - 1;
  const structures = [...perturbedSet({ parents, count, stdev: 0.05, seed: 3 })];
  const expected = structures.flatMap(({ atoms }) => faultOf(atoms, rate) ?? []);
  const start = () =>
    ThreadCalculator.start({
      module: new URL('faultyTeacher.mjs', import.meta.url),
      factory: 'faultyMorse',
      args: [{ rate }],
      timeout: 1,
      maxStarts: 5,
    });
  const calculator = new CalculatorPool(await Promise.all([start(), start()]));
  const shards = join(folder, 'faulty');
  const summary = await labelStructures({
    structures,
    calculator,
    folder: shards,
    minSuccess: 0.5,
  });
  await calculator.dispose();
  const { structures: stored } = await compactShards(shards, join(folder, 'faulty.h5'));
  const { ids } = await contentOf(join(folder, 'faulty.h5'));
  const codes = {};
  for (const { code } of summary.failed) codes[code] = (codes[code] ?? 0) + 1;
  const accounted = new Set([...ids, ...summary.failed.map(({ id }) => id)]);
  const journal = readdirSync(shards)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => readFileSync(join(shards, name), 'utf8'))
    .join('');
  return {
    injected: expected.length,
    failed: summary.failed.length,
    codes,
    lost: structures.filter(({ meta }) => !accounted.has(meta.id)).length,
    duplicated:
      ids.length - new Set(ids).size + ids.length + summary.failed.length - accounted.size,
    unexplained: summary.failed.filter(({ id }) => !journal.includes(JSON.stringify(id))).length,
    structures: structures.length,
    stored,
  };
}
