import { describe, expect, test } from '@jest/globals';
import {
  type Atoms,
  type CalculateOptions,
  type Calculator,
  checkCalculator,
  createAtoms,
  InvalidArgumentError,
  isMlffdError,
  type Property,
  PropertyNotAvailableError,
  type Results,
} from '@mlffd/core';
import fc from 'fast-check';
import { Combination } from '../src/combine/combination.ts';
import { Committee, type CommitteeResults } from '../src/combine/committee.ts';
import { Emt } from '../src/emt/emt.ts';
import { HarmonicCrystal } from '../src/harmonic/harmonicCrystal.ts';
import { LennardJones } from '../src/lennardJones/lennardJones.ts';
import { Morse } from '../src/morse/morse.ts';
import { largestDifference, pair } from './fixtures.ts';

// Sums of three numbers in float64.
const ROUNDING = 1e-12;
const ALL = ['energy', 'energies', 'forces', 'stress'] as const;

const CRYSTAL = createAtoms({
  symbols: ['Cu', 'Au', 'Pd', 'O'],
  positions: [0.1, -0.1, 0, 2.1, 1.9, 0.1, 0.1, 1.9, 2.0, 1.9, 0.2, 2.1],
  cell: [4.1, 0.2, -0.1, 0.3, 3.9, 0.2, -0.2, 0.1, 4.0],
  pbc: true,
});
const MOLECULE = createAtoms({
  symbols: ['C', 'O', 'H', 'H'],
  positions: [0, 0, 0, 0.1, 1.25, 0, 0.9, -0.6, 0.1, -0.9, -0.6, -0.1],
});

