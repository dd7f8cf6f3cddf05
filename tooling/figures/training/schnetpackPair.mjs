// Our training and schnetpack's: same structures, same architecture, same epochs, one core each.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digits, duration } from '../table.mjs';
import { moleculeFrames } from './moleculeFrames.mjs';
import { pinned } from './pinned.mjs';

/** Frames of each of the three molecules. */
const FRAMES = 1000;
/** schnetpack then takes 12 to 15 minutes on one quiet core. */
const EPOCHS = 45;
const BATCH_SIZE = 10;
const LEARNING_RATE = 1e-3;
/** schnetpack's default. */
const EMA_DECAY = 0.995;
const SEED = 1;
const MODEL = {
  features: 64,
  interactions: 2,
  radialBasis: { type: 'gaussian', count: 20 },
  cutoff: 5,
  cutoffFunction: 'cosine',
};
/**
 * Of per-atom energies and force components: for molecules of this size the balance of schnetpack's
 * 0.01 and 0.99 of total energies and force components.
 */
const LOSS = { energy: 100, forces: 100 };

/** The result of a program, of an earlier run where there is one. */
async function resultOf(name, { folder, request, start }) {
  const file = join(folder, `${name}.json`);
  if (!existsSync(file)) {
    const work = join(folder, name);
    rmSync(work, { recursive: true, force: true });
    const requestFile = join(folder, `${name}.request.json`);
    const result = `${file}.part`;
    writeFileSync(requestFile, JSON.stringify({ ...request, folder: work, result }));
    await start(requestFile);
    renameSync(result, file);
    rmSync(work, { recursive: true });
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Mean errors over the test structures: force components, eV/Angstrom; energies, eV and eV/atom. */
function errorsOf(predictions, references) {
  let [force, components, energy, perAtom] = [0, 0, 0, 0];
  predictions.forEach((found, k) => {
    const wanted = references[k];
    wanted.forces.forEach((value, c) => {
      force += Math.abs(found.forces[c] - value);
    });
    components += wanted.forces.length;
    const off = Math.abs(found.energy - wanted.energy);
    energy += off;
    perAtom += off / wanted.numbers.length;
  });
  const count = predictions.length;
  return { force: force / components, energy: energy / count, perAtom: perAtom / count };
}

/**
 * Trains both programs, one after the other, and compares them on the same test structures.
 *
 * @param options.peers interpreters of the environments `reference` and `schnetpack`
 * @param options.frames frames of each molecule, for a trial
 * @param options.epochs for a trial
 * @returns flat figures, rows for a table, and what is said about it
 */
export async function schnetpackPair({ root, folder, peers, frames = FRAMES, epochs = EPOCHS }) {
  console.log(`frames: 3 x ${frames}, GFN2-xTB at 500 K`);
  const { file, counts } = await moleculeFrames({
    root,
    folder: join(folder, `three-molecules-${frames}`),
    python: peers.reference,
    frames,
  });
  const where = join(folder, `schnetpack-pair-${frames}-${epochs}`);
  mkdirSync(where, { recursive: true });
  const request = {
    frames: file,
    model: MODEL,
    epochs,
    batchSize: BATCH_SIZE,
    learningRate: LEARNING_RATE,
    emaDecay: EMA_DECAY,
    seed: SEED,
    loss: LOSS,
  };
  const script = join(root, 'tooling', 'python', 'schnetpack', 'train_painn.py');
  console.log(`schnetpack: ${epochs} epochs`);
  const theirs = await resultOf('schnetpack', {
    folder: where,
    request,
    start: (path) => pinned(peers.schnetpack, [script, path]),
  });
  console.log(`ours: ${epochs} epochs`);
  const ours = await resultOf('ours', {
    folder: where,
    request,
    start: (path) => pinned(process.execPath, [join(import.meta.dirname, 'trainPair.mjs'), path]),
  });
  const { structures, split } = JSON.parse(readFileSync(file, 'utf8'));
  const references = split.test.map((k) => structures[k]);
  const [own, other] = [ours, theirs].map(({ predictions }) => errorsOf(predictions, references));
  const figures = {
    mae_ratio_vs_schnetpack: own.force / other.force,
    time_ratio_vs_schnetpack: ours.seconds / theirs.seconds,
    energy_mae_ratio_vs_schnetpack: own.energy / other.energy,
    mae_pair: own.force,
    mae_pair_schnetpack: other.force,
    energy_mae_pair: own.energy,
    energy_mae_pair_schnetpack: other.energy,
    seconds_pair: ours.seconds,
    seconds_pair_schnetpack: theirs.seconds,
    epochs_pair: epochs,
    structures_pair: counts.train,
  };
  const row = (name, errors, { seconds, prepareSeconds }) => [
    name,
    digits(1000 * errors.force),
    digits(1000 * errors.energy),
    digits(1000 * errors.perAtom),
    duration(seconds),
    digits(seconds / epochs),
    duration(prepareSeconds),
  ];
  const { schnetpack, torch, lightning } = theirs.versions;
  return {
    figures,
    counts,
    columns: [
      'program',
      'force MAE, meV/A',
      'energy MAE, meV',
      'meV/atom',
      'training',
      'seconds/epoch',
      'preparation',
    ],
    rows: [
      row('this package', own, ours),
      row(`schnetpack ${schnetpack} (torch ${torch}, Lightning ${lightning})`, other, theirs),
      [
        'ours / theirs',
        digits(own.force / other.force),
        digits(own.energy / other.energy),
        digits(own.perAtom / other.perAtom),
        digits(ours.seconds / theirs.seconds),
        '',
        '',
      ],
    ],
  };
}
