import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { checkCalculator, createAtoms, type Pbc, Rng, withPositions } from '@mlffd/core';
import { createTeacher } from '../src/createTeacher.ts';
import { PYTHON_PRESETS } from '../src/python/presets.ts';
import { PythonTeacher } from '../src/python/pythonTeacher.ts';
import { largestDifference } from './fixtures.ts';
import {
  failureOf,
  HAS_PYTHON,
  HYDROGEN,
  PYTHON,
  SCRIPTS,
  startTest,
  testPython,
  WATER,
} from './pythonSupport.ts';

/** The same program computes both; only the order of sums in threads could differ. */
const SAME = 1e-8;
/** The self-consistent cycle ends at a change of some 1e-6 Hartree, whatever it started from, eV. */
const SELF_CONSISTENT = 1e-5;

interface Case {
  readonly teacher: string;
  readonly formula: string;
  readonly numbers: number[];
  readonly positions: number[];
  readonly cell: number[];
  readonly pbc: Pbc;
  readonly charge?: number;
  readonly spin?: number;
  readonly energy: number;
  readonly energies: number[];
  readonly forces: number[];
  readonly stress?: number[];
}

const teachers = new Map<string, PythonTeacher>();

beforeAll(async () => {
  if (!HAS_PYTHON) return;
  const names = ['gfn2-xtb', 'gfn1-xtb', 'ase-emt'];
  const started = await Promise.all(
    names.map((preset) => PythonTeacher.start({ preset, python: PYTHON })),
  );
  for (const [k, name] of names.entries()) teachers.set(name, started[k]);
});

afterAll(async () => {
  for (const teacher of teachers.values()) await teacher.dispose();
});

