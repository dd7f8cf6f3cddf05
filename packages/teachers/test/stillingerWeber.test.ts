import { describe, expect, test } from '@jest/globals';
import {
  applyStrain,
  type Atoms,
  checkCalculator,
  createAtoms,
  GPA,
  InvalidArgumentError,
  type Results,
  UnsupportedElementError,
  withPositions,
} from '@mlffd/core';
import fc from 'fast-check';
import {
  STILLINGER_WEBER_SILICON,
  type StillingerWeberEntry,
} from '../src/stillingerWeber/parameters.ts';
import { StillingerWeber } from '../src/stillingerWeber/stillingerWeber.ts';
import {
  atomsOf,
  type FixtureStructure,
  largestDifference,
  pair,
  readFixture,
  type ReferenceAnswer,
  expectReference,
} from './fixtures.ts';

interface Case extends FixtureStructure, ReferenceAnswer {
  readonly entries: StillingerWeberEntry[];
}

// Both sides are float64; the disordered structure has forces of 80 eV/Angstrom.
const ROUNDING = 1e-10;
// Central differences of a step of 1e-5: truncation of 1e-10 times the third derivative.
const DIFFERENCES = 1e-6;

const cases = readFixture<Case>('stillinger-weber');

describe('StillingerWeber against LAMMPS', () => {
  test.each(cases.map((item) => [item.name, item] as const))('%s', (_, item) => {
    expectReference(new StillingerWeber({ entries: item.entries }), item, ROUNDING);
  });
});

/** Two atoms of diamond. */
function diamond(a: number): Atoms {
  return createAtoms({
    symbols: ['Si', 'Si'],
    positions: [0, 0, 0, a / 4, a / 4, a / 4],
    cell: [0, a / 2, a / 2, a / 2, 0, a / 2, a / 2, a / 2, 0],
    pbc: true,
  });
}

describe('silicon', () => {
  const calculator = new StillingerWeber();
  const A0 = 5.431;
  // a0 of the potential is 5.43095 Angstrom, where the bonds have their minimum.
  test('the cohesive energy of diamond is 2 epsilon', () => {
    const { energy } = calculator.calculate(diamond(5.43095), ['energy']);
    expect(energy! / 2).toBeCloseTo(-4.3366, 6);
    expect(calculator.calculate(diamond(A0), ['energy']).energy! / 2).toBeCloseTo(-4.3366, 4);
  });

  // H. Balamane, T. Halicioglu, W. A. Tiller, Phys. Rev. B 46, 2250 (1992), table IV: 1.51, 0.764,
  // 0.564 Mbar, rounded to 3 figures.
  test('elastic constants are those of the literature', () => {
    const strained = (component: number, strain: number): Atoms => {
      const e = new Float64Array(9);
      if (component === 0) e[0] = strain;
      else e[5] = e[7] = strain / 2;
      return applyStrain(diamond(A0), e);
    };
    const h = 1e-4;
    const stiffness = (
      strain: number,
      response: number,
      relax: (atoms: Atoms) => Atoms,
    ): number => {
      const [plus, minus] = [h, -h].map(
        (value) =>
          calculator.calculate(relax(strained(strain, value)), ['stress']).stress![response],
      );
      return (plus - minus) / (2 * h) / GPA;
    };
    const held = (atoms: Atoms): Atoms => atoms;
    expect(stiffness(0, 0, held)).toBeCloseTo(151.4, 0);
    expect(stiffness(0, 1, held)).toBeCloseTo(76.4, 0);
    expect(stiffness(3, 3, relaxedSublattice)).toBeCloseTo(56.4, 0);
    // Held in place, the second sublattice makes it much stiffer.
    expect(stiffness(3, 3, held)).toBeGreaterThan(100);
  });

  /** Moves the second atom until it feels no force, by Newton's method with differences of forces. */
  function relaxedSublattice(atoms: Atoms): Atoms {
    let current = atoms;
    for (let step = 0; step < 5; step++) {
      const { forces } = calculator.calculate(current, ['forces']);
      // Symmetry leaves the Hessian nearly a multiple of one: its xx component does.
      const h = 1e-4;
      const moved = current.positions.slice();
      moved[3] += h;
      const pulled = calculator.calculate(withPositions(current, moved), ['forces']).forces!;
      const stiffness = (forces![3] - pulled[3]) / h;
      const next = current.positions.slice();
      for (let k = 3; k < 6; k++) next[k] += forces![k] / stiffness;
      current = withPositions(current, next);
    }
    const { forces } = calculator.calculate(current, ['forces']);
    expect(largestDifference(forces!, new Float64Array(6))).toBeLessThan(1e-8);
    return current;
  }
});

