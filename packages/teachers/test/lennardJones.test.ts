import { describe, expect, test } from '@jest/globals';
import {
  createAtoms,
  InvalidArgumentError,
  InvalidAtomsError,
  PropertyNotAvailableError,
  repeatAtoms,
  type Results,
  UnsupportedElementError,
} from '@mlffd/core';
import fc from 'fast-check';
import { ARGON, LennardJones, type LennardJonesOptions } from '../src/index.ts';
import {
  type FixtureStructure,
  largestDifference,
  pair,
  readFixture,
  type ReferenceAnswer,
  rocksalt,
  expectReference,
} from './fixtures.ts';

interface Case extends FixtureStructure, ReferenceAnswer {
  readonly parameters: {
    epsilon: number;
    sigma: number;
    rc?: number;
    ro?: number;
    smooth?: boolean;
  };
}

// Both sides are float64 and add the same terms in another order.
const ROUNDING = 1e-12;
// Central differences in float64 with a step of 1e-5.
const FINITE_DIFFERENCE = 1e-8;

const SALT: LennardJonesOptions = {
  pairs: [
    { elements: ['Na', 'Na'], epsilon: 0.005, sigma: 2.4 },
    { elements: ['Cl', 'Cl'], epsilon: 0.01, sigma: 3.6 },
    { elements: ['Cl', 'Na'], epsilon: 0.2, sigma: 2.5 },
  ],
  cutoff: 6,
};

describe('LennardJones against ASE', () => {
  const cases = readFixture<Case>('lennard-jones');
  test.each(cases.map((item) => [item.name, item] as const))('%s', (_, item) => {
    const { epsilon, sigma, rc, ro, smooth = false } = item.parameters;
    const calculator = new LennardJones({
      epsilon,
      sigma,
      ...(rc === undefined ? {} : { cutoff: rc }),
      ...(ro === undefined ? {} : { onset: ro }),
      truncation: smooth ? 'switch' : 'shift',
    });
    expectReference(calculator, item, ROUNDING);
  });
});

