// The same 20 structures through ASE directly and through every way in which a teacher in Python is reached.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAtoms } from '../../packages/core/dist/index.js';
import {
  CachedCalculator,
  createTeacher,
  Emt,
  IpiTeacher,
  PythonTeacher,
} from '../../packages/teachers/dist/index.js';

/** Import paths behind the names of `direct.py`. */
const PATHS = {
  'gfn2-xtb': { calculator: 'tblite.ase:TBLite', args: { method: 'GFN2-xTB', verbosity: 0 } },
  'gfn1-xtb': { calculator: 'tblite.ase:TBLite', args: { method: 'GFN1-xTB', verbosity: 0 } },
  'ase-emt': { calculator: 'ase.calculators.emt:EMT' },
};

/** Structures, and what ASE says of them without anything in between. */
export function directAnswers(root, python) {
  const script = join(root, 'tooling', 'python', 'teachers', 'direct.py');
  const answers = JSON.parse(execFileSync(python, [script], { encoding: 'utf8' }));
  return answers.map((answer) => ({ ...answer, atoms: createAtoms(answer) }));
}

const wantedOf = ({ stress }) => [
  'energy',
  'energies',
  'forces',
  ...(stress === undefined ? [] : ['stress']),
];

/** A driver of ASE for each structure, behind a socket of its own. */
async function behindSockets(cases, { root, python }) {
  const script = join(root, 'tooling', 'python', 'teachers', 'socket_driver.py');
  let largest = 0;
  for (const one of cases) {
    const { atoms, teacher, charge = 0, spin = 0 } = one;
    const words = [script, '{structure}', teacher, String(charge), String(spin), '{address}'];
    const calculator = await IpiTeacher.listen({
      command: [python, ...words],
      env: { OMP_NUM_THREADS: '1' },
      stress: one.stress !== undefined,
      template: atoms,
    });
    try {
      // The messages of i-PI have no energies of atoms.
      const wanted = wantedOf(one).filter((property) => property !== 'energies');
      const answer = await calculator.calculate(atoms, wanted);
      largest = Math.max(largest, difference({ ...one, energies: [] }, answer));
    } finally {
      await calculator.dispose();
    }
  }
  return { structures: cases.length, difference: largest };
}

/** Largest difference of any number of two answers (eV, eV/Angstrom, eV/Angstrom^3). */
export function difference(expected, found) {
  const flat = ({ energy, energies = [], forces, stress = [] }) => [
    energy,
    ...energies,
    ...forces,
    ...stress,
  ];
  const b = flat(found);
  return flat(expected).reduce((most, value, k) => Math.max(most, Math.abs(value - b[k])), 0);
}

/** Each name of a teacher with its own cases, so that one worker answers all of them. */
async function byTeacher(cases, start, ask) {
  let largest = 0;
  let structures = 0;
  for (const teacher of new Set(cases.map((one) => one.teacher))) {
    const own = cases.filter((one) => one.teacher === teacher);
    const calculator = await start(teacher);
    try {
      const answers = await ask(calculator, own);
      answers.forEach((answer, k) => (largest = Math.max(largest, difference(own[k], answer))));
      structures += answers.length;
    } finally {
      await calculator.dispose();
    }
  }
  return { structures, difference: largest };
}

const oneByOne = async (calculator, cases) => {
  const answers = [];
  for (const one of cases) answers.push(await calculator.calculate(one.atoms, wantedOf(one)));
  return answers;
};
const atOnce = (calculator, cases) =>
  Promise.all(cases.map((one) => calculator.calculate(one.atoms, wantedOf(one))));

/** Both kinds of requests ask for the same of every structure. */
async function inBatches(calculator, cases) {
  const answers = [];
  for (const stress of [false, true]) {
    const own = cases.filter((one) => (one.stress !== undefined) === stress);
    if (own.length === 0) continue;
    const outcomes = await calculator.calculateMany(
      own.map(({ atoms }) => atoms),
      wantedOf(own[0]),
    );
    own.forEach((one, k) => (answers[cases.indexOf(one)] = outcomes[k].value));
  }
  return answers;
}

/** One row per transport: what it is, structures, largest difference. */
export async function transports({ root, python }) {
  const cases = directAnswers(root, python);
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-cache-'));
  const preset = (teacher) => createTeacher({ type: teacher, python });
  const cached = async (teacher) =>
    new CachedCalculator(await PythonTeacher.start({ preset: teacher, python }), { folder });
  try {
    return [
      { transport: 'worker, by preset', ...(await byTeacher(cases, preset, oneByOne)) },
      {
        transport: 'worker, by import path',
        ...(await byTeacher(
          cases,
          (teacher) => createTeacher({ type: 'ase', python, ...PATHS[teacher] }),
          oneByOne,
        )),
      },
      {
        transport: 'worker, many in one message',
        ...(await byTeacher(
          cases,
          (teacher) => PythonTeacher.start({ preset: teacher, python }),
          inBatches,
        )),
      },
      {
        transport: 'two workers, all calls at once',
        ...(await byTeacher(
          cases,
          (teacher) => createTeacher({ type: teacher, python, workers: 2 }),
          atOnce,
        )),
      },
      { transport: 'worker behind a cache', ...(await byTeacher(cases, cached, oneByOne)) },
      { transport: 'answers from the cache', ...(await byTeacher(cases, cached, oneByOne)) },
      {
        transport: 'i-PI, socket client of ASE',
        ...(await behindSockets(cases, { root, python })),
      },
      {
        transport: 'in process (`emt`)',
        ...(await byTeacher(
          cases.filter(({ teacher }) => teacher === 'ase-emt'),
          () => new Emt(),
          oneByOne,
        )),
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
