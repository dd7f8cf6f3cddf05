// Three sizes of students from one dataset of organic molecules, tested on molecules never seen.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mlffdOk } from '../program.mjs';
import { digits, duration } from '../table.mjs';
import { logSeconds } from './logSeconds.mjs';
import { modulesOf } from './modules.mjs';
import { uncertaintyFigures, uncertaintyOf, uncertaintyTable } from './uncertainty.mjs';

/**
 * What each size aims at in R2 of the forces, and how it is trained: the smaller, the longer; the
 * largest, which could learn the training molecules by heart, with second derivatives too.
 */
const SIZES = [
  {
    preset: 'original',
    key: 'original',
    goal: 0.995,
    epochs: 45,
    learningRate: 1e-3,
    hessian: 0.3,
  },
  { preset: 'tiny', key: 'tiny', goal: 0.99, epochs: 100, learningRate: 2e-3 },
  { preset: 'ultra-tiny', key: 'ultra_tiny', goal: 0.985, epochs: 150, learningRate: 3e-3 },
];
/** The same for all: forces first, then energies with them. */
const RECIPE = {
  batchSize: 8,
  stages: [
    { until: 0.6, loss: { energy: 30, forces: 100 } },
    { loss: { energy: 200, forces: 100 } },
  ],
  ema: { decay: 0.999 },
  validation: { metric: { energy: 1, forces: 1 } },
};
const FRACTIONS = { train: 0.85, validation: 0.05, test: 0.1 };
/** Products of the Hessian with random directions for each training structure. */
const DIRECTIONS = 1;
/** What the set is made of. */
const RECIPES = ['organic', 'derivatives', 'relatives'];
/**
 * Molecules in every day use and simple ones like them are what the students are for and are tested
 * on. Those of `relatives` are put together by chance, to teach functional groups; what students make
 * of unseen ones is told beside.
 */
const TESTED = ['organic', 'derivatives'];
/** End of the id of the frames of `organic` that are taken, the middle one of three. */
const MIDDLE = '/step-0000050';

/**
 * The set: one frame of each molecule and temperature, and none of the relaxed structures, which
 * have no forces to speak of; whole molecules on one side.
 */
async function openSet({ root, folder, python, modules }) {
  const files = [];
  for (const recipe of RECIPES) {
    const out = join(folder, recipe);
    const file = join(out, 'dataset.h5');
    console.log(`organic molecules: ${recipe}`);
    if (!existsSync(file)) await mlffdOk(root, ['data', 'build', recipe, '--out', out], { python });
    files.push(file);
  }
  const merged = join(folder, 'molecules.h5');
  if (!existsSync(merged)) await mlffdOk(root, ['data', 'merge', ...files, '--out', merged]);
  const dataset = await modules.data.Dataset.open(merged);
  const ids = Array.from({ length: dataset.length }, (_, k) => dataset.meta(k).id);
  const source = ids.map((id) => id.split('/')[0]);
  const kept = ids.map(
    (id, k) => id.includes('/md-') && (source[k] !== 'organic' || id.endsWith(MIDDLE)),
  );
  const whole = modules.data.splitByGroup(dataset, { seed: 0, fractions: FRACTIONS });
  const side = (name) => Array.from(whole[name]).filter((k) => kept[k]);
  const [test, others] = [true, false].map((wanted) =>
    side('test').filter((k) => TESTED.includes(source[k]) === wanted),
  );
  const split = { train: side('train'), validation: side('validation'), test, others };
  const groups = new Set(
    Object.values(split)
      .flat()
      .map((k) => dataset.meta(k).group),
  );
  return { dataset, source, molecules: groups.size, split };
}

/** The set with products of the teacher's Hessian for its training side. */
async function withProducts(set, { folder, python, modules }) {
  const { dataset, split } = set;
  const path = join(folder, 'molecules.hvp.h5');
  const calculator = await modules.teachers.createTeacher({ type: 'gfn2-xtb', python });
  try {
    await modules.data.labelHessianProducts({
      dataset,
      calculator,
      path,
      indices: split.train,
      directions: DIRECTIONS,
    });
  } finally {
    await calculator.dispose();
  }
  return modules.data.HessianProductSet.open(dataset, path);
}

/** The student of one size: trained, from where an earlier run was, or read where it is finished. */
async function studentOf(size, { modules, folder, run, set, python, workers }) {
  const { Trainer } = modules.train;
  const { PRESETS, loadStudent, saveStudent } = modules.student;
  const finished = join(run, 'student');
  if (existsSync(finished)) return loadStudent(finished);
  const { preset, epochs, learningRate, hessian } = size;
  const { dataset, split } = set;
  const onEvent = (event) => {
    if (event.type !== 'epoch' || event.point.epoch % 5 !== 0) return;
    const { epoch, validation } = event.point;
    console.log(
      `${preset}: epoch ${epoch} of ${epochs}, validation R2 ` +
        `${validation.force_r2.toFixed(4)}, ${validation.force_mae_meV_A.toFixed(1)} meV/A, ` +
        `${validation.energy_mae_meV_atom.toFixed(1)} meV/atom`,
    );
  };
  const term = hessian === undefined ? {} : { hessian };
  const trainer = await Trainer.open({
    folder: join(run, 'training'),
    dataset: hessian === undefined ? dataset : await withProducts(set, { folder, python, modules }),
    split,
    config: {
      ...{ model: PRESETS[preset], epochs, workers, optimizer: { learningRate }, ...RECIPE },
      stages: RECIPE.stages.map((stage) => ({ ...stage, loss: { ...stage.loss, ...term } })),
    },
    onEvent,
  });
  const { student } = await trainer.run();
  await saveStudent(finished, student);
  return student;
}

