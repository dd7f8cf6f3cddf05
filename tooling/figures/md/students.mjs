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
 * Builds the dataset of a system and trains its students; what is there already is not made again.
 *
 * @returns folders of the students by preset, their results, the folder of the data
 */
export async function studentsOf(system, { root, folder, python, trial }) {
  const { key, preset, presets } = system;
  const where = join(folder, key);
  mkdirSync(where, { recursive: true });
  const data = join(where, 'data');
  const run = join(where, 'run');
  if (!existsSync(join(data, 'dataset.h5'))) {
    console.log(`${key}: labels of ${system.teacherName}`);
    const recipe = configure(key, 'recipe', { where, trial });
    await mlffdOk(root, ['data', 'build', recipe, '--out', data], { python });
  }
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
