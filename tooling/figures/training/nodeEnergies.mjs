// A student of CHGNet with and without the energies that it gives to single atoms.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digits } from '../table.mjs';
import { modulesOf } from './modules.mjs';

/** Salts and oxides of fixed and of different compositions; cells of 5 to 12 atoms. */
const CRYSTALS = [
  {
    prototypes: ['rocksalt'],
    elements: [
      ['Na', 'Cl'],
      ['K', 'Cl'],
      ['Mg', 'O'],
      ['Ca', 'O'],
    ],
  },
  { prototypes: ['fluorite'], elements: [['Ca', 'F']] },
  { prototypes: ['perovskite'], elements: [['Sr', 'Ti', 'O']] },
];
/** Rattled and strained copies of each crystal. */
const COPIES = 60;
/** Displacements, Angstrom, and strains of the cell. */
const RATTLE = { stdev: [0.02, 0.15], strain: 0.04, seed: 11 };
/** Few to train on: the energies of atoms stand in for further structures. */
const PARTS = { train: 0.5, validation: 0.15, test: 0.35 };
const PRESET = 'ultra-tiny';
const EPOCHS = 120;
const SEEDS = [1, 2];
/** The energies of atoms are CHGNet's own choice: in the first stage only. */
const STAGES = [
  { until: 0.6, loss: { energy: 30, forces: 100 } },
  { loss: { energy: 200, forces: 100 } },
];
const NODE_WEIGHT = 30;

const PACKAGES = ['data', 'student', 'teachers', 'train'];

/** Labels of CHGNet, in this process; made once. */
async function labels({ modules, folder }) {
  const path = join(folder, 'crystals.h5');
  if (existsSync(path)) return path;
  const { crystalSet, compactShards, labelStructures, perturbedSet } = modules.data;
  const parents = CRYSTALS.flatMap((options) => crystalSet(options));
  const structures = [...perturbedSet({ parents, count: COPIES, ...RATTLE })];
  console.log(`CHGNet on ${structures.length} crystals`);
  const calculator = await modules.teachers.createTeacher({ type: 'chgnet', threads: 1 });
  try {
    const properties = ['energy', 'energies', 'forces'];
    await labelStructures({ structures, calculator, folder: join(folder, 'labels'), properties });
  } finally {
    await calculator.dispose();
  }
  await compactShards(join(folder, 'labels'), path);
  return path;
}

/** Trains one student and compares it with CHGNet; a finished one is read. */
async function student({ seed, weight }, { modules, folder, dataset, split, workers }) {
  const { Trainer, evaluateStudent } = modules.train;
  const run = join(folder, `${weight > 0 ? 'energies-of-atoms' : 'energies'}-${seed}`);
  const file = join(run, 'result.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  mkdirSync(run, { recursive: true });
  console.log(`${PRESET}, weight of the energies of atoms ${weight}, seed ${seed}`);
  const [first, ...rest] = STAGES;
  const nodes = weight > 0 ? { nodeEnergies: weight } : {};
  const config = {
    model: modules.student.PRESETS[PRESET],
    seed,
    epochs: EPOCHS,
    batchSize: 8,
    workers,
    stages: [{ ...first, loss: { ...first.loss, ...nodes } }, ...rest],
    optimizer: { learningRate: 3e-3 },
    ema: { decay: 0.995 },
    validation: { every: 5, metric: { energy: 1, forces: 1 } },
  };
  const trainer = await Trainer.open({ folder: join(run, 'training'), dataset, split, config });
  const trained = await trainer.run();
  const calculator = await modules.student.StudentCalculator.fromStudent(trained.student);
  const metrics = await evaluateStudent(calculator, dataset, { indices: split.test });
  await calculator.dispose();
  const result = {
    seed,
    weight,
    metrics,
    nodes: trained.metrics.node_energy_mae_meV,
    counts: Object.fromEntries(Object.keys(PARTS).map((name) => [name, split[name].length])),
  };
  writeFileSync(file, JSON.stringify(result, null, 2));
  return result;
}

/**
 * Trains the same students on the same structures with and without the energies of atoms.
 *
 * @returns flat figures and a table; whatever is finished in `folder` is not done again
 */
export async function nodeEnergies({ root, folder, workers = 2 }) {
  const modules = await modulesOf(root, PACKAGES);
  const where = join(folder, 'node-energies');
  mkdirSync(where, { recursive: true });
  const path = await labels({ modules, folder: where });
  const dataset = await modules.data.Dataset.open(path);
  // Copies of a crystal are drawn independently of each other.
  const split = modules.data.splitRandom(dataset, { seed: 1, fractions: PARTS });
  const results = [];
  for (const weight of [0, NODE_WEIGHT]) {
    for (const seed of SEEDS) {
      const task = { seed, weight };
      results.push(await student(task, { modules, folder: where, dataset, split, workers }));
    }
  }
  dataset.close();
  return { figures: figuresOf(results), counts: results[0].counts, ...tableOf(results) };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Means over the seeds, without the term and with it. */
const pairOf = (results, valueOf) =>
  [false, true].map((on) => mean(results.filter(({ weight }) => weight > 0 === on).map(valueOf)));

function figuresOf(results) {
  const ratio = (valueOf) => {
    const [off, on] = pairOf(results, valueOf);
    return on / off;
  };
  return {
    node_energy_mae_ratio: ratio(({ metrics }) => metrics.energy_mae_meV_atom),
    node_energy_force_ratio: ratio(({ metrics }) => metrics.force_mae_meV_A),
    node_energy_of_atoms_ratio: ratio(({ nodes }) => nodes),
  };
}

function tableOf(results) {
  return {
    columns: [
      ...['energies of atoms', 'seed', 'energy MAE, meV/atom', 'force MAE, meV/A'],
      'energies of atoms, validation MAE, meV',
    ],
    rows: results.map(({ seed, weight, metrics, nodes }) => [
      weight > 0 ? 'on' : 'off',
      `${seed}`,
      digits(metrics.energy_mae_meV_atom),
      digits(metrics.force_mae_meV_A),
      digits(nodes),
    ]),
  };
}
