// `mlffd validate` on three sizes of students of one teacher.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAtoms, formatExtxyzFrame } from '../../../packages/core/dist/index.js';
import { mlffdOk } from '../program.mjs';
import { digits } from '../table.mjs';

/** Exit codes: all uses that were asked for, or a goal missed. */
const JUDGED = [0, 3];
const FULL = ['--budget', 'standard', '--picoseconds', '50'];
const TRIAL = ['--budget', 'quick', '--picoseconds', '0.5', '--teacher-picoseconds', '0.1'];

/** Figures in the table: `check/key`, what it is called, its name among the figures. */
const SHOWN = [
  ['forces-own-path/force-rmse', 'force RMSE, own path, eV/A', 'force_rmse_own'],
  ['forces-teacher-path/force-rmse', "force RMSE, teacher's path, eV/A", 'force_rmse_teacher'],
  ['energy-conservation/nve-slope', 'drift, meV/atom/ps', 'drift'],
  ['mechanics/timestep-ratio', 'fluctuation at dt over dt/2', 'timestep_ratio'],
  ['structure/distances', 'distances, Wasserstein, A', 'distances'],
  ['structure/angles', 'angles, Wasserstein, degrees', 'angles'],
  ['frequencies/frequencies-mae', 'frequencies, MAE, 1/cm', 'frequencies_mae'],
  ['stability/stable-part', 'part of the runs that held', 'stable_part'],
];

/** Verdicts and figures of the students, by name. */
function read(file) {
  const { checks, verdicts, students } = JSON.parse(readFileSync(file, 'utf8'));
  const valueOf = (name, figure) => {
    const [check, key] = figure.split('/');
    const found = checks.find((one) => one.check === check && one.student === name);
    return found?.result.figures.find((one) => one.key === key)?.value ?? undefined;
  };
  return students.map(({ name }) => ({
    name,
    verdicts: verdicts.find(({ student }) => student === name).verdicts,
    values: SHOWN.map(([figure]) => valueOf(name, figure)),
  }));
}

/**
 * Validates the students of a system against its teacher.
 *
 * @param options.start a structure, as plain arrays
 */
export async function validated({ root, system, students, start, folder, python, trial = false }) {
  const where = join(folder, 'validation');
  const file = join(where, 'validation.json');
  if (!existsSync(file)) {
    console.log(`${system.key}: validation of ${system.presets.join(', ')}`);
    const structure = join(folder, 'start.xyz');
    writeFileSync(structure, formatExtxyzFrame({ atoms: createAtoms(start), results: {} }));
    const args = ['validate', '--teacher', system.teacher, '--structures', structure];
    for (const name of system.presets) args.push('--student', students[name].folder);
    args.push(...(trial ? TRIAL : FULL), '--out', where);
    await mlffdOk(root, args, { python }, JUDGED);
  }
  return read(file);
}

/** Flat figures. */
export function validationFigures(found) {
  const figures = {};
  for (const { name, values } of found) {
    SHOWN.forEach(([, , key], k) => {
      if (values[k] !== undefined) figures[`${key}_${name.replaceAll('-', '_')}`] = values[k];
    });
  }
  return figures;
}

/** Columns and rows of the table. */
export function validationTable(found) {
  const uses = found[0].verdicts.map(({ title }) => title);
  return {
    columns: ['', ...found.map(({ name }) => name)],
    rows: [
      ...SHOWN.map(([, label], k) => [
        label,
        ...found.map(({ values }) => (values[k] === undefined ? '-' : digits(values[k], 2))),
      ]),
      ...uses.map((title, k) => [
        title.toLowerCase(),
        ...found.map(({ verdicts }) => `**${verdicts[k].answer}**`),
      ]),
    ],
  };
}
