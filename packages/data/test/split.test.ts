import { describe, expect, test } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import fc from 'fast-check';
import { SplitError } from '../src/errors.ts';
import { checkLeakage } from '../src/split/leakage.ts';
import { splitBySize, splitByTemperature } from '../src/split/extrapolation.ts';
import { compositionName, countElements, parseComposition } from '../src/composition.ts';
import type { CompositionKind } from '../src/composition.ts';
import { SIDES } from '../src/split/split.ts';
import type { Side, Split } from '../src/split/split.ts';
import { splitByComposition } from '../src/split/splitByComposition.ts';
import { splitByGroup } from '../src/split/splitByGroup.ts';
import { splitRandom } from '../src/split/splitRandom.ts';
import type { StructureMeta } from '../src/structure.ts';

const metasOf = (sizes: readonly number[]): StructureMeta[] =>
  sizes.flatMap((size, g) =>
    Array.from({ length: size }, (_, k) => ({ id: `${g}-${k}`, group: `g${g}`, source: 'test' })),
  );

const fractions = { train: 0.8, validation: 0.1, test: 0.1 };

describe('a split by group', () => {
  test('puts every structure on one side and no group on two', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 3, maxLength: 40 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 1e6 }), (groups, seed) => {
        const metas = metasOf(groups);
        const split = splitByGroup(metas, { fractions, seed });
        const all = [...split.train, ...split.validation, ...split.test];
        expect(all.sort((a, b) => a - b)).toEqual([...metas.keys()]);
        const sides = [split.train, split.validation, split.test].map(
          (side) => new Set(Array.from(side, (k) => metas[k].group)),
        );
        for (const side of sides) expect(side.size).toBeGreaterThan(0);
        expect(sides.reduce((sum, side) => sum + side.size, 0)).toBe(groups.length);
        expect(splitByGroup({ metas }, { fractions, seed })).toEqual(split);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test('meets the fractions as well as the largest group allows', () => {
    const metas = metasOf(Array.from({ length: 60 }, (_, g) => 1 + (g % 10)));
    const split = splitByGroup(metas, { fractions, seed: 2 });
    expect(Math.abs(split.train.length / metas.length - 0.8)).toBeLessThan(10 / metas.length);
    expect(Math.abs(split.test.length / metas.length - 0.1)).toBeLessThan(10 / metas.length);
    const other = splitByGroup(metas, { fractions, seed: 3 });
    expect(other.test).not.toEqual(split.test);
  });

  test('gives every side large groups and small ones', () => {
    const sizes = [...Array<number>(50).fill(10), ...Array<number>(70).fill(4)];
    const metas = metasOf(sizes);
    const split = splitByGroup(metas, { fractions, seed: 4 });
    for (const side of SIDES) {
      const groups = new Set(Array.from(split[side], (k) => Number(metas[k].group.slice(1))));
      const large = [...groups].filter((g) => sizes[g] === 10).length;
      // As many as its fraction, to a group.
      expect(Math.abs(large - 50 * fractions[side])).toBeLessThanOrEqual(1);
      expect(Math.abs(groups.size - large - 70 * fractions[side])).toBeLessThanOrEqual(2);
    }
  });

  test('keeps children with their parents, also across group names', () => {
    const metas = metasOf([1, 1, 1, 1, 1, 1]).map((meta, k) => ({
      ...meta,
      // 1 is a child of 0; 2 and 3 have a parent in common that is not in the set.
      ...(k === 1 ? { parent: '0-0' } : k === 2 || k === 3 ? { parent: 'elsewhere' } : {}),
    }));
    for (let seed = 0; seed < 20; seed++) {
      const split = splitByGroup(metas, { fractions, seed });
      const sideOf = (k: number) =>
        (['train', 'validation', 'test'] as const).find((side) => split[side].includes(k));
      expect(sideOf(1)).toBe(sideOf(0));
      expect(sideOf(3)).toBe(sideOf(2));
    }
  });

  test('holds out what it is told, with the rest of its groups', () => {
    const metas = metasOf([5, 5, 5, 5, 5]);
    const split = splitByGroup(metas, { fractions, seed: 1, hold: ({ id }) => id === '2-3' });
    expect([...split.test]).toEqual([10, 11, 12, 13, 14]);
    expect(split.train).toHaveLength(15);
    expect(split.validation).toHaveLength(5);
    expect(split.kind).toBe('group');
    expect(split.criteria).toEqual({ seed: 1, fractions, heldGroups: ['g2'] });
  });

  test('needs no more groups than sides that are wanted', () => {
    const all = { train: 1, validation: 0, test: 0 };
    expect(splitByGroup(metasOf([7]), { fractions: all, seed: 0 }).train).toHaveLength(7);
  });

  test('is refused when it is impossible', () => {
    const refused = (sizes: number[], options: object) => () =>
      splitByGroup(metasOf(sizes), { fractions, seed: 0, ...options });
    expect(refused([100], {})).toThrow(SplitError);
    expect(refused([5, 5], {})).toThrow(expect.objectContaining({ code: 'data/too-few-groups' }));
    expect(refused([], {})).toThrow(SplitError);
    expect(refused([5, 5, 5], { hold: () => true })).toThrow(SplitError);
    for (const bad of [
      { train: 0.8, validation: 0.1, test: 0.2 },
      { train: 0, validation: 0.5, test: 0.5 },
      { train: 1.2, validation: -0.1, test: -0.1 },
      { train: NaN, validation: 0.5, test: 0.5 },
    ]) {
      expect(refused([5, 5, 5], { fractions: bad })).toThrow(
        expect.objectContaining({ code: 'data/bad-fractions' }),
      );
    }
  });
});

