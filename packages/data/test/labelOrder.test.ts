import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { AbortedError, CalculatorPool, Rng, ThreadCalculator } from '@mlffd/core';
import type { Calculator } from '@mlffd/core';
import fc from 'fast-check';
import { compactShards, Dataset, labelStructures, readLabelFolder } from '../src/index.ts';
import type { LabelOptions, Structure, StructureUnit } from '../src/index.ts';
import { PairPotential } from './support/pairPotential.ts';
import { makeStructures, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);
let count = 0;
const newFolder = () => join(folder, `labels-${count++}`);

const inner = new PairPotential();
const structures = makeStructures(40);
const properties = ['energy', 'forces'] as const;

interface Notes {
  readonly calculator: Calculator;
  /** Sizes in the order in which they were begun. */
  readonly begun: number[];
  /** Most calls at the same time. */
  readonly most: () => number;
}

/** Answers after `pause` ms. */
function slow(pause: (call: number) => number): Notes {
  const begun: number[] = [];
  let [at, most] = [0, 0];
  const calculator: Calculator = {
    name: inner.name,
    properties,
    dispose: () => undefined,
    calculate: async (atoms, asked) => {
      begun.push(atoms.numbers.length);
      most = Math.max(most, ++at);
      await sleep(pause(begun.length));
      at--;
      return inner.calculate(atoms, asked);
    },
  };
  return { calculator, begun, most: () => most };
}

/** Content of the shards, in the order of the journal. */
async function shardsOf(target: string): Promise<string[][]> {
  const ids: string[][] = [];
  for (const path of readLabelFolder(target).shards) {
    const dataset = await Dataset.open(path);
    ids.push(dataset.metas.map(({ id }) => id));
    dataset.close();
  }
  return ids;
}

async function hashOf(target: string): Promise<string> {
  return (await compactShards(target, `${target}.h5`)).hash;
}

const label = (target: string, options: Partial<LabelOptions>) =>
  labelStructures({ structures, calculator: inner, folder: target, shardSize: 8, ...options });

test('neither order, nor concurrency, nor the times of calls show in the shards', async () => {
  const plain = newFolder();
  await label(plain, {});
  const [shards, hash] = [await shardsOf(plain), await hashOf(plain)];
  expect(shards.map((ids) => ids.length)).toEqual([8, 8, 8, 8, 8]);
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        order: fc.constantFrom('given' as const, 'size' as const),
        concurrency: fc.integer({ min: 1, max: 12 }),
        seed: fc.integer(),
      }),
      async ({ order, concurrency, seed }) => {
        const target = newFolder();
        const rng = new Rng(seed, 'times');
        const { calculator, most } = slow(() => rng.integer(3));
        await label(target, { order, concurrency, calculator });
        expect(most()).toBeLessThanOrEqual(concurrency);
        expect(await shardsOf(target)).toEqual(shards);
        expect(await hashOf(target)).toBe(hash);
      },
    ),
    { seed: 1, numRuns: 6 },
  );
});

test('one and two threads give the same file', async () => {
  const module = new URL('./support/threadTeachers.mjs', import.meta.url);
  // No element that the teacher of these threads misbehaves at.
  const calm = structures.map(({ meta, atoms }) => ({
    meta,
    atoms: { ...atoms, numbers: atoms.numbers.map(() => 12) },
  }));
  const hashes: string[] = [];
  for (const threads of [1, 2]) {
    const copies = Array.from({ length: threads }, () =>
      ThreadCalculator.start({ module, factory: 'moody' }),
    );
    const pool = new CalculatorPool(await Promise.all(copies));
    const target = newFolder();
    await label(target, { structures: calm, calculator: pool, order: 'size' });
    await pool.dispose();
    hashes.push(await hashOf(target));
  }
  expect(hashes[1]).toBe(hashes[0]);
});

describe('by size', () => {
  test('the largest of a shard are begun first', async () => {
    const target = newFolder();
    const { calculator, begun } = slow(() => 0);
    await label(target, { calculator, order: 'size' });
    const sizes = structures.map(({ atoms }) => atoms.numbers.length);
    expect(begun.slice(0, 3)).toEqual(
      sizes
        .slice(0, 8)
        .sort((a, b) => b - a)
        .slice(0, 3),
    );
    expect([...begun].sort()).toEqual([...sizes].sort());
  });
});

describe('memory is bounded', () => {
  test.each(['given', 'size'] as const)(
    'not more than a shard is taken from a stream (%s)',
    async (order) => {
      let [taken, written, most] = [0, 0, 0];
      function* stream(): Generator<Structure> {
        for (const structure of structures) {
          most = Math.max(most, ++taken - written);
          yield structure;
        }
      }
      // The first of all is the last to end, so that the others have to wait for it.
      const { calculator } = slow((call) => (call === 1 ? 60 : 1));
      await label(newFolder(), {
        structures: stream(),
        calculator,
        order,
        concurrency: 2,
        onEvent: (event) => {
          if (event.type === 'commit') written += event.structures;
        },
      });
      expect(most).toBeLessThanOrEqual(8 + 4 * 2);
    },
  );
});

