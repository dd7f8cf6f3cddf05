import { describe, expect, test } from '@jest/globals';
import {
  checkCalculator,
  createAtoms,
  InvalidArgumentError,
  type Results,
  UnsupportedElementError,
} from '@mlffd/core';
import { Morse, type MorseOptions } from '../src/morse/morse.ts';
import {
  type FixtureStructure,
  largestDifference,
  pair,
  readFixture,
  type ReferenceAnswer,
  expectReference,
} from './fixtures.ts';

interface Case extends FixtureStructure, ReferenceAnswer {
  readonly parameters: {
    epsilon: number;
    r0: number;
    rho0?: number;
    rcut1?: number;
    rcut2?: number;
  };
}

// Both sides are float64 and add the same terms in another order.
const ROUNDING = 1e-11;

describe('Morse against ASE', () => {
  const cases = readFixture<Case>('morse');
  test.each(cases.map((item) => [item.name, item] as const))('%s', (_, item) => {
    const { epsilon, r0, rho0, rcut1, rcut2 } = item.parameters;
    const calculator = new Morse({
      depth: epsilon,
      distance: r0,
      ...(rho0 === undefined ? {} : { steepness: rho0 }),
      ...(rcut1 === undefined ? {} : { inner: rcut1 }),
      ...(rcut2 === undefined ? {} : { outer: rcut2 }),
    });
    expectReference(calculator, item, ROUNDING);
  });
});

const SALT: MorseOptions = {
  depth: 0.3,
  pairs: [
    { elements: ['Na', 'Cl'], depth: 0.9, distance: 2.8 },
    { elements: ['Cl', 'Cl'], depth: 0.1, distance: 3.6 },
  ],
  inner: 1.2,
  outer: 1.9,
};

describe('Morse', () => {
  test('keeps to the contract of calculators, mixed elements in any cell', async () => {
    const crystal = createAtoms({
      symbols: ['Na', 'Cl', 'O', 'H'],
      positions: [0.1, -0.1, 0, 2.7, 0.2, 0.1, 0.2, 2.5, 0.1, 2.6, 2.4, 2.2],
      cell: [5.1, 0.2, -0.1, 0.3, 4.9, 0.2, -0.2, 0.1, 4.6],
      pbc: true,
    });
    const molecule = createAtoms({
      symbols: ['C', 'O', 'H', 'H'],
      positions: [0, 0, 0, 0.1, 1.25, 0, 0.9, -0.6, 0.1, -0.9, -0.6, -0.1],
    });
    const report = await checkCalculator(new Morse(SALT), { structures: [crystal, molecule] });
    expect(report.failures).toEqual([]);
    expect(report.checks.length).toBeGreaterThanOrEqual(20);
  });

  test('answers at once, and has its minimum where it was told', () => {
    const answer: Results | Promise<Results> = new Morse(SALT).calculate(pair(['Cl', 'Na'], 2.8), [
      'energy',
      'forces',
    ]);
    expect(answer).not.toHaveProperty('then');
    expect(answer.energy).toBeCloseTo(-0.9, 12);
    expect(largestDifference(answer.forces!, new Float64Array(6))).toBeLessThan(ROUNDING);
  });

  test('without parameters a bond is as long as the covalent radii say', () => {
    // Cordero et al. 2008: C 0.76, O 0.66 Angstrom.
    const { energy, forces } = new Morse().calculate(pair(['C', 'O'], 1.42), ['energy', 'forces']);
    expect(energy).toBeCloseTo(-1, 12);
    expect(largestDifference(forces!, new Float64Array(6))).toBeLessThan(ROUNDING);
  });

  test('structures of other elements in between change nothing', () => {
    const calculator = new Morse();
    const salt = pair(['Na', 'Cl'], 2.9);
    const before = calculator.calculate(salt, ['energy', 'forces']);
    calculator.calculate(pair(['Cs', 'I'], 4), ['energy']);
    calculator.calculate(pair(['Cl', 'H'], 1.4), ['energy']);
    expect(calculator.calculate(salt, ['energy', 'forces'])).toEqual(before);
  });

  test('the fingerprint tells potentials apart, not how they are computed', () => {
    const { fingerprint } = new Morse(SALT);
    expect(new Morse({ ...SALT, skin: 1 }).fingerprint).toBe(fingerprint);
    expect(new Morse({ ...SALT, depth: 0.31 }).fingerprint).not.toBe(fingerprint);
    expect(new Morse({ ...SALT, pairs: [] }).fingerprint).not.toBe(fingerprint);
  });

  test('parameters that make no potential, and elements without a radius, are refused', () => {
    for (const options of [
      { depth: 0 },
      { distance: -1 },
      { steepness: NaN },
      { inner: 2, outer: 2 },
      { pairs: [{ elements: ['Na', 'Cl'] as const, depth: 0, distance: 1 }] },
      {
        pairs: [
          { elements: ['Na', 'Cl'] as const, depth: 1, distance: 1 },
          { elements: ['Cl', 'Na'] as const, depth: 1, distance: 2 },
        ],
      },
    ]) {
      expect(() => new Morse(options)).toThrow(InvalidArgumentError);
    }
    expect(() => new Morse().calculate(pair(['Fm', 'H'], 2), ['energy'])).toThrow(
      UnsupportedElementError,
    );
  });
});
