// What an option of a student is worth for dynamics: the same student of the same frames with another value.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { mlffdOk } from '../program.mjs';
import { digits } from '../table.mjs';
import { conserved } from './conserved.mjs';

const TRAINED = [0, 3];

/**
 * Trains a student of the system's data with other options, and runs it at constant energy from the start of
 * the system.
 *
 * @param options.students, options.found of the system, for the row of the student as it is
 * @param variant.key part of the names of figures; variant.folder of its own; variant.student options that are
 * other; variant.labels of the rows: the variant, the student as it is
 */
export async function compared(options, { key, folder: name, student: other, labels }) {
  const { root, folder, python, system, students, found, start, trial } = options;
  const where = join(folder, name);
  mkdirSync(where, { recursive: true });
  const given = parse(readFileSync(join(folder, 'train.yaml'), 'utf8'));
  const config = join(where, 'train.yaml');
  const student = { preset: system.preset, ...given.student, ...other };
  writeFileSync(config, stringify({ ...given, dataset: join('..', given.dataset), student }));
  const run = join(where, 'run');
  console.log(`${system.key}: training with ${JSON.stringify(other)}`);
  await mlffdOk(root, ['train', config, '--out', run], { python }, TRAINED);
  const results = JSON.parse(readFileSync(join(run, 'results.json'), 'utf8'));
  const measured = await conserved({
    ...{ system, start, trial },
    student: join(run, 'student'),
    folder: where,
  });
  return {
    key,
    rows: [
      { name: labels[0], suffix: 'without', results, found: measured },
      { name: labels[1], suffix: 'with', results: students[system.preset].results, found },
    ],
  };
}

/** Flat figures. */
export const variantFigures = ({ key, rows }) =>
  Object.fromEntries(
    rows.flatMap(({ suffix, results, found }) => [
      [`${key}_force_mae_${suffix}`, results.force_mae_meV_A],
      [`${key}_drift_${suffix}`, found.drift.slope],
      [`${key}_rms_${suffix}`, found.drift.rms],
    ]),
  );

/** Columns and rows of the table. */
export const variantTable = ({ rows }) => ({
  columns: [
    '',
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
