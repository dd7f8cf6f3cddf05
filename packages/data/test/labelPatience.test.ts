import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { CalculatorDiedError, CalculatorUnavailableError, InvalidArgumentError } from '@mlffd/core';
import type { CalculateOptions, Calculator, Results } from '@mlffd/core';
import { compactShards, LabelNoGoError, labelStructures, readLabelFolder } from '../src/index.ts';
import type { LabelOptions, Structure, StructureUnit } from '../src/index.ts';
import { PairPotential } from './support/pairPotential.ts';
import { makeStructures, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);
let count = 0;
const newFolder = () => join(folder, `labels-${count++}`);

const structures = makeStructures(12);
const inner = new PairPotential();
const label = (options: Partial<LabelOptions> & { calculator: Calculator; folder: string }) =>
  labelStructures({ structures, shardSize: 5, minSuccess: 0.5, ...options });

/** A calculator that does with structure k what `act` says, told how often it was asked for it. */
function scripted(
  act: (
    k: number,
    asked: number,
    options: CalculateOptions | undefined,
  ) => Results | Promise<Results> | undefined,
): Calculator & { readonly asked: number[] } {
  const asked = structures.map(() => 0);
  return {
    name: 'pair-1',
    properties: ['energy', 'forces'],
    asked,
    calculate: (atoms, properties, options) => {
      const k = structures.findIndex((structure) => structure.atoms === atoms);
      return act(k, ++asked[k], options) ?? inner.calculate(atoms, properties);
    },
    dispose: () => undefined,
  };
}

const died = () => new CalculatorDiedError('core/calculator-died', 'it died');

describe('a call that died', () => {
  test.each([
    ['at once', false],
    ['later', true],
  ])('%s is made again once, and then is a failure', async (_name, later) => {
    const target = newFolder();
    const fail = (): Promise<Results> => {
      if (!later) throw died();
      return Promise.reject(died());
    };
    const calculator = scripted((k, asked) =>
      k === 4 || (k === 7 && asked === 1) ? fail() : undefined,
    );
    const summary = await label({ folder: target, calculator });
    expect(summary).toMatchObject({ labelled: 11, retries: 2, computed: 12 });
    expect(summary.failed).toEqual([
      { id: 's4', code: 'core/calculator-died', message: 'it died', attempts: 2 },
    ]);
    expect(calculator.asked.map((times, k) => [k, times]).filter(([, times]) => times > 1)).toEqual(
      [
        [4, 2],
        [7, 2],
      ],
    );
    expect(readLabelFolder(target).failed).toMatchObject([{ id: 's4', attempts: 2 }]);
  });

  test('is made again as often as asked for, other failures never', async () => {
    const calculator = scripted((k) => {
      if (k === 2) throw died();
      if (k === 3) throw new RangeError('always');
      return k === 5 ? { energy: NaN, forces: new Float64Array(3) } : undefined;
    });
    const { failed } = await label({ folder: newFolder(), calculator, retries: 3 });
    expect(failed.map(({ id, attempts }) => [id, attempts])).toEqual([
      ['s2', 4],
      ['s3', 1],
      ['s5', 1],
    ]);
    const once = await label({ folder: newFolder(), calculator, retries: 0 });
    expect(once.failed[0]).toMatchObject({ id: 's2', attempts: 1 });
  });
});

describe('a call that never ends', () => {
  const never = () => new Promise<Results>(() => undefined);

  test('is given up after the time-out, and told so', async () => {
    const reasons: unknown[] = [];
    const calculator = scripted((k, asked, options) => {
      if (k === 6 || (k === 9 && asked === 1)) {
        options?.signal?.addEventListener('abort', () => reasons.push(options.signal?.reason));
        return never();
      }
      return undefined;
    });
    const target = newFolder();
    const summary = await label({ folder: target, calculator, timeout: 0.05, concurrency: 3 });
    expect(summary.failed).toEqual([
      {
        id: 's6',
        code: 'data/label-timeout',
        message: 'pair-1 did not answer within 0.05 s',
        attempts: 2,
      },
    ]);
    expect(reasons).toHaveLength(3);
    expect(reasons[0]).toMatchObject({ code: 'data/label-timeout' });
    expect(readFileSync(join(target, 'journal.jsonl'), 'utf8')).toContain('did not answer');
  });

  test('but an answer in time, and one that came while the thread was busy, count', async () => {
    const answer = async (k: number, after: number): Promise<Results> => {
      await sleep(after);
      return inner.calculate(structures[k].atoms, []);
    };
    const calculator = scripted((k) => {
      if (k === 3) return answer(k, 5);
      if (k !== 4) return undefined;
      setImmediate(() => {
        const end = performance.now() + 150;
        while (performance.now() < end);
      });
      return answer(k, 20);
    });
    const summary = await label({ folder: newFolder(), calculator, timeout: 0.1 });
    expect(summary).toMatchObject({ labelled: 12, retries: 0 });
  });
});

