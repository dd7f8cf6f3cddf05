import { describe, expect, test } from '@jest/globals';
import { AbortedError, createAtoms, InvalidArgumentError, Rng } from '@mlffd/core';
import fc from 'fast-check';
import { fcc } from '../src/build/crystals.ts';
import { perturbedSet } from '../src/perturbedSet.ts';
import { BestByGroup } from '../src/selection/bestByGroup.ts';
import type { Ranked } from '../src/selection/bestByGroup.ts';
import { disagreement } from '../src/selection/committee.ts';
import type { QueryEvent } from '../src/selection/queryTally.ts';
import { SelectionError } from '../src/selection/selectionError.ts';
import { againstTeacher } from '../src/selection/uncertainty.ts';
import { selectUncertain, trustClass } from '../src/selection/uncertaintyQuery.ts';
import type { SelectUncertainOptions } from '../src/selection/uncertaintyQuery.ts';
import type { Structure } from '../src/structure.ts';
import { PairPotential } from './support/pairPotential.ts';
import { later, ScaledPair } from './support/scaledPair.ts';

const atoms = createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 0, 0, 3] });
/** Structures that carry their uncertainty, for what does not depend on where it comes from. */
const candidatesOf = (values: readonly (readonly [group: string, value: number])[]): Structure[] =>
  values.map(([group, value], k) => ({
    atoms: { ...atoms, info: { value } },
    meta: { id: `s${String(k).padStart(3, '0')}`, group, source: 'test' },
  }));
const valueOf = (structure: Structure) => structure.atoms.info!.value as number;
const levels = { lower: 0.1, upper: 1 };
const select = (
  options: Partial<SelectUncertainOptions> & Pick<SelectUncertainOptions, 'candidates'>,
) => selectUncertain({ ...levels, count: 3, uncertainty: valueOf, ...options });

const pairs = fc.array(
  fc.tuple(
    fc.constantFrom('a', 'b', 'c', 'd'),
    fc.integer({ min: 0, max: 12 }).map((k) => k / 10),
  ),
  { minLength: 1, maxLength: 40 },
);

