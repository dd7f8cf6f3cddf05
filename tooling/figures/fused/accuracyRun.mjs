// Errors of back ends against float64, in a process of its own: node accuracyRun.mjs < REQUEST
//
// Request: { ways: [{ key, options }], cases: [{ key, config, atoms } or { key, student, atoms }] }, with
// options of StudentCalculator, and a configuration for random weights or the folder of a student.
// Answer: [{ key, scale, table, errors: { way: { energy, force } } }]: eV per atom; eV/Angstrom, as is the
// largest force component, `scale`; error of the table of filters, see `tableError`.
import { readFileSync } from 'node:fs';
import { createAtoms } from '../../../packages/core/dist/index.js';
import { studentOf } from '../../../packages/student/bench/means.mjs';
import {
  loadStudent,
  referenceResults,
  StudentCalculator,
} from '../../../packages/student/dist/index.js';
import { tableError } from './filterTable.mjs';

const largest = (values) => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

async function errorsOf(student, atoms, { exact, options }) {
  const calculator = await StudentCalculator.fromStudent(student, options);
  const { energy, forces } = await calculator.calculate(atoms, ['energy', 'forces']);
  await calculator.dispose();
  return {
    energy: Math.abs(energy - exact.energy) / atoms.numbers.length,
    force: largest(forces.map((f, k) => f - exact.forces[k])),
  };
}

const { ways, cases } = JSON.parse(readFileSync(0, 'utf8'));
const answers = [];
for (const { key, config, student: folder, atoms: fields } of cases) {
  const student = folder === undefined ? studentOf(config) : loadStudent(folder);
  const atoms = createAtoms(fields);
  const exact = referenceResults(student, atoms);
  const errors = {};
  for (const way of ways) {
    errors[way.key] = await errorsOf(student, atoms, { exact, options: way.options });
  }
  answers.push({ key, scale: largest(exact.forces), table: tableError(student), errors });
}
process.stdout.write(JSON.stringify(answers));
