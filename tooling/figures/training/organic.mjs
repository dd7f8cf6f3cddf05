// Three sizes of students from one dataset of organic molecules, tested on molecules never seen.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mlffdOk } from '../program.mjs';
import { digits, duration, table } from '../table.mjs';

/** Preset, key in the figures, what is aimed at, and the length of training. */
const SIZES = [
  { preset: 'original', key: 'original', r2: 0.995, epochs: 100 },
  { preset: 'tiny', key: 'tiny', r2: 0.99, epochs: 200 },
  { preset: 'ultra-tiny', key: 'ultra_tiny', r2: 0.985, epochs: 400 },
];
/** meV/atom, for every size. */
const ENERGY_GOAL = 15;
const FRACTIONS = { train: 0.85, validation: 0.05, test: 0.1 };

/** Trains one size, or goes on with it; a finished one is read. */
async function train(size, { modules, folder, dataset, split, workers }) {
  const { Trainer, evaluateStudent } = modules.train;
  const { PRESETS, StudentCalculator, countParameters, saveStudent } = modules.student;
  const run = join(folder, size.preset);
  const file = join(run, 'result.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  mkdirSync(run, { recursive: true });
  const training = join(run, 'training');
  const model = PRESETS[size.preset];
  const onEvent = (event) => {
    if (event.type !== 'epoch' || event.point.epoch % 10 !== 0) return;
    const { epoch, validation } = event.point;
    console.log(
      `${size.preset}: epoch ${epoch} of ${size.epochs}, validation R2 ` +
        `${validation.force_r2.toFixed(4)}, ${validation.force_mae_meV_A.toFixed(1)} meV/A, ` +
        `${validation.energy_mae_meV_atom.toFixed(1)} meV/atom`,
    );
  };
  const options = { dataset, split, onEvent };
  const trainer = existsSync(join(training, 'config.json'))
    ? await Trainer.resume(training, { ...options, workers })
    : await Trainer.create({
        ...options,
        folder: training,
        config: { model, epochs: size.epochs, workers, ...RECIPE },
      });
  const { student, reason } = await trainer.run();
  await saveStudent(join(run, 'student'), student);
  const calculator = await StudentCalculator.fromStudent(student);
  const metrics = await evaluateStudent(calculator, dataset, { indices: split.test });
  await calculator.dispose();
  const result = {
    preset: size.preset,
    parameters: countParameters(model),
    features: model.features,
    interactions: model.interactions,
    epochs: size.epochs,
    reason,
    seconds: secondsOf(training),
    commit: commitOf(modules.root),
    metrics,
  };
  writeFileSync(file, JSON.stringify(result, null, 2));
  return result;
}

/** Seconds of work by the log of a run, without the time that it lay interrupted. */
function secondsOf(training) {
  const times = readFileSync(join(training, 'log.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Date.parse(JSON.parse(line).time) / 1000);
  let seconds = 0;
  for (let k = 1; k < times.length; k++) {
    const gap = times[k] - times[k - 1];
    if (gap < LONGEST_GAP) seconds += gap;
  }
  return seconds;
}

const commitOf = (root) =>
  execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();

/** Loads packages as they are built. */
async function modulesOf(root) {
  const load = (name) =>
    import(pathToFileURL(join(root, 'packages', name, 'dist', 'index.js')).href);
  return {
    root,
    data: await load('data'),
    train: await load('train'),
    student: await load('student'),
  };
}

export async function organic({ root, folder, peers: { reference: python }, workers = 2 }) {
  const out = join(folder, 'organic');
  console.log('organic: dataset');
  await mlffdOk(root, ['data', 'build', 'organic', '--out', out], { python });
  const modules = await modulesOf(root);
  const dataset = await modules.data.Dataset.open(join(out, 'dataset.h5'));
  try {
    const split = modules.data.splitByGroup(dataset, { seed: 0, fractions: FRACTIONS });
    const results = [];
    for (const size of SIZES) {
      results.push(
        await train(size, { modules, folder: join(folder, 'sizes'), dataset, split, workers }),
      );
    }
    return { figures: figuresOf(results, dataset), text: textOf(results, { dataset, split }) };
  } finally {
    dataset.close();
  }
}