/** Trains one size and tests it; what is finished is read. */
async function resultOf(size, means) {
  const { root, modules, run, set } = means;
  const { evaluateStudent } = modules.train;
  const { PRESETS, StudentCalculator, countParameters } = modules.student;
  const file = join(run, 'result.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  mkdirSync(run, { recursive: true });
  const student = await studentOf(size, means);
  const calculator = await StudentCalculator.fromStudent(student);
  const { dataset, split, source } = set;
  const evaluate = (indices) => evaluateStudent(calculator, dataset, { indices });
  const model = PRESETS[size.preset];
  const result = {
    ...{ preset: size.preset, parameters: countParameters(model), model, epochs: size.epochs },
    seconds: logSeconds(join(run, 'training')),
    commit: commitOf(root),
    metrics: await evaluate(split.test),
    bySource: await eachRecipe((recipe) =>
      evaluate([...split.test, ...split.others].filter((k) => source[k] === recipe)),
    ),
    training: await evaluate(split.train.filter((_, k) => k % 10 === 0)),
  };
  await calculator.dispose();
  writeFileSync(file, JSON.stringify(result, null, 2));
  return result;
}

async function eachRecipe(metricsOf) {
  const found = {};
  for (const recipe of RECIPES) found[recipe] = await metricsOf(recipe);
  return found;
}

const commitOf = (root) =>
  execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();

/**
 * Makes the set, trains the sizes and tests them; whatever is finished in `folder` is not done again.
 *
 * @param options.only presets to train; default all
 */
export async function organic({ root, folder, peers, workers = 1, only }) {
  const modules = await modulesOf(root, ['data', 'teachers', 'train', 'student']);
  const set = await openSet({ root, folder, python: peers.reference, modules });
  const results = [];
  for (const size of SIZES) {
    if (only !== undefined && !only.includes(size.preset)) continue;
    const python = peers.reference;
    const run = join(folder, 'sizes', size.preset);
    const result = await resultOf(size, { root, modules, folder, run, set, python, workers });
    console.log(`${size.preset}: uncertainty`);
    results.push({ ...result, uncertainty: await uncertaintyOf(run, { modules, set }) });
  }
  set.dataset.close();
  return {
    figures: Object.assign(
      { organic_frames: Object.values(set.split).flat().length },
      { organic_molecules: set.molecules, organic_test_frames: set.split.test.length },
      { organic_other_frames: set.split.others.length },
      ...results.map(figuresOf),
    ),
    columns: [
      ...['size', 'F x T', 'parameters', 'epochs', 'time', 'force R2', 'goal', 'force MAE, meV/A'],
      ...['accuracy', 'energy MAE, meV/atom', 'goal', 'R2 of training'],
      'R2 of `relatives`',
    ],
    rows: results.map(rowOf),
    uncertainty: uncertaintyTable(results),
  };
}

const sizeOf = ({ preset }) => SIZES.find((size) => size.preset === preset);

function figuresOf(result) {
  const { key } = sizeOf(result);
  const { metrics, seconds, parameters } = result;
  return {
    [`r2_${key}`]: metrics.force_r2,
    [`mae_${key}`]: metrics.force_mae_meV_A,
    [`accuracy_${key}`]: metrics.accuracy,
    [`energy_mae_${key}`]: metrics.energy_mae_meV_atom,
    ...Object.fromEntries(
      RECIPES.map((recipe) => [`r2_${key}_${recipe}`, result.bySource[recipe].force_r2]),
    ),
    [`r2_${key}_training`]: result.training.force_r2,
    [`parameters_${key}`]: parameters,
    [`seconds_${key}`]: Math.round(seconds),
    ...uncertaintyFigures(key, result.uncertainty),
  };
}

function rowOf(result) {
  const { preset, model, parameters, epochs, seconds, metrics, training, bySource } = result;
  const { goal } = sizeOf(result);
  return [
    preset,
    `${model.features} x ${model.interactions}`,
    parameters.toLocaleString('en'),
    epochs,
    duration(seconds),
    metrics.force_r2.toFixed(4),
    `>= ${goal}`,
    digits(metrics.force_mae_meV_A),
    digits(metrics.accuracy),
    digits(metrics.energy_mae_meV_atom),
    '< 15',
    training.force_r2.toFixed(4),
    bySource.relatives.force_r2.toFixed(4),
  ];
}
