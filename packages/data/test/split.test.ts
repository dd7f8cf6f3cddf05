import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { FileFormatError } from '@mlffd/core';
import fc from 'fast-check';
import { checkLeakage, loadSplit, saveSplit, splitByGroup, SplitError } from '../src/index.ts';
import type { Split, StructureMeta } from '../src/index.ts';
import { makeLabelled, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

const metasOf = (sizes: readonly number[]): StructureMeta[] =>
  sizes.flatMap((size, g) =>
    Array.from({ length: size }, (_, k) => ({ id: `${g}-${k}`, group: `g${g}`, source: 'test' })),
  );

const fractions = { train: 0.8, validation: 0.1, test: 0.1 };

describe('a split', () => {
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
      { numRuns: 100 },
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

describe('a frozen split', () => {
  const dataset = { hash: 'abc', length: 30 };
  const split = splitByGroup(metasOf([10, 10, 10]), { seed: 0, fractions });
  const path = join(folder, 'split.json');

  test('comes back for its dataset only', () => {
    saveSplit(path, split, dataset);
    expect(loadSplit(path, dataset)).toEqual(split);
    expect(() => loadSplit(path, { ...dataset, hash: 'abd' })).toThrow(
      expect.objectContaining({ code: 'data/wrong-split', found: 'dataset abc' }),
    );
    expect(() => loadSplit(path, { ...dataset, length: 29 })).toThrow(FileFormatError);
  });

  test('is refused when it is damaged', () => {
    for (const text of ['', '{', '{"format":"mlffd-split","version":2}', 'null', '[]']) {
      writeFileSync(path, text);
      expect(() => loadSplit(path, dataset)).toThrow(FileFormatError);
    }
    saveSplit(path, { ...split, test: split.train }, dataset);
    expect(() => loadSplit(path, dataset)).toThrow(FileFormatError);
    expect(() => loadSplit(join(folder, 'absent.json'), dataset)).toThrow(
      expect.objectContaining({ code: 'fs/not-found' }),
    );
  });
});

describe('leakage', () => {
  const structures = makeLabelled(12).map(({ atoms, meta }) => ({
    atoms,
    meta: { id: meta.id, group: meta.id, source: meta.source },
  }));
  const sides: Split = {
    train: Int32Array.of(0, 1, 2, 3),
    validation: Int32Array.of(4, 5, 6),
    test: Int32Array.of(7, 8, 9, 10, 11),
  };
  const check = (changed: readonly Partial<(typeof structures)[number]>[], split = sides) => {
    const all = structures.map((structure, k) => ({ ...structure, ...changed[k] }));
    const metas = all.map(({ meta }) => meta);
    return checkLeakage({ metas, get: (k) => all[k] }, split);
  };

  test('none in a clean split', () => {
    expect(check([])).toEqual([]);
  });

  test('a group, a parent, a duplicate, a near duplicate, an index on two sides', () => {
    const meta = (k: number, change: Partial<StructureMeta>) => ({
      meta: { ...structures[k].meta, ...change },
    });
    const at = (k: number, change: object) => Object.assign([], { [k]: change }) as object[];
    expect(check(at(8, meta(8, { group: 's1' })))).toEqual([
      { kind: 'group', what: 's1', sides: ['train', 'test'] },
    ]);
    expect(check(at(8, meta(8, { parent: 's5' })))).toEqual([
      { kind: 'parent', what: 's5', sides: ['validation', 'test'] },
    ]);
    expect(check(at(4, { atoms: structures[2].atoms }))).toEqual([
      { kind: 'duplicate', what: 's2, s4', sides: ['train', 'validation'] },
    ]);
    // Moved as a whole by a multiple of the grid's spacing.
    const moved = structures[2].atoms.positions.map((x) => x + 0.25);
    expect(check(at(4, { atoms: { ...structures[2].atoms, positions: moved } }))).toHaveLength(1);
    const twice = { ...sides, train: Int32Array.of(0, 1, 2, 3, 3) };
    expect(check([], twice)).toEqual([{ kind: 'index', what: 's3', sides: ['train'] }]);
    const both = { ...sides, test: Int32Array.of(0, 8) };
    expect(check([], both).map(({ kind }) => kind)).toEqual([
      'index',
      'group',
      'parent',
      'duplicate',
    ]);
  });
});
