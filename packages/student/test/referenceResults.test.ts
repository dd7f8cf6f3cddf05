import { describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, type Property, UnsupportedElementError } from '@mlffd/core';
import { type Student, StudentCalculator, type StudentConfig } from '../src/index.ts';
import { referenceResults } from '../src/referenceResults.ts';
import { box, randomStudent, SMALL, water, worst } from './systems.ts';

/** float32 sums of some hundred terms against float64, eV per atom and eV/Angstrom. */
const FLOAT32 = 2e-5;
/** The same, eV/Angstrom^3. */
const FLOAT32_STRESS = 2e-6;
/** Step of differences of fourth order, Angstrom, and of strains. */
const STEP = 3e-4;
/**
 * Their error: step^4 / 30 times fifth derivatives of up to 4e6 (norms of vectors that are nearly zero
 * bend sharply), and rounding of some 1e4 eV over a step.
 */
const DIFFERENCE = 2e-8;

/** Derivative at zero, of fourth order. */
function slope(value: (x: number) => number): number {
  const pair = (x: number): number => (value(x) - value(-x)) / (2 * x);
  return (4 * pair(STEP) - pair(2 * STEP)) / 3;
}

const NARROW: StudentConfig = { ...SMALL, features: 8 };
const STUDENTS: Readonly<Record<string, StudentConfig>> = {
  'a plain student': NARROW,
  'one with shared filters and gaussians': {
    ...NARROW,
    radialBasis: { type: 'gaussian', count: 8 },
    cutoffFunction: 'cosine',
    sharedFilters: true,
  },
  'one with softened lengths of vectors': {
    ...NARROW,
    interactions: 3,
    normSoftening: 0.1,
    isolatedAtoms: 'baseline',
  },
  'one with repulsion, charge and spin, and isolated atoms at the baseline': {
    ...NARROW,
    zbl: true,
    isolatedAtoms: 'baseline',
    charge: true,
    spin: true,
  },
};
const withElectrons = (atoms: Atoms): Atoms => ({ ...atoms, charge: 1, spin: 2 });
const STRUCTURES: readonly Atoms[] = [
  withElectrons(water()),
  box(5),
  withElectrons(createAtoms({ ...box(5, 3), pbc: [true, true, false] })),
  createAtoms({ symbols: ['O'], positions: [[0, 0, 0]] }),
];

/** Random weights that are not at their start, where what depends on electrons may be zero. */
function studentOf(config: StudentConfig): Student {
  const student = randomStudent(config, 2);
  const parameters = new Map(
    [...student.parameters].map(([name, values]) => [
      name,
      values.map((value, k) => value + 0.02 * Math.sin(k + name.length)),
    ]),
  );
  return { ...student, parameters };
}

describe.each(Object.entries(STUDENTS))('%s in float64', (_, config) => {
  const student = studentOf(config);

  test('is what a calculator gives in float32', async () => {
    const calculator = await StudentCalculator.fromStudent(student);
    for (const atoms of STRUCTURES) {
      const exact = referenceResults(student, atoms);
      const properties: Property[] = ['energy', 'energies', 'forces'];
      if (exact.stress !== undefined) properties.push('stress');
      const found = await calculator.calculate(atoms, properties);
      expect(worst(found.energies!, exact.energies)).toBeLessThan(FLOAT32);
      expect(Math.abs(found.energy! - exact.energy)).toBeLessThan(FLOAT32 * atoms.numbers.length);
      expect(worst(found.forces!, exact.forces)).toBeLessThan(FLOAT32);
      expect(exact.stress === undefined).toBe(atoms.cell.every((x) => x === 0));
      if (exact.stress) expect(worst(found.stress!, exact.stress)).toBeLessThan(FLOAT32_STRESS);
    }
    await calculator.dispose();
  });

  test('has the derivatives of its energy as forces', () => {
    for (const atoms of [STRUCTURES[0], STRUCTURES[2]]) {
      const { forces } = referenceResults(student, atoms);
      for (const k of [4, 8]) {
        const energySlope = slope((step) => {
          const positions = atoms.positions.slice();
          positions[k] += step;
          return referenceResults(student, { ...atoms, positions }).energy;
        });
        expect(Math.abs(energySlope + forces[k])).toBeLessThan(DIFFERENCE);
      }
    }
  });

  test('has the derivatives with respect to strain as stress', () => {
    const atoms = STRUCTURES[1];
    const size = Math.abs(atoms.cell[0] * atoms.cell[4] * atoms.cell[8]);
    const { stress } = referenceResults(student, atoms);
    const pairs = [
      [1, 1],
      [0, 2],
    ];
    for (const [a, b] of pairs) {
      const voigt = a === b ? a : 6 - a - b;
      const energySlope = slope((step) => {
        const strained = (values: Float64Array): Float64Array =>
          values.map((value, k) => {
            const row = k - (k % 3);
            const other = k % 3 === a ? values[row + b] : k % 3 === b ? values[row + a] : 0;
            return value + (a === b ? 1 : 0.5) * step * other;
          });
        const moved = {
          ...atoms,
          positions: strained(atoms.positions),
          cell: strained(atoms.cell),
        };
        return referenceResults(student, moved).energy;
      });
      expect(Math.abs((stress?.[voigt] ?? NaN) - energySlope / size)).toBeLessThan(DIFFERENCE);
    }
  });
});

test('elements that were not trained are refused', () => {
  const atoms = createAtoms({ symbols: ['O', 'S'], positions: [0, 0, 0, 1.5, 0, 0] });
  expect(() => referenceResults(randomStudent(), atoms)).toThrow(UnsupportedElementError);
});