testPython('20 structures have the answers that ASE gives itself', async () => {
  const { stdout } = await promisify(execFile)(PYTHON, [`${SCRIPTS}/direct.py`], {
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  const cases = JSON.parse(stdout) as Case[];
  expect(cases).toHaveLength(20);
  for (const expected of cases) {
    const { stress, energy, forces, energies, formula } = expected;
    const teacher = teachers.get(expected.teacher)!;
    const wanted = ['energy', 'energies', 'forces'] as const;
    const atoms = createAtoms(expected);
    const found = await teacher.calculate(
      atoms,
      stress === undefined ? wanted : [...wanted, 'stress'],
    );
    const differences = {
      formula,
      energy: Math.abs(found.energy! - energy) < SAME,
      energies: largestDifference(found.energies!, energies) < SAME,
      forces: largestDifference(found.forces!, forces) < SAME,
      stress: stress === undefined || largestDifference(found.stress!, stress) < SAME,
    };
    const all = { formula, energy: true, energies: true, forces: true, stress: true };
    expect(differences).toEqual(all);
  }
});

testPython('presets have the properties that they say', () => {
  for (const [name, teacher] of teachers) {
    const { properties, elements } = PYTHON_PRESETS[name];
    expect([...teacher.properties].sort()).toEqual([...properties].sort());
    expect(teacher.elements).toEqual(elements);
    expect(teacher.name).toMatch(new RegExp(`^${name} \\((ase|tblite) [\\d.]+\\)$`));
  }
});

testPython('GFN2-xTB keeps to the contract of calculators', async () => {
  const ammonium = createAtoms({
    symbols: ['N', 'H', 'H', 'H', 'H'],
    positions: [
      0.02, -0.01, 0, 0.6, 0.62, 0.58, -0.63, -0.57, 0.6, -0.58, 0.63, -0.61, 0.61, -0.6, -0.64,
    ],
    charge: 1,
  });
  const report = await checkCalculator(
    await createTeacher({ type: 'gfn2-xtb', python: PYTHON, args: { accuracy: 0.01 } }),
    {
      structures: [
        { name: 'water', atoms: WATER },
        { name: 'ammonium', atoms: ammonium },
      ],
      // Charges act far beyond the distance at which that check puts a second molecule.
      skip: ['extensivity'],
    },
  );
  expect(report.failures).toEqual([]);
  expect(report.checks.length).toBeGreaterThan(15);
});

describe('an answer does not depend on what came before', () => {
  const others = [
    createAtoms({ symbols: ['C', 'O'], positions: [0, 0, 0, 0, 0.1, 1.13] }),
    withPositions(
      WATER,
      WATER.positions.map((x, k) => x + 0.05 * Math.sin(k)),
    ),
    createAtoms({ ...WATER, charge: 1, spin: 1 }),
  ];

  testPython('to the last bit, for GFN2-xTB', async () => {
    const teacher = teachers.get('gfn2-xtb')!;
    const wanted = ['energy', 'forces'] as const;
    const first = await teacher.calculate(WATER, wanted);
    for (const other of others) {
      await teacher.calculate(other, wanted);
      expect(await teacher.calculate(WATER, wanted)).toEqual(first);
    }
  });

  testPython('unless the calculator may go on from its last state', async () => {
    const warm = await startTest('faulty_calculator:Remembering', { reset: false });
    const cold = await startTest('faulty_calculator:Remembering');
    const moved = withPositions(
      HYDROGEN,
      HYDROGEN.positions.map((x) => x + 0.1),
    );
    const energies = async ({ teacher }: typeof warm) => {
      const found = [];
      for (const atoms of [HYDROGEN, moved, HYDROGEN]) {
        found.push((await teacher.calculate(atoms, ['energy'])).energy);
      }
      await teacher.dispose();
      return found;
    };
    expect(await energies(warm)).toEqual([1, 2, 3]);
    expect(await energies(cold)).toEqual([1, 1, 1]);
  });

  testPython('with a warm start within its own tolerance, for GFN2-xTB', async () => {
    const warm = await PythonTeacher.start({ preset: 'gfn2-xtb', python: PYTHON, reset: false });
    const cold = teachers.get('gfn2-xtb')!;
    const { energy: first } = await warm.calculate(others[1], ['energy']);
    expect((await cold.calculate(others[1], ['energy'])).energy).toBe(first);
    const results = await warm.calculate(WATER, ['energy', 'forces']);
    const expected = await cold.calculate(WATER, ['energy', 'forces']);
    expect(results).not.toEqual(expected);
    expect(Math.abs(results.energy! - expected.energy!)).toBeLessThan(SELF_CONSISTENT);
    await warm.dispose();
  });
});

testPython('a batch has the answers of single calls, in order', async () => {
  const teacher = teachers.get('gfn2-xtb')!;
  const rng = new Rng(1, 'batch');
  const structures = Array.from({ length: 150 }, () =>
    withPositions(
      HYDROGEN,
      HYDROGEN.positions.map((x) => x + 0.1 * rng.uniform()),
    ),
  );
  const settled = await teacher.calculateMany(structures, ['energy']);
  for (const [k, outcome] of settled.entries()) {
    if (k % 10 > 0) continue;
    const { energy } = await teacher.calculate(structures[k], ['energy']);
    expect(outcome).toEqual({ status: 'fulfilled', value: { energy } });
  }
  expect(await teacher.calculateMany([], ['energy'])).toEqual([]);
});

testPython('structures that wait are those of the time of the call', async () => {
  const teacher = teachers.get('gfn2-xtb')!;
  const { energy: expected } = await teacher.calculate(WATER, ['energy']);
  const mine = { ...WATER, positions: WATER.positions.slice() };
  const calls = [0, 1, 2].map(() => teacher.calculate(mine, ['energy']));
  mine.positions.fill(0);
  for (const call of calls) expect((await call).energy).toBe(expected);
});

testPython('a cycle that does not converge is a failure of its structure', async () => {
  const teacher = teachers.get('gfn1-xtb')!;
  const wanted = ['energy', 'forces'] as const;
  const before = await teacher.calculate(WATER, wanted);
  // At this distance GFN1-xTB finds no density.
  const dimer = createAtoms({ symbols: ['La', 'La'], positions: [0, 0, 0, 0, 0, 2.6] });
  const failure = await failureOf(teacher.calculate(dimer, wanted));
  expect(failure).toMatchObject({ code: 'teachers/not-converged' });
  expect(await teacher.calculate(WATER, wanted)).toEqual(before);
});

describe('what arrives at the calculator', () => {
  let observer: PythonTeacher;
  beforeAll(async () => {
    if (!HAS_PYTHON) return;
    const calculator = 'faulty_calculator:Observer';
    ({ teacher: observer } = await startTest(calculator, { forceConsistent: true }));
  });
  afterAll(async () => {
    if (HAS_PYTHON) await observer.dispose();
  });

  testPython('charge and spin, as sums and by name', async () => {
    const four = { symbols: ['H', 'H', 'H', 'H'], positions: [0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0] };
    const ask = async (extra: { charge?: number; spin?: number }) =>
      Array.from(
        (await observer.calculate(createAtoms({ ...four, ...extra }), ['energies'])).energies!,
      );
    expect(await ask({})).toEqual([0, 0, -99, -99]);
    expect(await ask({ charge: -2 })).toEqual([-2, 0, -2, -99]);
    // The multiplicity is one more than the number of unpaired electrons.
    expect(await ask({ charge: 1, spin: 3 })).toEqual([1, 3, 1, 4]);
    expect(await ask({ charge: 0, spin: 0 })).toEqual([0, 0, 0, 1]);
    expect(await ask({})).toEqual([0, 0, -99, -99]);
  });

  testPython('cell and periodic axes, and one question for all that is wanted', async () => {
    const cell = [4, 0.1, 0.2, 0.3, 5, 0.4, 0.5, 0.6, 6];
    const wanted = ['energy', 'forces', 'stress'] as const;
    const counts: number[] = [];
    for (const pbc of [
      [true, true, false],
      [false, true, true],
      [true, true, true],
    ] as const) {
      const atoms = createAtoms({ symbols: ['H'], positions: [0, 0, 0], cell, pbc });
      const { energy, forces, stress } = await observer.calculate(atoms, wanted);
      // The energy that forces belong to is another one here.
      expect(energy).toBe(-1);
      const axes = Number(pbc[0]) + 2 * Number(pbc[1]) + 4 * Number(pbc[2]);
      expect(Array.from(forces!.subarray(1))).toEqual([axes, wanted.length]);
      counts.push(forces![0]);
      // xx yy zz yz xz xy of the matrix.
      expect(Array.from(stress!)).toEqual([4, 5, 6, 0.4, 0.2, 0.1]);
    }
    expect(counts).toEqual([counts[0], counts[0] + 1, counts[0] + 2]);
  });

  testPython('the question of a calculator without a class of ASE', async () => {
    const { teacher: old } = await startTest('faulty_calculator:OldKind');
    expect(old.properties).toEqual(['energy', 'forces']);
    const { energy, forces } = await old.calculate(HYDROGEN, ['energy', 'forces']);
    expect(energy).toBe(3);
    expect(Array.from(forces!)).toEqual([-1, -1, -1, -1, -1, -1]);
    await old.dispose();
  });
});