describe('the best of each group', () => {
  /** All of them sorted, then taken while their group is not full. */
  const slow = (entries: readonly Ranked[], count: number, perGroup: number) => {
    const taken = new Map<string, number>();
    return [...entries]
      .sort((a, b) => b.value - a.value || (a.id < b.id ? -1 : 1))
      .filter(({ group }) => {
        const already = taken.get(group) ?? 0;
        taken.set(group, already + 1);
        return already < perGroup;
      })
      .slice(0, count);
  };

  test('are those of the sorted list, in any order of the offers', () => {
    fc.assert(
      fc.property(
        pairs,
        fc.integer({ min: 1, max: 12 }),
        fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(Infinity)),
        fc.nat(1000),
        (values, count, perGroup, seed) => {
          const entries = values.map(([group, value], k) => ({ id: `s${k}`, group, value }));
          const best = new BestByGroup<Ranked>({ count, perGroup });
          for (const entry of new Rng(seed, 'order').shuffle([...entries])) {
            best.offer(entry);
            expect(best.entries.length).toBeLessThanOrEqual(count);
          }
          expect(best.entries).toEqual(slow(entries, count, perGroup));
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  test('an id that comes twice is an error', () => {
    const best = new BestByGroup<Ranked>({ count: 2, perGroup: 1 });
    best.offer({ id: 'a', group: 'g', value: 1 });
    expect(() => {
      best.offer({ id: 'a', group: 'h', value: 2 });
    }).toThrow(SelectionError);
  });
});

describe('trust levels', () => {
  test('accurate below the lower one, failed from the upper one on', () => {
    const classes = [0, 0.0999, 0.1, 0.5, 0.999, 1, Infinity].map((e) => trustClass(e, levels));
    expect(classes).toEqual([
      'accurate',
      'accurate',
      'candidate',
      'candidate',
      'candidate',
      'failed',
      'failed',
    ]);
    expect(trustClass(1e9, { lower: 0, upper: Infinity })).toBe('candidate');
  });

  test('must be a range', async () => {
    for (const bad of [
      { lower: 1, upper: 1 },
      { lower: -1 },
      { lower: NaN },
      { upper: NaN },
      { count: 0 },
      { perGroup: 0 },
      { diversity: { shortlist: 2, choose: () => [] } },
      { committee: [new PairPotential(), new PairPotential()] },
    ]) {
      await expect(select({ candidates: [], ...bad })).rejects.toThrow(InvalidArgumentError);
    }
    const neither = selectUncertain({ candidates: [], ...levels, count: 1 });
    await expect(neither).rejects.toThrow(InvalidArgumentError);
  });
});

describe('a selection', () => {
  test('takes the most uncertain candidates, some of each group, and counts the rest', async () => {
    const candidates = candidatesOf([
      ['a', 0.9],
      ['a', 0.8],
      ['a', 0.7],
      ['b', 0.05],
      ['b', 0.2],
      ['c', 3],
      ['c', 0.3],
    ]);
    const { selected, statistics, failures } = await select({ candidates, perGroup: 2 });
    expect(selected.map(({ structure }) => structure)).toEqual([
      candidates[0],
      candidates[1],
      candidates[6],
    ]);
    expect(selected[0].uncertainty).toEqual({ value: 0.9 });
    expect(failures).toEqual([]);
    expect(statistics).toEqual({
      seen: 7,
      accurate: 1,
      candidate: 5,
      failed: 1,
      selected: 3,
      reasons: { 'above-upper': 1, 'below-lower': 1, within: 5 },
      meanUncertainty: expect.closeTo(5.95 / 7, 12),
      largestUncertainty: 3,
    });
  });

  test('does not depend on the order of the candidates', async () => {
    await fc.assert(
      fc.asyncProperty(
        pairs,
        fc.integer({ min: 1, max: 3 }),
        fc.nat(1000),
        async (values, perGroup, seed) => {
          const candidates = candidatesOf(values);
          const shuffled = new Rng(seed, 'order').shuffle([...candidates]);
          const [a, b] = [
            await select({ candidates, perGroup }),
            await select({ candidates: shuffled, perGroup }),
          ];
          expect(b.selected).toEqual(a.selected);
          for (const { uncertainty } of a.selected) {
            expect(trustClass(uncertainty.value, levels)).toBe('candidate');
          }
        },
      ),
      { seed: 1, numRuns: 50 },
    );
  });

  test('with nothing to choose from is empty', async () => {
    expect(await select({ candidates: [] })).toMatchObject({
      selected: [],
      statistics: { seen: 0, selected: 0, meanUncertainty: NaN, largestUncertainty: NaN },
    });
    expect((await select({ candidates: candidatesOf([['a', 0.01]]) })).selected).toEqual([]);
  });

  test('says what it does', async () => {
    const events: QueryEvent[] = [];
    const candidates = candidatesOf([
      ['a', 0.05],
      ['b', 0.5],
      ['c', NaN],
    ]);
    const { statistics, failures } = await select({
      candidates,
      onEvent: (event) => events.push(event),
    });
    expect(statistics).toMatchObject({ failed: 1, reasons: { 'data/bad-uncertainty': 1 } });
    expect(statistics.meanUncertainty).toBeCloseTo(0.275, 12);
    expect(failures).toMatchObject([{ id: 's002', group: 'c', code: 'data/bad-uncertainty' }]);
    expect(events.filter(({ type }) => type === 'structure')).toEqual([
      { type: 'structure', class: 'accurate', id: 's000', group: 'a', value: 0.05 },
      { type: 'structure', class: 'candidate', id: 's001', group: 'b', value: 0.5 },
    ]);
    expect(events.filter(({ type }) => type === 'progress').at(-1)).toMatchObject({
      seen: 3,
      candidates: 1,
      total: 3,
      secondsLeft: 0,
    });
    expect(events.filter(({ type }) => type === 'failure')).toHaveLength(1);
    expect(events.at(-1)).toEqual({ type: 'end', statistics });
  });

  test('that could measure nothing is an error, with the first reason', async () => {
    const broken = select({
      candidates: candidatesOf([
        ['a', 0.5],
        ['b', 0.5],
      ]),
      uncertainty: () => {
        throw new RangeError('no such element');
      },
    });
    await expect(broken).rejects.toMatchObject({
      code: 'data/nothing-measured',
      message: 'none of 2 structures could be measured: no such element',
      cause: expect.objectContaining({ message: 'no such element' }),
    });
  });

  test('stops when asked to', async () => {
    const candidates = candidatesOf([['a', 0.5]]);
    const run = select({ candidates, signal: AbortSignal.abort() });
    await expect(run).rejects.toThrow(AbortedError);
  });

  test('of a long stream keeps no more than it gives', async () => {
    async function* stream(): AsyncGenerator<Structure> {
      const rng = new Rng(1, 'stream');
      for (let k = 0; k < 3000; k++) {
        const value = rng.uniform();
        await Promise.resolve();
        yield {
          atoms: { ...atoms, info: { value } },
          meta: { id: `s${k}`, group: 'g', source: 't' },
        };
      }
    }
    const { selected, statistics } = await select({ candidates: stream(), count: 5, total: 3000 });
    const rng = new Rng(1, 'stream');
    const values = Array.from({ length: 3000 }, () => rng.uniform());
    const expected = values.sort((a, b) => b - a).slice(0, 5);
    expect(selected.map(({ uncertainty }) => uncertainty.value)).toEqual(expected);
    expect(statistics.seen).toBe(3000);
  });
});

describe('a choice among the uncertain ones', () => {
  const candidates = candidatesOf([
    ['a', 0.9],
    ['a', 0.8],
    ['b', 0.7],
    ['b', 0.6],
    ['c', 0.5],
  ]);

  test('is made from the shortlist', async () => {
    const seen: string[][] = [];
    const { selected } = await select({
      candidates,
      count: 2,
      perGroup: 1,
      diversity: {
        shortlist: 3,
        choose: async (list, count) => {
          await Promise.resolve();
          seen.push(list.map(({ meta }) => meta.id));
          expect(count).toBe(2);
          return Int32Array.of(2, 0);
        },
      },
    });
    expect(seen).toEqual([['s000', 's002', 's004']]);
    expect(selected.map(({ structure }) => structure.meta.id)).toEqual(['s000', 's004']);
  });

  test('is not asked for where there are few, and must make sense', async () => {
    const choices = [[0, 0], [0, 5], [0.5], [0, 1, 2]];
    for (const choice of choices) {
      const diversity = { shortlist: 5, choose: () => choice };
      await expect(select({ candidates, count: 2, diversity })).rejects.toThrow(SelectionError);
      const few = await select({ candidates: candidates.slice(0, 2), count: 2, diversity });
      expect(few.selected).toHaveLength(2);
    }
  });
});

describe('with real potentials', () => {
  const parents = [
    { id: 'crystal', atoms: fcc('Ar', 4.1) },
    { id: 'dense', atoms: fcc('Ar', 3.8) },
  ];
  const candidates = [...perturbedSet({ parents, count: 12, stdev: [0.01, 0.4], seed: 5 })];
  const committee = [0.97, 1, 1.03].map((sigma) => new ScaledPair({ sigma }));

  test('a committee sorts structures into the three classes', async () => {
    const values = await Promise.all(
      candidates.map(async ({ atoms: a }) => (await disagreement(committee, a)).force),
    );
    const sorted = [...values].sort((a, b) => a - b);
    // A third of the structures in each class.
    const [lower, upper] = [sorted[9], sorted[18]];
    const { selected, statistics } = await selectUncertain({
      candidates,
      committee: committee.map(later),
      concurrency: 4,
      lower,
      upper,
      count: 5,
    });
    expect(statistics).toMatchObject({
      seen: 26,
      accurate: 9,
      candidate: 9,
      failed: 8,
      selected: 5,
    });
    expect(selected.map(({ uncertainty }) => uncertainty.value)).toEqual(
      sorted.slice(13, 18).reverse(),
    );
  });

  test('a teacher is asked once, and its labels go along', async () => {
    const teacher = new PairPotential('teacher');
    const { selected } = await selectUncertain({
      candidates,
      uncertainty: againstTeacher({ student: committee[0], teacher }),
      lower: 0,
      upper: Infinity,
      count: 4,
      perGroup: 2,
    });
    expect(teacher.calls).toBe(candidates.length);
    expect(selected).toHaveLength(4);
    for (const { structure } of selected) {
      const { energy, forces } = teacher.calculate(structure.atoms, ['energy', 'forces']);
      expect(structure.known).toEqual({ teacher: 'teacher', results: { energy, forces } });
    }
  });
});