describe('units', () => {
  const unitsOf = (make: (u: number) => Promise<readonly Structure[]>): StructureUnit[] =>
    Array.from({ length: 8 }, (_, u) => ({ unit: `u${u}`, make: () => make(u) }));

  test('are made side by side, as many as asked for, and stored in the given order', async () => {
    const [one, three] = [newFolder(), newFolder()];
    let [at, most] = [0, 0];
    const units = unitsOf(async (u) => {
      most = Math.max(most, ++at);
      await sleep(u % 3 === 0 ? 20 : 1);
      at--;
      return structures.slice(5 * u, 5 * u + 5);
    });
    await label(one, { structures: units });
    expect(most).toBe(1);
    await label(three, { structures: units, concurrency: 3, order: 'size' });
    expect(most).toBe(3);
    expect(await shardsOf(three)).toEqual(await shardsOf(one));
    expect(await hashOf(three)).toBe(await hashOf(one));
  });

  test('use the calls that a calculator takes ahead, but are not made ahead', async () => {
    let [at, most, calls, mostCalls] = [0, 0, 0, 0];
    const calculator: Calculator = {
      name: inner.name,
      properties,
      concurrency: 2,
      ahead: 6,
      dispose: () => undefined,
      calculate: async (atoms, asked) => {
        mostCalls = Math.max(mostCalls, ++calls);
        await sleep(1);
        calls--;
        return inner.calculate(atoms, asked);
      },
    };
    const units = unitsOf(async (u) => {
      most = Math.max(most, ++at);
      await sleep(2);
      at--;
      return structures.slice(5 * u, 5 * u + 5);
    });
    await label(newFolder(), { structures: units, calculator });
    expect(most).toBe(2);
    expect(mostCalls).toBeGreaterThan(2);
    mostCalls = 0;
    await label(newFolder(), { calculator });
    expect(mostCalls).toBe(8);
  });

  test('mix with structures', async () => {
    const [one, four] = [newFolder(), newFolder()];
    const units = unitsOf(async (u) => {
      await sleep(1);
      return structures.slice(20 + 2 * u, 22 + 2 * u);
    });
    const mixed = units.flatMap((unit, u) => [...structures.slice(2 * u, 2 * u + 2), unit]);
    await label(one, { structures: mixed });
    const { calculator } = slow((call) => call % 4);
    await label(four, { structures: mixed, calculator, concurrency: 4, order: 'size' });
    expect(await shardsOf(four)).toEqual(await shardsOf(one));
  });
});

describe('stopped', () => {
  test('in the middle of a window, what has ended is kept, and comes where it belongs', async () => {
    const [target, calm] = [newFolder(), newFolder()];
    await label(calm, {});
    const stop = new AbortController();
    let ended = 0;
    const calculator: Calculator = {
      name: inner.name,
      properties,
      dispose: () => undefined,
      calculate: async (atoms, asked) => {
        await sleep(1);
        if (++ended === 13) stop.abort();
        return inner.calculate(atoms, asked);
      },
    };
    const options = { calculator, order: 'size', concurrency: 2, signal: stop.signal } as const;
    await expect(label(target, options)).rejects.toThrow(AbortedError);
    // Nothing that was computed is thrown away, though smaller ones before it were not begun.
    expect(readLabelFolder(target).labelled).toBe(ended);
    expect(await label(target, {})).toMatchObject({ labelled: 40, skipped: ended });
    expect(await hashOf(target)).toBe(await hashOf(calm));
  });

  test('while a stream has nothing to give', async () => {
    const stop = new AbortController();
    async function* stuck(): AsyncGenerator<Structure> {
      yield* structures.slice(0, 3);
      setTimeout(() => {
        stop.abort();
      }, 10);
      await new Promise(() => undefined);
    }
    const target = newFolder();
    const run = label(target, { structures: stuck(), signal: stop.signal });
    await expect(run).rejects.toThrow(AbortedError);
    expect(readLabelFolder(target).labelled).toBe(3);
  });

  test('by a stream that fails', async () => {
    async function* failing(): AsyncGenerator<Structure> {
      yield* structures.slice(0, 3);
      await sleep(1);
      throw new RangeError('the stream is broken');
    }
    const target = newFolder();
    await expect(label(target, { structures: failing() })).rejects.toThrow('stream is broken');
    expect(readLabelFolder(target).labelled).toBe(3);
  });
});

test('journals of version 0.1.0, which know no places, are read in their own order', async () => {
  const target = newFolder();
  await label(target, { structures: structures.slice(0, 20) });
  const hash = await hashOf(target);
  const journal = join(target, 'journal.jsonl');
  const old = readFileSync(journal, 'utf8').replaceAll(/,"places":\[\[\d+,\d+\]\]/g, '');
  expect(old).not.toContain('places');
  writeFileSync(journal, old);
  expect(await hashOf(target)).toBe(hash);
  expect(await label(target, { structures: structures.slice(0, 20) })).toMatchObject({
    skipped: 20,
  });
});