/** Answers in a later turn of the event loop, and says when it begins and ends. */
class Later implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly concurrency = 2;
  readonly ahead = 1;
  readonly #calculator: Calculator;
  readonly #log: string[];
  readonly #failure: Error | undefined;

  constructor(calculator: Calculator, log: string[] = [], failure?: Error) {
    this.name = calculator.name;
    this.properties = calculator.properties;
    this.#calculator = calculator;
    this.#log = log;
    this.#failure = failure;
  }

  async calculate(
    atoms: Atoms,
    properties: readonly Property[],
    options?: CalculateOptions,
  ): Promise<Results> {
    this.#log.push(`${this.name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    this.#log.push(`${this.name} ends`);
    if (this.#failure !== undefined) throw this.#failure;
    options?.signal?.throwIfAborted();
    return this.#calculator.calculate(atoms, properties);
  }

  async dispose(): Promise<void> {
    this.#log.push(`${this.name} disposed`);
    await this.#calculator.dispose();
    if (this.#failure !== undefined) throw this.#failure;
  }
}

const lennardJones = (): LennardJones =>
  new LennardJones({ epsilon: 0.05, sigma: 1.4, cutoff: 4.2, truncation: 'switch' });

describe('Committee', () => {
  test('keeps to the contract of calculators, with members at once and later', async () => {
    for (const members of [
      [new Morse(), lennardJones(), new Emt()],
      [new Later(new Morse()), lennardJones()],
    ]) {
      const report = await checkCalculator(new Committee(members), {
        structures: [CRYSTAL, MOLECULE],
      });
      expect(report.failures).toEqual([]);
      expect(report.checks.length).toBeGreaterThanOrEqual(20);
    }
  });

  test('means and deviations are those of the members, in any order', () => {
    const members = fc.array(
      fc.record({
        depth: fc.double({ min: 0.1, max: 2, noNaN: true }),
        steepness: fc.double({ min: 4, max: 8, noNaN: true }),
      }),
      { minLength: 2, maxLength: 5 },
    );
    fc.assert(
      fc.property(members, (options) => {
        const calculators = options.map((own) => new Morse(own));
        const answers = calculators.map((own) => own.calculate(CRYSTAL, ALL));
        const mean = (values: readonly number[]): number =>
          values.reduce((sum, value) => sum + value, 0) / values.length;
        const spread = (values: readonly number[]): number =>
          Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
        for (const order of [calculators, [...calculators].reverse()]) {
          const found = new Committee(order).calculate(CRYSTAL, ALL) as CommitteeResults;
          const energies = answers.map(({ energy }) => energy!);
          expect(Math.abs(found.energy! - mean(energies))).toBeLessThan(ROUNDING);
          expect(Math.abs(found.uncertainty.energy! - spread(energies))).toBeLessThan(ROUNDING);
          for (const property of ['energies', 'forces', 'stress'] as const) {
            const expected = Float64Array.from(found[property]!.keys(), (k) =>
              mean(answers.map((answer) => answer[property]![k])),
            );
            expect(largestDifference(found[property]!, expected)).toBeLessThan(ROUNDING);
          }
          for (const property of ['energies', 'stress'] as const) {
            const expected = Float64Array.from(found[property]!.keys(), (k) =>
              spread(answers.map((answer) => answer[property]![k])),
            );
            expect(largestDifference(found.uncertainty[property]!, expected)).toBeLessThan(
              ROUNDING,
            );
          }
          const perAtom = [0, 1, 2, 3].map((i) =>
            Math.hypot(
              ...[0, 1, 2].map((k) => spread(answers.map(({ forces }) => forces![3 * i + k]))),
            ),
          );
          expect(largestDifference(found.uncertainty.forces!, perAtom)).toBeLessThan(ROUNDING);
        }
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  test('equal members have no uncertainty; only what was asked for is there', () => {
    const committee = new Committee([new Morse(), new Morse()]);
    const found = committee.calculate(MOLECULE, ['energy', 'forces']) as CommitteeResults;
    expect(found.uncertainty).toEqual({ energy: 0, forces: new Float64Array(4) });
    expect(Object.keys(found).sort()).toEqual(['energy', 'forces', 'uncertainty']);
  });

  test('answers at once where all members do; later ones work side by side', async () => {
    const atOnce = new Committee([new Morse(), lennardJones()]).calculate(MOLECULE, ['energy']);
    expect(atOnce).not.toHaveProperty('then');
    const log: string[] = [];
    const committee = new Committee([new Later(new Morse(), log), new Later(lennardJones(), log)]);
    const later = committee.calculate(MOLECULE, ['energy']);
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toEqual(atOnce);
    expect(log).toEqual([
      'morse begins',
      'lennard-jones begins',
      'morse ends',
      'lennard-jones ends',
    ]);
    expect([committee.concurrency, committee.ahead]).toEqual([2, 1]);
    const mixed = new Committee([new Later(new Morse()), lennardJones()]);
    expect([mixed.concurrency, mixed.ahead]).toEqual([1, 0]);
  });

  test('the first failure is thrown after all have finished', async () => {
    const failure = new Error('no convergence');
    const log: string[] = [];
    const slow = new Later(new Morse(), log);
    const failing = new Later(lennardJones(), log, failure);
    await expect(
      (async () => new Committee([failing, slow]).calculate(MOLECULE, ['energy']))(),
    ).rejects.toBe(failure);
    expect(log).toContain('morse ends');
    // One that throws at once, when another one has begun already: another structure than its own.
    const crystal = new HarmonicCrystal({
      reference: pair(['C', 'O'], 1.1),
      hessian: new Float64Array(36),
    });
    log.length = 0;
    const error = await (async () =>
      new Committee([slow, crystal]).calculate(pair(['O', 'C'], 1.1), ['energy']))().catch(
      (reason: unknown) => reason,
    );
    expect(isMlffdError(error) && error.code).toBe('harmonic/other-structure');
    expect(log).toEqual(['morse begins', 'morse ends']);
    expect(() =>
      new Committee([new Morse(), crystal]).calculate(pair(['O', 'C'], 1.1), ['energy']),
    ).toThrow('distortion');
  });

  test('the signal reaches the members', async () => {
    const committee = new Committee([new Later(new Morse()), new Later(lennardJones())]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(
      (async () => committee.calculate(MOLECULE, ['energy'], { signal }))(),
    ).rejects.toThrow('enough');
  });

  test('offers what its members have in common', () => {
    const crystal = new HarmonicCrystal({
      reference: pair(['H', 'O'], 1),
      hessian: new Float64Array(36),
    });
    const committee = new Committee([new Emt(), lennardJones(), crystal]);
    expect(committee.properties).toEqual(['energy', 'forces']);
    expect(committee.elements).toEqual([1, 8]);
    expect(committee.cutoff).toBeUndefined();
    expect(() => committee.calculate(pair(['H', 'O'], 1), ['energies'])).toThrow(
      PropertyNotAvailableError,
    );
    expect(new Committee([new Emt(), lennardJones()]).cutoff).toBe(new Emt().cutoff);
    expect(new Committee([lennardJones(), lennardJones()]).elements).toBeUndefined();
  });

  test('a fingerprint needs those of all members, not their order', () => {
    const [a, b] = [new Morse(), new Emt()];
    const { fingerprint } = new Committee([a, b]);
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(new Committee([b, a]).fingerprint).toBe(fingerprint);
    expect(new Committee([a, a, b]).fingerprint).not.toBe(fingerprint);
    expect(new Committee([a, new Later(b)]).fingerprint).toBeUndefined();
  });

  test('disposes of every member, and then tells that one could not', async () => {
    const log: string[] = [];
    const failing = new Later(lennardJones(), log, new Error('stuck'));
    await expect(new Committee([failing, new Later(new Morse(), log)]).dispose()).rejects.toThrow(
      'stuck',
    );
    expect(log).toEqual(['lennard-jones disposed', 'morse disposed']);
  });

  test('too few members, or members with nothing in common, are refused', () => {
    expect(() => new Committee([new Emt()])).toThrow(InvalidArgumentError);
    const argon = new HarmonicCrystal({
      reference: pair(['Ar', 'Ar'], 3),
      hessian: new Float64Array(36),
    });
    expect(() => new Committee([new Emt(), argon])).toThrow(InvalidArgumentError);
  });
});

describe('Combination', () => {
  const terms = [
    { calculator: new Morse(), weight: 0.5 },
    { calculator: lennardJones() },
    { calculator: new Emt(), weight: -2 },
  ];

  test('keeps to the contract of calculators', async () => {
    const report = await checkCalculator(new Combination(terms), {
      structures: [CRYSTAL, MOLECULE],
    });
    expect(report.failures).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(20);
  });

  test('is the weighted sum', () => {
    const found = new Combination(terms).calculate(CRYSTAL, ALL) as Results;
    const answers = terms.map(({ calculator }) => calculator.calculate(CRYSTAL, ALL));
    const sum = (part: (answer: Results) => number): number =>
      0.5 * part(answers[0]) + part(answers[1]) - 2 * part(answers[2]);
    expect(found.energy).toBeCloseTo(
      sum(({ energy }) => energy!),
      12,
    );
    for (const property of ['energies', 'forces', 'stress'] as const) {
      const expected = Float64Array.from(found[property]!.keys(), (k) =>
        sum((answer) => answer[property]![k]),
      );
      expect(largestDifference(found[property]!, expected)).toBeLessThan(ROUNDING);
    }
  });

  test('what is left after a subtraction is what was added', async () => {
    const base = new Later(new Emt());
    const correction = new Morse({ depth: 0.01 });
    const target = new Combination([{ calculator: base }, { calculator: correction }]);
    const delta = new Combination([{ calculator: target }, { calculator: base, weight: -1 }]);
    const found = await delta.calculate(CRYSTAL, ['energy', 'forces']);
    const expected = correction.calculate(CRYSTAL, ['energy', 'forces']);
    expect(found.energy).toBeCloseTo(expected.energy!, 12);
    expect(largestDifference(found.forces!, expected.forces!)).toBeLessThan(ROUNDING);
    expect([delta.concurrency, delta.ahead]).toEqual([1, 0]);
    await delta.dispose();
  });

  test('weights are part of the name and of the fingerprint, the order is not', () => {
    const combination = new Combination(terms);
    expect(combination.name).toBe('0.5*morse + 1*lennard-jones + -2*emt');
    expect(new Combination([...terms].reverse()).fingerprint).toBe(combination.fingerprint);
    const other = new Combination([{ ...terms[0], weight: 0.4 }, terms[1], terms[2]]);
    expect(other.fingerprint).not.toBe(combination.fingerprint);
    const plain = new Combination([{ calculator: new Later(new Emt()) }]);
    expect(plain.fingerprint).toBeUndefined();
  });

  test('weights that are no numbers, and a sum of nothing, are refused', () => {
    expect(() => new Combination([])).toThrow(InvalidArgumentError);
    expect(() => new Combination([{ calculator: new Emt(), weight: NaN }])).toThrow(
      InvalidArgumentError,
    );
  });
});