describe('LennardJones', () => {
  test('answers at once', () => {
    const answer: Results | Promise<Results> = new LennardJones().calculate(pair(['Ar', 'Ar'], 4), [
      'energy',
    ]);
    expect(answer).not.toHaveProperty('then');
    expect(answer.energy).toBeLessThan(0);
  });

  test('has its minimum -epsilon at 2^(1/6) sigma, up to the shift', () => {
    const r = 2 ** (1 / 6) * ARGON.sigma;
    const { energy, forces } = new LennardJones({ ...ARGON, cutoff: 1000 }).calculate(
      pair(['Ar', 'Ar'], r),
      ['energy', 'forces'],
    );
    expect(energy).toBeCloseTo(-ARGON.epsilon, 12);
    expect(largestDifference(forces!, new Float64Array(6))).toBeLessThan(ROUNDING);
  });

  test.each(['shift', 'shifted-force', 'switch'] as const)(
    '%s: gradient and virial',
    (truncation) => {
      const calculator = new LennardJones({ ...SALT, truncation });
      fc.assert(
        fc.property(
          fc.nat(23),
          fc.nat(2),
          fc.double({ min: 5, max: 6, noNaN: true }),
          (k, axis, a) => {
            const atoms = rocksalt(1, a, 0.2);
            const { forces, stress } = calculator.calculate(atoms, ['forces', 'stress']);
            const energy = (positions: Float64Array, cell: Float64Array): number =>
              calculator.calculate({ ...atoms, positions, cell }, ['energy']).energy!;
            const step = 1e-5;
            const moved = (by: number): number => {
              const positions = Float64Array.from(atoms.positions);
              positions[k] += by;
              return energy(positions, atoms.cell);
            };
            const strained = (by: number): number => {
              const stretch = (row: number, n: number): number =>
                n % 3 === axis ? row * (1 + by) : row;
              return energy(atoms.positions.map(stretch), atoms.cell.map(stretch));
            };
            const slope = (moved(step) - moved(-step)) / (2 * step);
            // An energy that is only shifted has kinks where a pair crosses the cutoff.
            const tolerance = truncation === 'shift' ? 1e-3 : FINITE_DIFFERENCE * 100;
            expect(Math.abs(forces![k] + slope)).toBeLessThan(tolerance);
            const virial = (strained(step) - strained(-step)) / (2 * step);
            expect(Math.abs(stress![axis] - virial / a ** 3)).toBeLessThan(tolerance);
          },
        ),
        { numRuns: 20 },
      );
    },
  );

  test.each(['shift', 'shifted-force', 'switch'] as const)(
    '%s is continuous at the cutoff',
    (truncation) => {
      const calculator = new LennardJones({ ...ARGON, cutoff: 5, truncation });
      const inside = calculator.calculate(pair(['Ar', 'Ar'], 5 - 1e-9), ['energy', 'forces']);
      expect(Math.abs(inside.energy!)).toBeLessThan(1e-10);
      const jump = largestDifference(inside.forces!, new Float64Array(6));
      if (truncation === 'shift') expect(jump).toBeGreaterThan(1e-3);
      else expect(jump).toBeLessThan(1e-9);
    },
  );

  test('takes parameters by pair, mixes what is missing, and is extensive', () => {
    const [na, cl] = SALT.pairs!;
    const mixed = new LennardJones({ pairs: [na, cl], cutoff: 6 });
    const explicit = new LennardJones({
      pairs: [na, cl, { elements: ['Na', 'Cl'], epsilon: Math.sqrt(0.005 * 0.01), sigma: 3 }],
      cutoff: 6,
    });
    const atoms = rocksalt(1, 5.6, 0.1);
    const found = mixed.calculate(atoms, ['energy', 'forces']);
    expect(found).toEqual(explicit.calculate(atoms, ['energy', 'forces']));
    expect(mixed.elements).toEqual([11, 17]);
    const four = mixed.calculate(repeatAtoms(atoms, [1, 2, 2]), ['energy']);
    expect(four.energy! / 4).toBeCloseTo(found.energy!, 12);
  });

  test('takes common parameters for whatever has no pair', () => {
    const calculator = new LennardJones({ ...ARGON, pairs: [SALT.pairs![2]], cutoff: 8 });
    expect(calculator.elements).toBeUndefined();
    const plain = new LennardJones({ ...ARGON, cutoff: 8 });
    const xenon = pair(['Xe', 'Na'], 3.5);
    expect(calculator.calculate(xenon, ['energy'])).toEqual(plain.calculate(xenon, ['energy']));
    const salt = pair(['Na', 'Cl'], 3.5);
    expect(calculator.calculate(salt, ['energy'])).not.toEqual(plain.calculate(salt, ['energy']));
  });
});

describe('LennardJones refuses', () => {
  test.each<[string, LennardJonesOptions]>([
    ['epsilon without sigma', { epsilon: 1 }],
    ['sigma without epsilon', { sigma: 1 }],
    ['a negative epsilon', { epsilon: -1, sigma: 1 }],
    ['an endless cutoff', { ...ARGON, cutoff: Number.POSITIVE_INFINITY }],
    ['an onset beyond the cutoff', { ...ARGON, cutoff: 5, onset: 6 }],
    ['an unknown truncation', { ...ARGON, truncation: 'hard' as 'shift' }],
    [
      'a pair given twice',
      { pairs: [SALT.pairs![2], { ...SALT.pairs![2], elements: ['Na', 'Cl'] }] },
    ],
    ['a pair that cannot be mixed', { pairs: [SALT.pairs![2]] }],
  ])('%s', (_, options) => {
    expect(() => new LennardJones(options)).toThrow(InvalidArgumentError);
  });

  test('elements without parameters, broken structures, stress without a cell', () => {
    const calculator = new LennardJones(SALT);
    expect(() => calculator.calculate(pair(['Na', 'Br'], 3), ['energy'])).toThrow(
      UnsupportedElementError,
    );
    const broken = { ...pair(['Na', 'Cl'], 3), positions: new Float64Array(6).fill(Number.NaN) };
    expect(() => calculator.calculate(broken, ['energy'])).toThrow(InvalidAtomsError);
    expect(() => calculator.calculate(pair(['Na', 'Cl'], 3), ['stress'])).toThrow(
      PropertyNotAvailableError,
    );
    expect(() => createAtoms({ symbols: [], positions: [] })).toThrow(InvalidAtomsError);
  });
});
