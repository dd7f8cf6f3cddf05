// Students of the three systems: labels by their teachers, training, all by the command line program.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mlffdOk } from '../program.mjs';

/** Exit codes of a training: done, or done with a goal missed. */
const TRAINED = [0, 3];

const fileOf = (key, kind) => join(import.meta.dirname, `${key}.${kind}.yaml`);

/** Copies a configuration; of a trial, with less of everything. */
function configure(key, kind, { where, trial }) {
  const text = readFileSync(fileOf(key, kind), 'utf8');
  const target = join(where, `${kind}.yaml`);
  const short = text
    .replaceAll(/(frames|equilibration|count): \d+/g, '$1: 3')
    .replaceAll(/epochs: \d+/g, 'epochs: 2');
  writeFileSync(target, trial ? short : text);
  return target;
}

/**
 * Datasets of a system by its recipes, each in a folder of its own; where there are several, in one file as well,
 * without structures that dynamics does not reach (`maxForce`, eV/Angstrom).
 */
async function dataOf(system, { root, where, python, trial }) {
  const { key, teacherName, recipes = ['recipe'], maxForce } = system;
  const folders = [];
  for (const kind of recipes) {
    const data = join(where, kind.replace(/(\w+)\.recipe/, 'data-$1').replace('recipe', 'data'));
    folders.push(data);
    if (existsSync(join(data, 'dataset.h5'))) continue;
    console.log(`${key}: labels of ${teacherName} (${kind})`);
    const recipe = configure(key, kind, { where, trial });
    await mlffdOk(root, ['data', 'build', recipe, '--out', data], { python });
  }
  const merged = join(where, 'merged.h5');
  if (folders.length > 1 && !existsSync(merged)) {
    const files = folders.map((data) => join(data, 'dataset.h5'));
    const all = join(where, 'all.h5');
    await mlffdOk(root, ['data', 'merge', ...files, '--out', all]);
    await mlffdOk(root, ['data', 'filter', all, '--max-force', String(maxForce), '--out', merged]);
  }
  return folders;
}

/**
 * Builds the dataset of a system and trains its students; what is there already is not made again.
 *
 * @returns folders of the students by preset, their results, the folder of the data
 */
export async function studentsOf(system, { root, folder, python, trial }) {
  const { key, preset, presets } = system;
  const where = join(folder, key);
  mkdirSync(where, { recursive: true });
  const run = join(where, 'run');
  const [data] = await dataOf(system, { root, where, python, trial });
  const config = configure(key, 'train', { where, trial });
  const sizes = presets === undefined ? [] : ['--presets', presets.join(',')];
  const folderOf = (name) => (presets === undefined ? run : join(run, name));
  console.log(`${key}: training`);
  await mlffdOk(root, ['train', config, '--out', run, ...sizes], { python }, TRAINED);
  const students = {};
  for (const name of presets ?? [preset]) {
    const place = folderOf(name);
    const results = JSON.parse(readFileSync(join(place, 'results.json'), 'utf8'));
    students[name] = { folder: join(place, 'student'), results };
  }
  return { data, students };
}