const ALLOY = cases.find(({ name }) => name === 'triclinic alloy')!;
const CLUSTER = cases.find(({ name }) => name === 'cluster of two elements')!;

describe('StillingerWeber', () => {
  test('keeps to the contract of calculators', async () => {
    const report = await checkCalculator(new StillingerWeber({ entries: ALLOY.entries }), {
      structures: [atomsOf(ALLOY), atomsOf(CLUSTER)],
    });
    expect(report.failures).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(20);
  });

  test('forces are derivatives of the energy, anywhere', () => {
    const calculator = new StillingerWeber({ entries: CLUSTER.entries });
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -0.3, max: 0.3, noNaN: true }), { minLength: 15, maxLength: 15 }),
        fc.nat(14),
        (moves, coordinate) => {
          const at = (h: number): Results =>
            calculator.calculate(
              createAtoms({
                numbers: CLUSTER.numbers,
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
      { seed: 1, numRuns: 50 },
    );
  });

  test('is zero from the range on, and smooth before it', () => {
    const calculator = new StillingerWeber();
    const range = 1.8 * 2.0951;
    expect(calculator.cutoff).toBe(range);
    for (const gap of [1e-3, 1e-9, 1e-15]) {
      const { energy, forces } = calculator.calculate(pair(['Si', 'Si'], range - gap), [
        'energy',
        'forces',
      ]);
      expect(Math.abs(energy!)).toBeLessThan(1e-300);
      expect(largestDifference(forces!, new Float64Array(6))).toBeLessThan(1e-300);
    }
  });

  test('the fingerprint tells potentials apart, not how they are written', () => {
    const { fingerprint } = new StillingerWeber();
    // -1/3 is what an entry without the cosine means.
    const { cosTheta0, ...short } = STILLINGER_WEBER_SILICON;
    expect(cosTheta0).toBe(-1 / 3);
    expect(new StillingerWeber({ entries: [short], skin: 1 }).fingerprint).toBe(fingerprint);
    const soft = { ...STILLINGER_WEBER_SILICON, lambda: 20 };
    expect(new StillingerWeber({ entries: [soft] }).fingerprint).not.toBe(fingerprint);
    const turned = [...ALLOY.entries].reverse();
    expect(new StillingerWeber({ entries: turned }).fingerprint).toBe(
      new StillingerWeber({ entries: ALLOY.entries }).fingerprint,
    );
  });

  test('an angle may be given once for both orders of its arms', () => {
    const once = ALLOY.entries.filter(({ elements: [i, j, k] }) => !(j !== k && j === i));
    expect(once).toHaveLength(6);
    const answer = new StillingerWeber({ entries: once }).calculate(atomsOf(ALLOY), ['energy']);
    expect(answer.energy).toBeCloseTo(ALLOY.energy, 10);
  });

  test('entries that make no potential, and other elements, are refused', () => {
    const silicon = STILLINGER_WEBER_SILICON;
    const [, germanium, siGeGe, geSiSi] = ALLOY.entries;
    const wrong: StillingerWeberEntry[][] = [
      [],
      [silicon, silicon],
      [{ ...silicon, sigma: 0 }],
      [{ ...silicon, a: NaN }],
      [{ ...silicon, lambda: -1 }],
      [{ ...silicon, cosTheta0: -1.1 }],
      [silicon, germanium],
      [...ALLOY.entries.slice(0, 2), { ...siGeGe, A: 7 }, geSiSi, ...ALLOY.entries.slice(4)],
      [...ALLOY.entries.slice(0, 7), { ...ALLOY.entries[7], lambda: 1 }],
    ];
    for (const entries of wrong) {
      expect(() => new StillingerWeber({ entries })).toThrow(InvalidArgumentError);
    }
    expect(() => new StillingerWeber().calculate(pair(['Si', 'C'], 2), ['energy'])).toThrow(
      UnsupportedElementError,
    );
  });
});
