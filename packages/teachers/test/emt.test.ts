import { describe, expect, test } from '@jest/globals';
import { checkCalculator, createAtoms, type Results, UnsupportedElementError } from '@mlffd/core';
import fc from 'fast-check';
import { Emt } from '../src/emt/emt.ts';
import {
  type FixtureStructure,
  pair,
  readFixture,
  type ReferenceAnswer,
  expectReference,
} from './fixtures.ts';

interface Case extends FixtureStructure, ReferenceAnswer {
  readonly asap_cutoff: boolean;
}

// Both sides are float64 and add the same terms in another order; forces reach 14 eV/Angstrom.
const ROUNDING = 1e-11;
// Central differences of a step of 1e-5 carry 1e-10 of truncation and 1e-15 / 1e-5 of rounding.
const DIFFERENCES = 1e-7;

describe('Emt against ASE', () => {
  const cases = readFixture<Case>('emt');
  test.each(cases.map((item) => [item.name, item] as const))('%s', (_, item) => {
    expectReference(new Emt({ fixedCutoff: !item.asap_cutoff }), item, ROUNDING);
  });
});

const CRYSTAL = createAtoms({
  symbols: ['Cu', 'Au', 'Pd', 'O'],
  positions: [0.1, -0.1, 0, 2.1, 1.9, 0.1, 0.1, 1.9, 2.0, 1.9, 0.2, 2.1],
  cell: [4.1, 0.2, -0.1, 0.3, 3.9, 0.2, -0.2, 0.1, 4.0],
  pbc: true,
});
const CLUSTER = createAtoms({
  symbols: ['Ni', 'Al', 'Pt', 'Ag'],
  positions: [0, 0, 0, 2.5, 0.2, 0.1, 1.1, 2.3, -0.2, 1.3, 0.8, 2.2],
});

describe('Emt', () => {
  test('keeps to the contract of calculators', async () => {
    const report = await checkCalculator(new Emt(), { structures: [CRYSTAL, CLUSTER] });
    expect(report.failures).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(20);
  });

  test('without the fixed cutoff it does, except where pairs end', async () => {
    // No pair of either is near 1.045 rc, so that differences of energies do not step over it.
    const report = await checkCalculator(new Emt({ fixedCutoff: false }), {
      structures: [CLUSTER],
      skip: ['smooth-cutoff'],
    });
    expect(report.failures).toEqual([]);
  });

  test('forces are derivatives of the energy, whatever the metals', () => {
    const metals = fc.constantFrom('Al', 'Cu', 'Ag', 'Au', 'Ni', 'Pd', 'Pt');
    const calculator = new Emt();
    fc.assert(
      fc.property(
        fc.array(metals, { minLength: 4, maxLength: 4 }),
        fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { minLength: 12, maxLength: 12 }),
        fc.nat(11),
        (symbols, moves, coordinate) => {
          const at = (h: number): Results =>
            calculator.calculate(
              createAtoms({
                symbols,
                positions: CLUSTER.positions.map(
                  (x, k) => x + moves[k] + (k === coordinate ? h : 0),
                ),
              }),
              ['energy', 'forces'],
            );
          const step = 1e-5;
          const slope = (at(step).energy! - at(-step).energy!) / (2 * step);
          expect(Math.abs(at(0).forces![coordinate] + slope)).toBeLessThan(DIFFERENCES);
        },
      ),
      { seed: 1, numRuns: 30 },
    );
  });

  test('the cutoff depends on the atoms at hand only when asked to', () => {
    const near = pair(['Cu', 'Cu'], 5);
    // Far from the others: without interaction, but larger than copper.
    const withSilver = createAtoms({
      symbols: ['Cu', 'Cu', 'Ag'],
      positions: [0, 0, 0, 5, 0, 0, 50, 0, 0],
    });
    const energiesOf = (calculator: Emt): number[] =>
      [near, withSilver, near].map(
        (atoms) => calculator.calculate(atoms, ['energies']).energies![0],
      );
    const [alone, beside, again] = energiesOf(new Emt());
    expect([beside, again]).toEqual([alone, alone]);
    const [own, shared, back] = energiesOf(new Emt({ fixedCutoff: false }));
    expect(Math.abs(own - shared)).toBeGreaterThan(1e-3);
    expect(back).toBe(own);
  });

  test('answers at once; the fingerprint tells cutoffs apart, not how they are computed', () => {
    const answer: Results | Promise<Results> = new Emt().calculate(CLUSTER, ['energy']);
    expect(answer).not.toHaveProperty('then');
    const { fingerprint } = new Emt();
    expect(new Emt({ skin: 1 }).fingerprint).toBe(fingerprint);
    expect(new Emt({ fixedCutoff: false }).fingerprint).not.toBe(fingerprint);
  });

  test('an element without parameters is refused', () => {
    expect(() => new Emt().calculate(pair(['Cu', 'Fe'], 2.5), ['energy'])).toThrow(
      UnsupportedElementError,
    );
  });
});
