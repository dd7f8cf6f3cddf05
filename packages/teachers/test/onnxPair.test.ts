import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type Atoms,
  type Calculator,
  checkCalculator,
  createAtoms,
  type Property,
  type Results,
} from '@mlffd/core';
import { OnnxTeacher } from '../src/onnx/onnxTeacher.ts';
import { largestDifference, PERIODIC } from './fixtures.ts';
import { analyticLennardJones, nobleCrystal, onnxFixture } from './onnxSupport.ts';

const ALL: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];
const NOT_ENERGIES: readonly Property[] = ['energy', 'forces', 'stress'];
// Edge lengths and pair energies are float32: 6e-8 of terms up to 0.1 eV, slopes up to 1 eV/A.
const ENERGY_PER_ATOM = 3e-7;
const FORCE = 2e-6;
const STRESS = 1e-8;
// What the file in atomic units says of each atom, eV.
const PER_ATOM = -0.25;
const REFERENCES = new Map([
  [18, -1.5],
  [36, -2.75],
]);

const skewed = createAtoms({
  symbols: ['Ar', 'Kr', 'Ar', 'Kr', 'Kr'],
  positions: [0.1, 0.2, -0.3, 3.6, 0.4, 0.1, 0.3, 3.9, 0.2, -12.1, 0.2, 3.7, 3.5, 3.6, 3.8],
  cell: [7.4, 0.3, -0.2, 1.4, 7.1, 0.5, -0.7, 0.9, 7.6],
  pbc: PERIODIC,
});
const small = createAtoms({
  symbols: ['Kr'],
  positions: [1, 2, 3],
  cell: [3.9, 0, 0, 1.1, 3.8, 0, 0.2, -0.4, 4.1],
  pbc: PERIODIC,
});
const trimer = createAtoms({
  symbols: ['Ar', 'Kr', 'Ar'],
  positions: [0, 0, 0, 3.7, 0.2, 0, 1.9, 3.4, 0.3],
});
const leftHanded = { ...skewed, cell: skewed.cell.map((x, k) => (k < 3 ? -x : x)) };

const STRUCTURES: readonly (readonly [string, Atoms])[] = [
  ['triclinic cell smaller than the cutoff', skewed],
  ['left-handed cell', leftHanded],
  ['images of a single atom', small],
  ['slab in a cell', { ...skewed, pbc: [true, true, false] }],
  ['atoms without a cell', trimer],
  ['one atom, no edge', createAtoms({ symbols: ['Ar'], positions: [1, 1, 1] })],
  ['two atoms out of reach', createAtoms({ symbols: ['Ar', 'Kr'], positions: [0, 0, 0, 9, 0, 0] })],
  ['crystal of 108', nobleCrystal(3)],
];

function expectClose(found: Results, reference: Results, atoms: number): void {
  expect(Math.abs(found.energy! - reference.energy!) / atoms).toBeLessThan(ENERGY_PER_ATOM);
  expect(largestDifference(found.forces!, reference.forces!)).toBeLessThan(FORCE);
  if (reference.stress === undefined) return;
  expect(largestDifference(found.stress!, reference.stress)).toBeLessThan(STRESS);
}

const hasVolume = ({ cell }: Atoms): boolean => cell.some((x) => x !== 0);

describe('an exported pair potential', () => {
  let teacher: OnnxTeacher;
  const analytic = analyticLennardJones();
  beforeAll(async () => {
    teacher = await OnnxTeacher.load(onnxFixture('lennard-jones.onnx'));
  });
  afterAll(async () => {
    await teacher.dispose();
  });

  test('says what it is', () => {
    expect(teacher).toMatchObject({ name: 'lennard-jones', elements: [18, 36], cutoff: 8 });
    expect(teacher.properties).toEqual(ALL);
    expect(teacher.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(teacher.manifest).toMatchObject({ license: 'MIT', minimumEdges: 2 });
  });

  test.each(STRUCTURES)('answers as the analytic one: %s', async (_, atoms) => {
    const properties = hasVolume(atoms) ? ALL : ALL.slice(0, 3);
    const found = await teacher.calculate(atoms, properties);
    const reference = analytic.calculate(atoms, properties);
    expectClose(found, reference, atoms.numbers.length);
    expect(largestDifference(found.energies!, reference.energies!)).toBeLessThan(
      // Of a single atom, not the mean of many.
      5 * ENERGY_PER_ATOM,
    );
  });

  test('follows moving atoms, in any order of structures', async () => {
    let atoms = nobleCrystal(2);
    for (let step = 0; step < 12; step++) {
      const positions = atoms.positions.map((x, k) => x + 0.07 * Math.sin(k * (step + 1)));
      atoms = { ...atoms, positions };
      for (const structure of step % 3 === 0 ? [trimer, atoms] : [atoms]) {
        const properties = ['energy', 'forces'] as const;
        const found = await teacher.calculate(structure, properties);
        expectClose(found, analytic.calculate(structure, properties), structure.numbers.length);
      }
    }
  });

  test('keeps to the contract of calculators', async () => {
    const other: Calculator = await OnnxTeacher.load(onnxFixture('lennard-jones.onnx'));
    const report = await checkCalculator(other, {
      structures: [skewed, trimer],
      // float32: energies carry 1e-7 eV per edge, which a difference divides by its step.
      tolerances: { forces: 1e-4, stress: 1e-5, energy: 1e-6, symmetry: 1e-5 },
      steps: { displacement: 2e-2, strain: 4e-3, cutoff: 1e-3 },
    });
    expect(report.failures).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(20);
  });
});

describe('a potential in atomic units, with a total energy and energies of atoms outside', () => {
  let teacher: OnnxTeacher;
  const analytic = analyticLennardJones();
  beforeAll(async () => {
    teacher = await OnnxTeacher.load({
      path: onnxFixture('lennard-jones-atomic.onnx'),
      threads: 2,
    });
  });
  afterAll(async () => {
    await teacher.dispose();
  });

  test('offers no energies of atoms', () => {
    expect(teacher.properties).toEqual(NOT_ENERGIES);
  });

  test.each(STRUCTURES.filter(([, { pbc }]) => pbc[1] === pbc[2]))(
    'answers in eV and Angstrom: %s',
    async (_, atoms) => {
      const properties = hasVolume(atoms) ? NOT_ENERGIES : (['energy', 'forces'] as const);
      const found = await teacher.calculate(atoms, properties);
      const reference = analytic.calculate(atoms, properties);
      const own = atoms.numbers.reduce((sum, z) => sum + PER_ATOM + REFERENCES.get(z)!, 0);
      reference.energy! += own;
      expectClose(found, reference, atoms.numbers.length);
    },
  );
});
