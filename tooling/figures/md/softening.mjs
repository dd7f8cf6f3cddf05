// What softened lengths of vector features are worth: the same student of the same frames with and without.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mlffdOk } from '../program.mjs';
import { digits } from '../table.mjs';
import { conserved } from './conserved.mjs';

/** schnetpack's; presets have a larger one. */
const SHARP = 1e-4;
const TRAINED = [0, 3];

/**
 * Trains a student of the system's data with schnetpack's softening, and runs it at constant energy.
 *
 * @param options.students, options.found of the system, for the row with the preset's own
 */
export async function softening(options) {
  const { root, folder, python, system, students, found, start, trial } = options;
  const where = join(folder, 'sharp');
  mkdirSync(where, { recursive: true });
  const text = readFileSync(join(folder, 'train.yaml'), 'utf8');
  const config = join(where, 'train.yaml');
  writeFileSync(
    config,
    `${text.replace('data/dataset.h5', '../data/dataset.h5')}\nstudent: { preset: ${system.preset}, normSoftening: ${SHARP} }\n`,
  );
  const run = join(where, 'run');
  console.log(`${system.key}: training without softening`);
  await mlffdOk(root, ['train', config, '--out', run], { python }, TRAINED);
  const results = JSON.parse(readFileSync(join(run, 'results.json'), 'utf8'));
  const student = join(run, 'student');
  const sharp = await conserved({ system, student, start, folder: where, trial });
  return [
    { name: `${SHARP} (schnetpack)`, key: 'sharp', results, found: sharp },
    { name: 'of the preset', key: 'soft', results: students[system.preset].results, found },
  ];
}

/** Flat figures. */
export const softeningFigures = (rows) =>
  Object.fromEntries(
    rows.flatMap(({ key, results, found }) => [
      [`softening_force_mae_${key}`, results.force_mae_meV_A],
      [`softening_drift_${key}`, found.drift.slope],
      [`softening_rms_${key}`, found.drift.rms],
    ]),
  );

/** Columns and rows of the table. */
export const softeningTable = (rows) => ({
  columns: [
    'softening',
    'force MAE, meV/A',
    'energy MAE, meV/atom',
    'drift, meV/atom/ps (95 % band)',
    'fluctuation, meV/atom',
  ],
  rows: rows.map(({ name, results, found: { drift } }) => [
    name,
    digits(results.force_mae_meV_A),
    digits(results.energy_mae_meV_atom),
    `${digits(drift.slope, 2)} (${digits(drift.low, 2)} to ${digits(drift.high, 2)})`,
    digits(drift.rms, 2),
  ]),
});