describe('a calculator that is gone for good', () => {
  test.each([
    ['at once', false],
    ['later', true],
  ])('%s ends the run; what was done is kept, the rest has not failed', async (_name, later) => {
    const target = newFolder();
    const gone = new CalculatorUnavailableError('core/calculator-unavailable', 'no memory');
    const calculator = scripted((k) => {
      if (k < 7) return undefined;
      if (!later) throw gone;
      return Promise.reject(gone);
    });
    await expect(label({ folder: target, calculator, concurrency: 2 })).rejects.toBe(gone);
    expect(readLabelFolder(target)).toMatchObject({ labelled: 7, failed: [] });
    const summary = await label({ folder: target, calculator: new PairPotential() });
    expect(summary).toMatchObject({ labelled: 12, skipped: 7 });
  });

  test('is another matter than a unit in which a call died: that is made again', async () => {
    const tries: string[] = [];
    const unitOf = (unit: string, deaths: number): StructureUnit => ({
      unit,
      make: () => {
        tries.push(unit);
        if (tries.filter((name) => name === unit).length <= deaths) throw died();
        return [structures[deaths]];
      },
    });
    const units = [unitOf('a', 1), unitOf('b', 2)];
    const options = { structures: units, calculator: new PairPotential() };
    const summary = await label({ folder: newFolder(), ...options });
    expect(summary).toMatchObject({ labelled: 1, retries: 2 });
    expect(summary.failed).toMatchObject([{ id: 'b', attempts: 2 }]);
    expect(tries).toEqual(['a', 'a', 'b', 'b']);
  });

  test('ends the run out of a unit too', async () => {
    const gone = new CalculatorUnavailableError('core/calculator-unavailable', 'no memory');
    const unit: StructureUnit = { unit: 'u', make: () => Promise.reject(gone) };
    const run = label({ folder: newFolder(), structures: [unit], calculator: new PairPotential() });
    await expect(run).rejects.toBe(gone);
  });
});

describe('failures of an earlier run', () => {
  const failing = (bad: readonly number[]) =>
    scripted((k) => {
      if (bad.includes(k)) throw new RangeError('a bad day');
      return undefined;
    });

  test('are tried again when asked for, and end up where they belong', async () => {
    const [target, calm] = [newFolder(), newFolder()];
    await label({ folder: calm, calculator: new PairPotential() });
    const noGo = label({ folder: target, calculator: failing([1, 2, 8]), minSuccess: 0.95 });
    await expect(noGo).rejects.toThrow(LabelNoGoError);
    // Not without asking.
    const left = await label({ folder: target, calculator: new PairPotential() });
    expect(left).toMatchObject({ labelled: 9, computed: 0, skipped: 12 });
    const retryFailed = true;
    const second = await label({ folder: target, calculator: failing([2]), retryFailed });
    expect(second).toMatchObject({ labelled: 11, computed: 3, skipped: 9 });
    expect(second.failed.map(({ id }) => id)).toEqual(['s2']);
    expect(readLabelFolder(target).failed.map(({ id }) => id)).toEqual(['s2']);
    const third = await label({ folder: target, calculator: new PairPotential(), retryFailed });
    expect(third).toMatchObject({ labelled: 12, failed: [], successRate: 1 });
    expect((await compactShards(target, `${target}.h5`)).hash).toBe(
      (await compactShards(calm, `${calm}.h5`)).hash,
    );
  });

  test('in units make the unit again, for the sake of what failed', async () => {
    const target = newFolder();
    const made: string[] = [];
    let good = false;
    const unitOf = (unit: string, list: readonly Structure[]): StructureUnit => ({
      unit,
      make: () => {
        made.push(unit);
        if (unit === 'c' && !good) throw new RangeError('exploded');
        return list;
      },
    });
    const units = [
      unitOf('a', structures.slice(0, 4)),
      unitOf('b', structures.slice(4, 8)),
      unitOf('c', structures.slice(8)),
    ];
    const first = await label({ folder: target, structures: units, calculator: failing([5]) });
    expect(first.failed.map(({ id }) => id)).toEqual(['s5', 'c']);
    good = true;
    const options = { folder: target, structures: units, retryFailed: true };
    const second = await label({ ...options, calculator: new PairPotential() });
    expect(second).toMatchObject({ labelled: 12, failed: [], computed: 5 });
    expect(made).toEqual(['a', 'b', 'c', 'b', 'c']);
    expect((await compactShards(target, `${target}.h5`)).structures).toBe(12);
    expect(await label({ ...options, calculator: new PairPotential() })).toMatchObject({
      computed: 0,
    });
  });
});

test('options out of range are refused', async () => {
  const bad: Partial<LabelOptions>[] = [
    { retries: -1 },
    { retries: 0.5 },
    { timeout: 0 },
    { timeout: 1e9 },
  ];
  for (const options of bad) {
    const run = label({ folder: newFolder(), calculator: new PairPotential(), ...options });
    await expect(run).rejects.toThrow(InvalidArgumentError);
  }
});

test('a call that is refused at once does not leave a clock behind', async () => {
  const calculator: Calculator = {
    ...scripted(() => undefined),
    calculate: (): Results => {
      throw new RangeError('never');
    },
  };
  const run = label({ folder: newFolder(), calculator, timeout: 1e6, minSuccess: 0 });
  await expect(run).resolves.toMatchObject({ labelled: 0 });
});