const sidesOf = (split: Split, k: number): Side[] =>
  SIDES.filter((side) => split[side].includes(k));

describe('a random split', () => {
  test('puts every structure on one side, meets the fractions, and is known to leak', () => {
    const metas = metasOf([50, 50]);
    const split = splitRandom(metas, { fractions, seed: 1 });
    expect(SIDES.map((side) => split[side].length)).toEqual([80, 10, 10]);
    expect([...metas.keys()].every((k) => sidesOf(split, k).length === 1)).toBe(true);
    expect(split).toMatchObject({ kind: 'random', criteria: { seed: 1, fractions } });
    expect(splitRandom(metas, { fractions, seed: 1 })).toEqual(split);
    expect(splitRandom(metas, { fractions, seed: 2 })).not.toEqual(split);
    const atoms = (k: number) =>
      createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 3 + k / 10, 0, 0] });
    const leaks = checkLeakage({ metas, get: (k) => ({ atoms: atoms(k) }) }, split);
    expect(leaks.map(({ kind, what }) => `${kind} ${what}`)).toEqual(['group g0', 'group g1']);
    expect(() => splitRandom(metasOf([2]), { seed: 1 })).toThrow(SplitError);
  });
});

describe('a split by composition', () => {
  const formulas = [
    'MgO',
    'Mg4O4',
    'NaCl',
    'KCl',
    'Na4K4Cl8',
    'SiO2',
    'Al2O3',
    'CaF2',
    'LiF',
    'C2H6O',
  ];
  const numbers = formulas.map((text) =>
    Int32Array.from([...parseComposition(text)!].flatMap(([z, n]) => Array<number>(n).fill(z))),
  );
  const source = (groups: readonly number[] = formulas.map((_, k) => k)) => ({
    metas: groups.flatMap((group, k) =>
      [0, 1, 2].map((copy) => ({ id: `${k}-${copy}`, group: `g${group}-${copy}`, source: 'test' })),
    ),
    numbers: (k: number) => numbers[Math.floor(k / 3)],
  });

  test('never tears a composition, however it is named', () => {
    const kinds = fc.constantFrom<CompositionKind>('formula', 'reduced', 'elements');
    const seeds = fc.integer({ min: 0, max: 1e6 });
    const groups = fc.array(fc.integer({ min: 0, max: 30 }), {
      minLength: formulas.length,
      maxLength: formulas.length,
    });
    fc.assert(
      fc.property(kinds, seeds, groups, (by, seed, grouping) => {
        const data = source(grouping);
        let split: Split;
        try {
          split = splitByComposition(data, { by, seed, fractions });
        } catch (error) {
          // Random groups may join all compositions.
          expect(error).toBeInstanceOf(SplitError);
          return;
        }
        const seen = new Map<string, Side>();
        for (const side of SIDES) {
          for (const k of split[side]) {
            for (const key of [
              compositionName(countElements(data.numbers(k)), by),
              `group ${data.metas[k].group}`,
            ]) {
              expect(seen.get(key) ?? side).toBe(side);
              seen.set(key, side);
            }
          }
        }
        expect(SIDES.reduce((sum, side) => sum + split[side].length, 0)).toBe(data.metas.length);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test('holds out what it is told', () => {
    const split = splitByComposition(source(), { seed: 1, hold: ['OMg', 'NaCl'] });
    // MgO and Mg4O4 are one composition unless `by` says formula.
    expect([...split.test]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(split.criteria).toMatchObject({ by: 'reduced', testCompositions: ['ClNa', 'MgO'] });
    const formula = splitByComposition(source(), { by: 'formula', seed: 1, hold: ['Mg4O4'] });
    expect([...formula.test]).toEqual([3, 4, 5]);
    const elements = splitByComposition(source(), { by: 'elements', seed: 1, hold: ['Cl-K-Na'] });
    expect([...elements.test]).toEqual([12, 13, 14]);
    for (const hold of ['KBr', 'salt', 'Xx2']) {
      expect(() => splitByComposition(source(), { seed: 1, hold: [hold] })).toThrow(
        expect.objectContaining({ code: 'data/no-such-composition', found: hold }),
      );
    }
  });

  test('names compositions in the order of Hill', () => {
    const name = (text: string, by: CompositionKind) =>
      compositionName(parseComposition(text)!, by);
    expect(name('OH6C2', 'formula')).toBe('C2H6O');
    expect(name('C4H8', 'reduced')).toBe('CH2');
    expect(name('ClNa', 'formula')).toBe('ClNa');
    expect(name('OMgAl', 'elements')).toBe('Al-Mg-O');
    expect(parseComposition('')).toBeUndefined();
  });
});

describe('a split for extrapolation', () => {
  const temperatures = [300, 300, 600, 900, 1200];
  const metas: StructureMeta[] = temperatures.flatMap((temperature, g) =>
    [0, 1, 2, 3].map((k) => ({ id: `${g}-${k}`, group: `g${g}`, source: 'md', temperature })),
  );

  test('trains below a temperature and tests above', () => {
    const split = splitByTemperature(metas, {
      trainUpTo: 600,
      testAbove: 900,
      validation: 0.34,
      seed: 1,
    });
    expect([...split.test]).toEqual([16, 17, 18, 19]);
    expect(split.validation).toHaveLength(4);
    expect([...split.train, ...split.validation].every((k) => k < 12)).toBe(true);
    expect(split).toMatchObject({
      kind: 'temperature',
      criteria: { trainUpTo: 600, testAbove: 900, leftOut: 4 },
    });
  });

  test('structures without temperature are cold, or left out; ramps are left out', () => {
    const cold: StructureMeta[] = [
      ...metas,
      { id: 'rattled', group: 'r', source: 'rattle' },
      { id: 'ramp-0', group: 'ramp', source: 'md', temperature: 300 },
      { id: 'ramp-1', group: 'ramp', source: 'md', temperature: 1200 },
    ];
    const options = { trainUpTo: 600, validation: 0, seed: 1 };
    const split = splitByTemperature(cold, options);
    expect(split.train).toHaveLength(13);
    expect(split.test).toHaveLength(8);
    expect(split.criteria).toMatchObject({ leftOut: 2 });
    const without = splitByTemperature(cold, { ...options, unknown: 'leave-out' });
    expect(without.train).toHaveLength(12);
    expect(without.criteria).toMatchObject({ leftOut: 3 });
  });

  test('trains on small structures and tests on large ones', () => {
    const source = { metas, atomCount: (k: number) => 8 * (1 + Math.floor(k / 4)) };
    const split = splitBySize(source, { trainUpTo: 24, validation: 0.34, seed: 1 });
    expect([...split.test].every((k) => source.atomCount(k) > 24)).toBe(true);
    expect(split.test).toHaveLength(8);
    expect(split).toMatchObject({ kind: 'size', criteria: { unit: 'atoms' } });
  });

  test('is refused when a side would stay empty or the thresholds cross', () => {
    const refused = (options: object) => () =>
      splitByTemperature(metas, { trainUpTo: 600, seed: 1, ...options });
    expect(refused({ trainUpTo: 1200 })).toThrow(
      expect.objectContaining({ code: 'data/empty-side', found: '300 to 1200 K' }),
    );
    expect(refused({ trainUpTo: 100 })).toThrow(
      expect.objectContaining({ code: 'data/too-few-groups' }),
    );
    for (const options of [{ testAbove: 500 }, { validation: 1 }, { trainUpTo: NaN }]) {
      expect(refused(options)).toThrow(expect.objectContaining({ code: 'data/bad-thresholds' }));
    }
  });
});
