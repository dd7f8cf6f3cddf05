// A student of the size `ultra-tiny` of aspirin, 21 atoms, that holds together for as long as one likes.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '../../../packages/core/dist/index.js';
import { Dataset } from '../../../packages/data/dist/index.js';
import { PRESETS, saveStudent, StudentCalculator } from '../../../packages/student/dist/index.js';
import { evaluateStudent, Trainer } from '../../../packages/train/dist/index.js';
import { mlffdOk } from '../program.mjs';

const SMILES = 'CC(=O)Oc1ccccc1C(=O)O';
const TRAJECTORIES = 4;
/** K: hotter than the dynamics that the student is for. */
const TEMPERATURE = 500;
const PARTS = { train: 0.8, validation: 0.1, test: 0.1 };
const FULL = { frames: 480, epochs: 150 };
const TRIAL = { frames: 40, epochs: 10 };

const recipe = (frames) => `name: aspirin
seed: 7
teacher: gfn2-xtb
properties: [energy, forces]
sources:
  - name: aspirin
    molecules: { smiles: ["${SMILES}"] }
    dynamics:
      temperatures: [${TEMPERATURE}]
      trajectories: ${TRAJECTORIES}
      frames: ${frames / TRAJECTORIES}
      stride: 10
      equilibration: 200
      timestep: 1
`;

/** Frames drawn at random: all are of one molecule. */
function splitOf({ metas }) {
  const members = [...metas.keys()].filter((k) => metas[k].temperature !== undefined);
  new Rng(1, 'split').shuffle(members);
  const split = {};
  let start = 0;
  for (const [name, part] of Object.entries(PARTS)) {
    const end = start + Math.round(part * members.length);
    split[name] = members.slice(start, end);
    start = end;
  }
  return split;
}

/** Trains the student and writes down a structure that it was not trained on. */
async function train({ dataset, split, where, epochs }) {
  const config = {
    model: PRESETS['ultra-tiny'],
    epochs,
    batchSize: 8,
    loss: { energy: 30, forces: 100 },
    optimizer: { learningRate: 3e-3 },
    ema: { decay: 0.995 },
    workers: 2,
  };
  const trainer = await Trainer.open({ folder: join(where, 'training'), dataset, split, config });
  const { student } = await trainer.run();
  const calculator = await StudentCalculator.fromStudent(student);
  const metrics = await evaluateStudent(calculator, dataset, { indices: split.test });
  await calculator.dispose();
  await saveStudent(join(where, 'student'), student);
  const { atoms } = await dataset.get(split.test[0]);
  return {
    start: { numbers: [...atoms.numbers], positions: [...atoms.positions] },
    forceError: metrics.force_mae_meV_A,
    counts: { train: split.train.length, test: split.test.length },
  };
}

/**
 * Labels frames of aspirin with GFN2-xTB and trains on them; what is there already is not made again.
 *
 * @param options.python interpreter of the environment `reference`
 * @param options.trial fewer frames and epochs
 * @returns folder of the student, a structure, force error of test frames (meV/Angstrom), counts
 */
export async function trainedStudent({ root, folder, python, trial = false }) {
  const { frames, epochs } = trial ? TRIAL : FULL;
  const where = join(folder, `aspirin-${frames}`);
  const file = join(where, 'result.json');
  const result = { folder: join(where, 'student') };
  if (existsSync(file)) return { ...result, ...JSON.parse(readFileSync(file, 'utf8')) };
  if (python === undefined) throw new Error('no Python environment reference: npm run peers');
  mkdirSync(where, { recursive: true });
  console.log(`student: ${frames} frames of aspirin, GFN2-xTB`);
  const recipeFile = join(where, 'aspirin.yaml');
  writeFileSync(recipeFile, recipe(frames));
  const out = join(where, 'data');
  await mlffdOk(root, ['data', 'build', recipeFile, '--out', out], { python });
  const dataset = await Dataset.open(join(out, 'dataset.h5'));
  try {
    console.log(`student: ${epochs} epochs`);
    const found = await train({ dataset, split: splitOf(dataset), where, epochs });
    writeFileSync(file, JSON.stringify(found));
    return { ...result, ...found };
  } finally {
    dataset.close();
  }
}
