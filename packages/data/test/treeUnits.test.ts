import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import {
  AbortedError,
  createAtoms,
  InvalidArgumentError,
  longestRow,
  neighborList,
  PropertyNotAvailableError,
} from '@mlffd/core';
import type { Calculator } from '@mlffd/core';
import { fcc } from '../src/build/crystals.ts';
import {
  checkLeakage,
  compactShards,
  Dataset,
  labelStructures,
  SamplingError,
  splitByGroup,
} from '../src/index.ts';
import type { Parent, Structure } from '../src/index.ts';
import { growTree } from '../src/sampling/rattleRelaxTree.ts';
import type { GrowTreeOptions } from '../src/sampling/rattleRelaxTree.ts';
import type { TreeEvent } from '../src/sampling/treeEvents.ts';
import { undeformed } from '../src/sampling/treeNode.ts';
import { TreePool } from '../src/sampling/treePool.ts';
import { treeUnits } from '../src/sampling/treeUnits.ts';
import type { TreeUnitsOptions } from '../src/sampling/treeUnits.ts';
import { PairPotential } from './support/pairPotential.ts';
import { later } from './support/scaledPair.ts';
import { makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

const clusterOf = (scale: number) =>
  createAtoms({
    symbols: ['Ar', 'Ar', 'Ar', 'Ar', 'Ar'],
    positions: [0, 0, 0, 2.9, 0, 0, 1.45, 2.5, 0, 1.45, 0.84, 2.37, 1.45, 0.84, -2.37].map(
      (x) => scale * x,
    ),
  });
const roots: readonly Parent[] = [
  { id: 'cluster', atoms: clusterOf(1) },
  { id: 'wide', atoms: clusterOf(1.03) },
  { id: 'crystal', atoms: fcc('Ar', 4.1), group: 'argon' },
  { id: 'dense', atoms: fcc('Ar', 4.0), group: 'argon' },
];
const properties = ['energy', 'forces'] as const;
const common = { seed: 7, strain: 0.02, sigma: [0.03, 0.15], properties } as const;
const grow = (options: Partial<GrowTreeOptions> = {}) =>
  growTree({
    calculator: new PairPotential(),
    root: roots[0],
    children: 12,
    ...common,
    ...options,
  });
const units = (options: Partial<TreeUnitsOptions> = {}) =>
  treeUnits({
    calculator: new PairPotential(),
    roots,
    children: 10,
    branchSize: 4,
    ...common,
    ...options,
  });

describe('a tree', () => {
  test('begins with its root; every parent comes before its children', async () => {
    const { id, structures, statistics } = await grow({ children: 25, beta: 0.2 });
    expect(id).toBe('cluster/tree-000');
    expect(structures).toHaveLength(26);
    expect(structures[0].meta).toEqual({ id: 'cluster', group: 'cluster', source: 'parent' });
    const levels = new Map([['cluster', 0]]);
    for (const [k, { meta }] of structures.slice(1).entries()) {
      expect(meta.id).toBe(`cluster/tree-000/${String(k).padStart(5, '0')}`);
      expect(meta).toMatchObject({ group: 'cluster', source: 'rattle-relax' });
      expect(meta.details!.level).toBe(levels.get(meta.parent!)! + 1);
      levels.set(meta.id, Number(meta.details!.level));
    }
    expect(statistics.level).toBe(Math.max(...levels.values()));
    expect(statistics.level).toBeGreaterThan(2);
  });

  test('keeps its guards, and its members differ from each other', async () => {
    const { structures } = await grow({ root: roots[2], children: 15, maxForce: 2 });
    const teacher = new PairPotential();
    const pool = new TreePool({
      id: 'root',
      level: 0,
      atoms: structures[0].atoms,
      results: { energy: 0, forces: new Float64Array() },
      deformation: undeformed(),
      details: {},
    });
    for (const { atoms, meta, known } of structures.slice(1)) {
      expect(known).toEqual({
        teacher: 'pair-1',
        results: teacher.calculate(atoms, ['energy', 'forces']),
      });
      expect(longestRow(known!.results.forces!)).toBeLessThan(2);
      expect(neighborList(atoms, 0.6 * 2.12).count).toBe(0);
      const [xx, yy, zz, yz, xz, xy] = meta.details!.strain as readonly number[];
      const deformation = Float64Array.of(1 + xx, xy, xz, xy, 1 + yy, yz, xz, yz, 1 + zz);
      expect(pool.isNear(pool.frame(atoms, deformation), 0.1)).toBe(false);
      pool.add({ ...pool.root, id: meta.id, atoms, deformation });
    }
  });

  test('depends on seed, root and branch alone, and goes on where a smaller one ends', async () => {
    const tree = await grow();
    expect(await grow()).toEqual(tree);
    expect(await grow({ calculator: later(new PairPotential()) })).toEqual(tree);
    const small = await grow({ children: 5 });
    expect(tree.structures.slice(0, 6)).toEqual(small.structures);
    const positions = ({ structures }: { structures: readonly Structure[] }) =>
      structures[1].atoms.positions;
    for (const other of [{ seed: 8 }, { branch: 1 }, { root: { ...roots[0], id: 'b' } }]) {
      expect(positions(await grow(other))).not.toEqual(positions(tree));
    }
  });

  test('says what becomes of the attempts', async () => {
    const events: TreeEvent[] = [];
    const calculator = new PairPotential();
    const { statistics } = await grow({
      calculator,
      sigma: [0.01, 0.15],
      maxForce: 0.3,
      onEvent: (event) => events.push(event),
    });
    const { children, attempts, acceptance, rejected, stops, calls, meanSteps } = statistics;
    expect(children).toBe(12);
    const count = (type: string) => events.filter((event) => event.type === type).length;
    expect([count('child'), count('rejected'), count('tree')]).toEqual([12, attempts - 12, 1]);
    expect(acceptance).toBe(12 / attempts);
    expect(rejected.similar).toBeGreaterThan(0);
    expect(rejected.force).toBeGreaterThan(0);
    const sum = (counts: Readonly<Record<string, number>>) =>
      Object.values(counts).reduce((a, b) => a + b);
    expect(sum(rejected)).toBe(attempts - 12);
    expect(sum(stops)).toBe(12);
    // One call for the root.
    expect(calls).toBe(calculator.calls - 1);
    expect(meanSteps).toBeGreaterThan(0);
    expect(events.at(-1)).toEqual({
      type: 'tree',
      tree: 'cluster/tree-000',
      statistics,
      exhausted: false,
    });
    expect(events.find(({ type }) => type === 'child')).toMatchObject({ children: 1, count: 12 });
  });

  test('keeps the labels asked for', async () => {
    const labels = async (options: Partial<GrowTreeOptions>) =>
      Object.keys((await grow({ children: 1, ...options })).structures[1].known!.results);
    expect(await labels({ properties: ['forces'] })).toEqual(['forces']);
    const all = { root: roots[2], properties: ['energy', 'forces', 'stress'] } as const;
    expect(await labels(all)).toEqual(['energy', 'forces', 'stress']);
  });
});

describe('a tree that cannot grow', () => {
  test('says why', async () => {
    const events: TreeEvent[] = [];
    const onEvent = (event: TreeEvent) => events.push(event);
    const options = { children: 2, attemptsPerChild: 3, onEvent };
    await expect(grow({ ...options, sigma: [0.001, 0.001], strain: 0 })).rejects.toMatchObject({
      name: 'SamplingError',
      code: 'data/no-children',
      found: 'rejected: similar 6 times',
      hint: expect.stringContaining('Raise sigma'),
    });
    expect(events.at(-1)).toMatchObject({ type: 'tree', exhausted: true });
    await expect(grow({ ...options, sigma: [0.14, 0.15], maxForce: 1e-6 })).rejects.toMatchObject({
      hint: expect.stringContaining('maxForce'),
    });
  });

  test('or ends with fewer children', async () => {
    const events: TreeEvent[] = [];
    const onEvent = (event: TreeEvent) => events.push(event);
    const { structures } = await grow({
      children: 40,
      attemptsPerChild: 1,
      sigma: [0.03, 0.08],
      onEvent,
    });
    expect(structures.length).toBeGreaterThan(1);
    expect(structures.length).toBeLessThan(41);
    expect(events.at(-1)).toMatchObject({ type: 'tree', exhausted: true });
  });

  test('a teacher that is gone is not taken for the end of the tree', async () => {
    const pair = new PairPotential();
    const dying: Calculator = {
      name: 'dying',
      properties: pair.properties,
      calculate: (atoms, wanted) => {
        if (pair.calls < 40) return pair.calculate(atoms, wanted);
        throw new RangeError('the worker is gone');
      },
      dispose: () => undefined,
    };
    const tree = grow({ calculator: dying, children: 50 });
    await expect(tree).rejects.toMatchObject({
      code: 'data/teacher-failed',
      message: 'dying failed 10 times in a row: the worker is gone',
      cause: expect.objectContaining({ message: 'the worker is gone' }),
    });
    await expect(tree).rejects.toThrow(SamplingError);
  });

  test('options out of range', async () => {
    for (const bad of [
      { children: 0 },
      { attemptsPerChild: 0.5 },
      { sigma: [0, 0.1] as const },
      { sigma: [0.2, 0.1] as const },
      { beta: 1.1 },
      { beta: NaN },
      { temperature: 0 },
      { strain: 0.2 },
      { relaxSteps: -1 },
      { stopProbability: -0.1 },
      { maxForce: 0 },
      { minDisplacement: -1 },
    ]) {
      await expect(grow(bad)).rejects.toThrow(InvalidArgumentError);
    }
    const energyOnly = { ...later(new PairPotential()), properties: ['energy'] as const };
    await expect(grow({ calculator: energyOnly })).rejects.toThrow(PropertyNotAvailableError);
    expect(() => units({ calculator: energyOnly })).toThrow(PropertyNotAvailableError);
    expect(() => units({ branchSize: 0 })).toThrow(InvalidArgumentError);
  });
});

describe('trees as units of a labelling', () => {
  test('branches of bounded size, each root once', async () => {
    const list = units();
    expect(list.map(({ unit, count }) => [unit, count]).slice(0, 4)).toEqual([
      ['cluster/tree-000', 5],
      ['cluster/tree-001', 4],
      ['cluster/tree-002', 2],
      ['wide/tree-000', 5],
    ]);
    const made: Structure[] = [];
    for (const unit of list) made.push(...(await unit.make(undefined)));
    expect(made).toHaveLength(4 * 11);
    expect(new Set(made.map(({ meta }) => meta.id)).size).toBe(made.length);
    expect(units({ includeRoots: false })[0].count).toBe(4);
    // Whatever the order, and side by side.
    const again = await Promise.all(
      units({ calculator: later(new PairPotential()) })
        .reverse()
        .map(async (unit) => await unit.make(undefined)),
    );
    expect(again.reverse().flat()).toEqual(made);
  });

  test('families stay together in a split', async () => {
    const target = join(folder, 'families');
    const teacher = new PairPotential();
    await labelStructures({ structures: units(), calculator: teacher, folder: target });
    // All labels came along with the structures.
    expect(teacher.calls).toBe(0);
    const dataset = await Dataset.open((await compactShards(target, `${target}.h5`)).path);
    expect(new Set(dataset.metas.map(({ group }) => group))).toEqual(
      new Set(['cluster', 'wide', 'argon']),
    );
    const split = splitByGroup(dataset, {
      seed: 1,
      fractions: { train: 0.5, validation: 0.25, test: 0.25 },
    });
    expect([split.train.length, split.validation.length, split.test.length]).toEqual([22, 11, 11]);
    expect(checkLeakage(dataset, split)).toEqual([]);
    const torn = { ...split, train: split.train.slice(1), test: split.train.slice(0, 1) };
    expect(checkLeakage(dataset, torn).map(({ kind }) => kind)).toContain('group');
    dataset.close();
  });

  test('a stopped labelling goes on and ends with the same content', async () => {
    const run = async (target: string, stops: readonly number[]) => {
      for (const most of stops) {
        const stop = new AbortController();
        let commits = 0;
        const labelling = labelStructures({
          structures: units(),
          calculator: new PairPotential(),
          folder: target,
          signal: stop.signal,
          onEvent: ({ type }) => {
            if (type === 'commit' && ++commits === most) stop.abort();
          },
        });
        await expect(labelling).rejects.toThrow(AbortedError);
      }
      const summary = await labelStructures({
        structures: units(),
        calculator: new PairPotential(),
        folder: target,
      });
      expect(summary).toMatchObject({ labelled: 44, computed: 0 });
      return (await compactShards(target, `${target}.h5`)).hash;
    };
    const whole = await run(join(folder, 'whole'), []);
    expect(await run(join(folder, 'stopped'), [3, 2, 4])).toBe(whole);
  });

  test('a stop in the middle of a tree drops that tree only', async () => {
    const stop = new AbortController();
    let children = 0;
    const tree = grow({
      signal: stop.signal,
      onEvent: ({ type }) => {
        if (type === 'child' && ++children === 3) stop.abort();
      },
    });
    await expect(tree).rejects.toThrow(AbortedError);
    expect(children).toBe(3);
  });
});
