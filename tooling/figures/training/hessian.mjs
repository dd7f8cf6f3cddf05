// Two sizes of students with and without the Hessian term: forces, vibrations, drift.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digits } from '../table.mjs';
import { logSeconds } from './logSeconds.mjs';
import { modulesOf } from './modules.mjs';
import { moleculeFrames } from './moleculeFrames.mjs';

const FRAMES = 1000;
/** Training structures of each molecule: few, as second derivatives stand in for further frames. */
const EACH = 100;
const DIRECTIONS = 2;
const EPOCHS = 200;
const PRESETS = [
  { preset: 'tiny', key: 'tiny', learningRate: 2e-3 },
  { preset: 'ultra-tiny', key: 'ultra_tiny', learningRate: 3e-3 },
];
const LOSS = { energy: 30, forces: 100 };
/** Of the products of the Hessian, which are some hundred times as large as forces. */
const HESSIAN_WEIGHT = 0.3;
/** ps and K of a run at constant energy for each molecule. */
const DRIFT = { picoseconds: 5, timestep: 0.5, temperature: 300, stride: 10 };
/** Largest force of a relaxed structure, eV/Angstrom. */
const RELAXED = 1e-3;

const PACKAGES = ['data', 'md', 'student', 'teachers', 'train'];

/** Frequencies (1/cm) at the calculator's own minimum next to a structure. */
async function frequencies(modules, calculator, atoms) {
  const relaxed = await modules.md.minimize(calculator, atoms, { fmax: RELAXED });
  const { frequencies: found } = await modules.data.vibrations(calculator, relaxed.atoms);
  return { frequencies: [...found], minimum: relaxed.atoms };
}

const meanError = (a, b) => a.reduce((sum, value, k) => sum + Math.abs(value - b[k]), 0) / a.length;

/** What the teacher says: products of its Hessian, and the vibrations of the three molecules. */
async function teacherSide({ modules, folder, python, dataset, split }) {
  const path = join(folder, 'products.h5');
  const file = join(folder, 'vibrations.json');
  const teacher = await modules.teachers.createTeacher({ type: 'gfn2-xtb', python });
  try {
    await modules.data.labelHessianProducts({
      dataset,
      calculator: teacher,
      path,
      indices: split.train,
      directions: DIRECTIONS,
    });
    if (!existsSync(file)) {
      const found = [];
      for (const k of split.minima) {
        found.push((await frequencies(modules, teacher, dataset.get(k).atoms)).frequencies);
      }
      writeFileSync(file, JSON.stringify(found));
    }
  } finally {
    await teacher.dispose();
  }
  return { path, vibrations: JSON.parse(readFileSync(file, 'utf8')) };
}

/** Drift of the energy, meV/atom/ps; null where the run broke off. */
async function drift(modules, calculator, atoms) {
  const { timestep, picoseconds, temperature, stride } = DRIFT;
  try {
    const nve = await modules.md.runNve({
      calculator,
      atoms,
      temperature,
      timestep,
      steps: Math.round((1000 * picoseconds) / timestep),
      stride,
      equilibration: { steps: 1000 },
    });
    return nve.slope;
  } catch (error) {
    if (error instanceof modules.md.MdError) return null;
    throw error;
  }
}

