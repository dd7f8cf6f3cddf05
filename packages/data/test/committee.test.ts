import { describe, expect, test } from '@jest/globals';
import {
  AbortedError,
  CalculatorUnavailableError,
  createAtoms,
  InvalidArgumentError,
  PropertyNotAvailableError,
} from '@mlffd/core';
import type { Calculator } from '@mlffd/core';
import fc from 'fast-check';
import { fcc } from '../src/build/crystals.ts';
import { perturbedSet } from '../src/perturbedSet.ts';
import { committeeDisagreement, disagreement, disagreementOf } from '../src/selection/committee.ts';
import { againstTeacher, committeeUncertainty } from '../src/selection/uncertainty.ts';
import type { Uncertainty } from '../src/selection/uncertainty.ts';
import type { Structure } from '../src/structure.ts';
import { PairPotential } from './support/pairPotential.ts';
import { later, ScaledPair } from './support/scaledPair.ts';

/** Relative rounding of sums over up to 100 pairs per atom. */
const DIGITS = 9;

const parents = [
  { id: 'crystal', atoms: fcc('Ar', 4.1, { repeat: [2, 1, 1] }) },
  {
    id: 'cluster',
    atoms: createAtoms({
      symbols: ['Ar', 'Ar', 'Ar', 'Ar'],
      positions: [0, 0, 0, 2.9, 0, 0, 1.45, 2.5, 0, 1.45, 0.84, 2.37],
    }),
  },
];
const structures = [...perturbedSet({ parents, count: 4, stdev: [0.05, 0.3], seed: 3 })];
const committee = [
  new ScaledPair({}),
  new ScaledPair({ epsilon: 1.1 }),
  new ScaledPair({ sigma: 0.97 }),
  new ScaledPair({ epsilon: 0.9, sigma: 1.02 }),
];

/** Population variance as mean of squares minus square of the mean: another way than the code's. */
const variance = (values: readonly number[]) => {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return values.reduce((sum, x) => sum + x * x, 0) / values.length - mean * mean;
};

function direct({ atoms }: Structure) {
  const answers = committee.map((member) => member.calculate(atoms, ['energy', 'forces']));
  const n = atoms.numbers.length;
  const deviations = Array.from({ length: n }, (_, i) =>
    Math.sqrt(
      [0, 1, 2].reduce(
        (sum, c) => sum + variance(answers.map(({ forces }) => forces![3 * i + c])),
        0,
      ),
    ),
  );
  return {
    force: Math.max(...deviations),
    meanForce: deviations.reduce((a, b) => a + b) / n,
    atom: deviations.indexOf(Math.max(...deviations)),
    energyPerAtom: Math.sqrt(variance(answers.map(({ energy }) => energy!))) / n,
  };
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of stream) out.push(item);
  return out;
}

