// How well the calibrated uncertainties of a student describe its errors on molecules never seen.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digits } from '../table.mjs';

/** Part of errors within z uncertainties. */
const within = ({ points }, z) => points.find((point) => Math.abs(point.z - z) < 1e-6).observed;

const some = (figures) => ({
  rmsZ: figures.rmsZ,
  within1: within(figures, 1),
  within2: within(figures, 2),
  spearman: figures.spearman,
});

/** Calibrates a student and compares; what was found earlier is read. */
export async function uncertaintyOf(run, { modules, set }) {
  const file = join(run, 'uncertainty.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const { coverage, fitUncertainty } = modules.train;
  const { loadStudent, StudentCalculator } = modules.student;
  const student = loadStudent(join(run, 'student'));
  const { dataset, split } = set;
  const uncertainty = await fitUncertainty(student, dataset, split);
  const calculator = await StudentCalculator.fromStudent({ ...student, uncertainty });
  const found = await coverage(calculator, dataset, { indices: split.test });
  await calculator.dispose();
  const result = { energy: some(found.energy), forces: some(found.forces) };
  writeFileSync(file, JSON.stringify(result, null, 2));
  return result;
}

const percent = (value) => `${digits(100 * value, 2)} %`;

/** Flat figures by key of the size. */
export const uncertaintyFigures = (key, { energy, forces }) => ({
  [`z_rms_energy_${key}`]: energy.rmsZ,
  [`z_rms_forces_${key}`]: forces.rmsZ,
  [`spearman_energy_${key}`]: energy.spearman,
  [`spearman_forces_${key}`]: forces.spearman,
});

/** A table of the sizes: energies and forces of each. */
export function uncertaintyTable(results) {
  return {
    columns: [
      ...['size', 'of', 'error / sigma, rms (1)', 'within sigma (68 %)'],
      ...['within 2 sigma (95 %)', 'rank correlation'],
    ],
    rows: results.flatMap(({ preset, uncertainty }) =>
      ['energy', 'forces'].map((kind) => {
        const { rmsZ, within1, within2, spearman } = uncertainty[kind];
        return [
          ...[preset, kind, digits(rmsZ), percent(within1), percent(within2)],
          digits(spearman, 2),
        ];
      }),
    ),
  };
}