/** Trains and looks at one student; a finished one is read. */
async function student(task, { modules, folder, set, dataset, split, vibrations, workers }) {
  const { preset, hessian, learningRate } = task;
  const { Trainer, evaluateStudent } = modules.train;
  const run = join(folder, `${preset}-${hessian > 0 ? 'hessian' : 'forces'}`);
  const file = join(run, 'result.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  mkdirSync(run, { recursive: true });
  console.log(`${preset}, weight of the Hessian ${hessian}`);
  const config = {
    model: modules.student.PRESETS[preset],
    epochs: EPOCHS,
    batchSize: 8,
    loss: { ...LOSS, hessian },
    optimizer: { learningRate },
    ema: { decay: 0.995 },
    workers,
  };
  const training = join(run, 'training');
  const trainer = await Trainer.open({
    folder: training,
    dataset: hessian > 0 ? set : dataset,
    split,
    config,
  });
  const trained = await trainer.run();
  const seconds = logSeconds(training);
  const calculator = await modules.student.StudentCalculator.fromStudent(trained.student);
  const metrics = await evaluateStudent(calculator, dataset, { indices: split.test });
  const errors = [];
  const slopes = [];
  for (const [m, k] of split.minima.entries()) {
    const found = await frequencies(modules, calculator, dataset.get(k).atoms);
    errors.push(meanError(found.frequencies, vibrations[m]));
    slopes.push(await drift(modules, calculator, found.minimum));
  }
  await calculator.dispose();
  const result = { preset, hessian, seconds, metrics, errors, slopes };
  writeFileSync(file, JSON.stringify(result, null, 2));
  return result;
}

/**
 * Trains every size on the same structures with and without products of the teacher's Hessian.
 *
 * @returns flat figures and a table; whatever is finished in `folder` is not done again
 */
export async function hessian({ root, folder, peers, workers = 2 }) {
  const modules = await modulesOf(root, PACKAGES);
  const frames = join(folder, `three-molecules-${FRAMES}`);
  const python = peers.reference;
  const { file } = await moleculeFrames({ root, folder: frames, python, frames: FRAMES });
  const dataset = await modules.data.Dataset.open(join(frames, 'data', 'dataset.h5'));
  const where = join(folder, 'hessian');
  mkdirSync(where, { recursive: true });
  const split = partsOf(dataset, JSON.parse(readFileSync(file, 'utf8')).split);
  console.log('products of the Hessian');
  const { path, vibrations } = await teacherSide({
    modules,
    folder: where,
    python,
    dataset,
    split,
  });
  const set = await modules.data.HessianProductSet.open(dataset, path);
  const results = [];
  for (const size of PRESETS) {
    for (const weight of [0, HESSIAN_WEIGHT]) {
      const task = { ...size, hessian: weight };
      results.push(
        await student(task, { modules, folder: where, set, dataset, split, vibrations, workers }),
      );
    }
  }
  dataset.close();
  return { figures: figuresOf(results), ...tableOf(results) };
}

/** The first frames of each molecule's training side, and the structures the trajectories begin at. */
function partsOf(dataset, { train, validation, test }) {
  const taken = new Map();
  const some = train.filter((k) => {
    const { group } = dataset.meta(k);
    const count = taken.get(group) ?? 0;
    taken.set(group, count + 1);
    return count < EACH;
  });
  const minima = Array.from({ length: dataset.length }, (_, k) => k).filter(
    (k) => dataset.meta(k).temperature === undefined,
  );
  return { train: some, validation, test, minima };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Of the size of the drifts; null where a run broke off. */
const largest = (values) =>
  values.includes(null) ? null : Math.max(...values.map((value) => Math.abs(value)));

function figuresOf(results) {
  const figures = {};
  for (const { key, preset } of PRESETS) {
    const [off, on] = results.filter((result) => result.preset === preset);
    const ratio = on.metrics.force_mae_meV_A / off.metrics.force_mae_meV_A;
    figures[`hvp_mae_ratio_${key}`] = ratio;
    figures[`hvp_frequency_ratio_${key}`] = mean(on.errors) / mean(off.errors);
    figures[`hvp_time_ratio_${key}`] = on.seconds / off.seconds;
    figures[`hvp_drift_${key}`] = largest(on.slopes);
    figures[`hvp_drift_${key}_off`] = largest(off.slopes);
  }
  return figures;
}

function tableOf(results) {
  return {
    columns: [
      ...['size', 'Hessian', 'force MAE, meV/A', 'energy MAE, meV/atom'],
      ...['frequencies, MAE, 1/cm', 'largest drift, meV/atom/ps'],
    ],
    rows: results.map(({ preset, hessian: weight, metrics, errors, slopes }) => [
      preset,
      weight > 0 ? 'on' : 'off',
      digits(metrics.force_mae_meV_A),
      digits(metrics.energy_mae_meV_atom),
      digits(mean(errors)),
      largest(slopes) === null ? 'a run broke off' : digits(largest(slopes)),
    ]),
  };
}