describe('the disagreement of a committee', () => {
  test('is the standard deviation of its members', () => {
    for (const structure of structures) {
      const found = disagreement(committee, structure.atoms);
      if (found instanceof Promise) throw new Error('synchronous members answer at once');
      const expected = direct(structure);
      expect(found.force).toBeCloseTo(expected.force, DIGITS);
      expect(found.meanForce).toBeCloseTo(expected.meanForce, DIGITS);
      expect(found.energyPerAtom).toBeCloseTo(expected.energyPerAtom, DIGITS);
      // In the perfect crystal all atoms are equal.
      if (expected.force > 1e-6) expect(found.atom).toBe(expected.atom);
    }
  });

  test('of potentials that differ in depth is that of the depths, times the force', async () => {
    const depths = [0.8, 1, 1.1, 1.3];
    const members = depths.map((epsilon) => new ScaledPair({ epsilon }));
    const spread = Math.sqrt(variance(depths));
    for (const { atoms } of structures) {
      const { energy, forces } = new PairPotential().calculate(atoms, ['energy', 'forces']);
      const found = await disagreement(members, atoms);
      const lengths = Array.from(atoms.numbers, (_, i) =>
        Math.hypot(forces![3 * i], forces![3 * i + 1], forces![3 * i + 2]),
      );
      expect(found.force).toBeCloseTo(spread * Math.max(...lengths), DIGITS);
      expect(found.energyPerAtom).toBeCloseTo(
        (spread * Math.abs(energy!)) / atoms.numbers.length,
        DIGITS,
      );
    }
  });

  test('does not see what all members have in common, nor their order, and scales', () => {
    const value = fc.double({ min: -50, max: 50, noNaN: true });
    const answer = fc.record({
      energy: value,
      forces: fc.array(value, { minLength: 6, maxLength: 6 }).map((x) => Float64Array.from(x)),
    });
    const close = (a: number, b: number) => {
      expect(Math.abs(a - b)).toBeLessThan(1e-9);
    };
    fc.assert(
      fc.property(fc.array(answer, { minLength: 2, maxLength: 6 }), value, (answers, shift) => {
        const { force, meanForce, energyPerAtom } = disagreementOf(answers);
        expect(meanForce).toBeLessThanOrEqual(force + 1e-12);
        const shifted = disagreementOf(
          [...answers].reverse().map(({ energy, forces }) => ({
            energy: energy + shift,
            forces: forces.map((x) => x + shift),
          })),
        );
        close(shifted.force, force);
        close(shifted.energyPerAtom, energyPerAtom);
        const doubled = disagreementOf(
          answers.map(({ energy, forces }) => ({
            energy: 2 * energy,
            forces: forces.map((x) => 2 * x),
          })),
        );
        close(doubled.force, 2 * force);
        close(disagreementOf([answers[0], answers[0]]).force, 0);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  test('is the same with members that answer later', async () => {
    const slow = [later(committee[0]), committee[1], later(committee[2]), committee[3]];
    for (const { atoms } of structures.slice(0, 3)) {
      expect(await disagreement(slow, atoms)).toEqual(await disagreement(committee, atoms));
    }
  });

  test('needs two members that give energy and forces', () => {
    const energyOnly = { ...later(committee[0]), properties: ['energy'] as const };
    expect(() => disagreement([committee[0]], structures[0].atoms)).toThrow(InvalidArgumentError);
    expect(() => committeeUncertainty([])).toThrow(InvalidArgumentError);
    expect(() => committeeDisagreement([committee[0], energyOnly], structures)).toThrow(
      PropertyNotAvailableError,
    );
  });
});

describe('a stream of structures', () => {
  test('keeps its order, whatever the concurrency', async () => {
    const slow = committee.map(later);
    const expected = structures.map((structure) => structure.meta.id);
    for (const concurrency of [1, 3, 100]) {
      const found = await collect(committeeDisagreement(slow, structures, { concurrency }));
      expect(found.map(({ structure }) => structure.meta.id)).toEqual(expected);
      expect(found.every((item) => 'measured' in item)).toBe(true);
    }
    const none = collect(committeeDisagreement(slow, structures, { concurrency: 0 }));
    await expect(none).rejects.toThrow(InvalidArgumentError);
  });

  test('holds no more structures than are being measured', async () => {
    let [given, taken, most] = [0, 0, 0];
    function* endless(): Generator<Structure> {
      for (;;) {
        given++;
        yield structures[given % structures.length];
      }
    }
    const stream = committeeDisagreement(committee.map(later), endless(), { concurrency: 3 });
    for await (const item of stream) {
      expect(item).toHaveProperty('measured');
      most = Math.max(most, given - taken);
      if (++taken === 20) break;
    }
    expect(most).toBeLessThanOrEqual(3);
  });

  test('an error belongs to its structure', async () => {
    // Fails synchronously, while another member is still at work on the same structure.
    const fragile: Calculator = {
      ...later(committee[1]),
      calculate: (atoms, wanted) => {
        if (!atoms.pbc[0]) throw new RangeError('no molecules');
        return committee[1].calculate(atoms, wanted);
      },
    };
    const rejecting: Calculator = {
      ...later(committee[0]),
      calculate: async (atoms, wanted) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (!atoms.pbc[0]) throw new RangeError('nor with this one');
        return committee[0].calculate(atoms, wanted);
      },
    };
    for (const members of [
      [rejecting, fragile],
      [fragile, rejecting],
      [fragile, committee[0]],
      [committee[0], rejecting],
    ]) {
      const found = await collect(committeeDisagreement(members, structures, { concurrency: 2 }));
      for (const item of found) {
        const isCrystal = item.structure.meta.group === 'crystal';
        expect('measured' in item).toBe(isCrystal);
        if ('failure' in item) expect(item.failure.code).toBe('RangeError');
      }
    }
  });

  test('stops when asked to, after what is being measured', async () => {
    const stop = new AbortController();
    let running = 0;
    const counted: Calculator = {
      ...later(committee[0]),
      calculate: async (atoms, wanted) => {
        running++;
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return committee[0].calculate(atoms, wanted);
      },
    };
    const run = async () => {
      const stream = committeeDisagreement([counted, committee[1]], structures, {
        concurrency: 3,
        signal: stop.signal,
      });
      for await (const item of stream) {
        expect(item).toHaveProperty('measured');
        stop.abort();
      }
    };
    await expect(run()).rejects.toThrow(AbortedError);
    expect(running).toBe(0);
    const aborting: Calculator = {
      ...later(committee[0]),
      calculate: () => {
        throw new AbortedError('test/aborted', 'stopped');
      },
    };
    const all = collect(committeeDisagreement([aborting, committee[1]], structures));
    await expect(all).rejects.toThrow(AbortedError);
    const gone = new CalculatorUnavailableError('test/gone', 'the worker cannot be started');
    const without = { ...later(committee[0]), calculate: () => Promise.reject(gone) };
    const none = collect(committeeDisagreement([without, committee[1]], structures));
    await expect(none).rejects.toBe(gone);
  });
});

describe('uncertainty', () => {
  const truth = new PairPotential('teacher');
  const student = new ScaledPair({ epsilon: 1.2 });

  test('of a committee is its largest force deviation, or the mean', async () => {
    const [largest, mean] = [
      committeeUncertainty(committee),
      committeeUncertainty(committee, { over: 'mean' }),
    ];
    for (const structure of structures) {
      const { force, meanForce } = direct(structure);
      expect(((await largest(structure)) as Uncertainty).value).toBeCloseTo(force, DIGITS);
      expect(((await mean(structure)) as Uncertainty).value).toBeCloseTo(meanForce, DIGITS);
    }
  });

  test('against a teacher is the error of the forces; its labels go along', async () => {
    const measure = againstTeacher({ student, teacher: truth });
    for (const structure of structures) {
      const { atoms } = structure;
      const { energy, forces } = truth.calculate(atoms, ['energy', 'forces']);
      const found = (await measure(structure)) as Uncertainty;
      const lengths = Array.from(atoms.numbers, (_, i) =>
        Math.hypot(forces![3 * i], forces![3 * i + 1], forces![3 * i + 2]),
      );
      expect(found.value).toBeCloseTo(0.2 * Math.max(...lengths), DIGITS);
      expect(found.disagreement!.energyPerAtom).toBeCloseTo(
        (0.2 * Math.abs(energy!)) / atoms.numbers.length,
        DIGITS,
      );
      expect(found.known).toEqual({ teacher: 'teacher', results: { energy, forces } });
    }
  });

  test('labels of the teacher that came along are not asked for again', async () => {
    const measure = againstTeacher({ student, teacher: truth });
    const [plain] = structures;
    const first = (await measure(plain)) as Uncertainty;
    const { calls } = truth;
    const again = (await measure({ ...plain, known: first.known! })) as Uncertainty;
    expect(truth.calls).toBe(calls);
    expect(again).toEqual({ value: first.value, disagreement: first.disagreement });
    const incomplete = { teacher: 'teacher', results: { energy: 1 } };
    const others = { teacher: 'other', results: first.known!.results };
    for (const known of [incomplete, others]) await measure({ ...plain, known });
    expect(truth.calls).toBe(calls + 2);
  });
});
