import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { createAtoms } from '../src/atoms.ts';
import type { Atoms } from '../src/atoms.ts';
import { CalculatorPool } from '../src/calculatorPool.ts';
import { isTransientError, isUnavailableError } from '../src/workers/calculatorErrors.ts';
import { ThreadCalculator } from '../src/workers/threadCalculator.ts';
import type { ThreadCalculatorOptions } from '../src/workers/threadOptions.ts';

const folder = mkdtempSync(join(tmpdir(), 'mlffd-thread-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const open: ThreadCalculator[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (calculator) => calculator.dispose()));
});

const module = new URL('./support/threadFactory.mjs', import.meta.url);

async function start(options: Partial<ThreadCalculatorOptions> = {}): Promise<ThreadCalculator> {
  const calculator = await ThreadCalculator.start({ module, factory: 'obedient', ...options });
  open.push(calculator);
  return calculator;
}

/** What the calculator in the thread does with it; see support/threadFactory.mjs. */
const ORDERS = {
  answer: 1,
  sleep: 2,
  hang: 3,
  exit: 4,
  throwUncaught: 5,
  eatMemory: 6,
  fail: 7,
  failOurs: 8,
} as const;

const atomsOf = (order: keyof typeof ORDERS, x = 0): Atoms =>
  createAtoms({ numbers: [ORDERS[order]], positions: [x, 1, 2] });

const wanted = ['energy', 'forces'] as const;

describe('a calculator in a thread', () => {
  test('tells what it is, and answers as it would here', async () => {
    const calculator = await start();
    expect(calculator).toMatchObject({
      name: 'obedient',
      properties: ['energy', 'forces'],
      elements: [1, 2, 3, 4, 5, 6, 7, 8],
      cutoff: 4,
    });
    const atoms = atomsOf('answer', 5);
    const results = await calculator.calculate(atoms, wanted);
    expect(results).toEqual({ energy: 5, forces: Float64Array.of(5, 1, 2) });
    // The caller's structure was copied, not handed over.
    expect(atoms.positions).toEqual(Float64Array.of(5, 1, 2));
  });

  test('answers calls that overlap in order', async () => {
    const calculator = await start();
    const times = [30, 1, 20, 0, 5];
    const finished: number[] = [];
    const answers = await Promise.all(
      times.map(async (x, k) => {
        const { energy } = await calculator.calculate(atomsOf('sleep', x), wanted);
        finished.push(k);
        return energy;
      }),
    );
    expect(answers).toEqual(times);
    expect(finished).toEqual([0, 1, 2, 3, 4]);
  });

  test('copies what it cannot hand over', async () => {
    const calculator = await start({ factory: 'viewing' });
    for (let call = 0; call < 6; call++) {
      const { forces } = await calculator.calculate(atomsOf('answer', call), wanted);
      expect(forces!.subarray(0, 3)).toEqual(Float64Array.of(call, call, call));
    }
  });

  test('passes errors on with name, code and details, and serves on', async () => {
    const calculator = await start();
    await expect(calculator.calculate(atomsOf('fail'), wanted)).rejects.toMatchObject({
      name: 'RangeError',
      message: 'seven is odd',
    });
    const error: unknown = await calculator
      .calculate(atomsOf('failOurs'), wanted)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      name: 'InvalidAtomsError',
      code: 'atoms/eight',
      expected: 'seven',
      found: 'eight',
      where: 'atom 0',
      hint: undefined,
    });
    expect(isTransientError(error)).toBe(true);
    expect((await calculator.calculate(atomsOf('answer', 1), wanted)).energy).toBe(1);
    expect(calculator.starts).toBe(1);
  });

  test('refuses what cannot be copied, and serves on', async () => {
    const calculator = await start();
    const atoms = { ...atomsOf('answer'), info: { f: (() => 1) as unknown as string } };
    await expect(calculator.calculate(atoms, wanted)).rejects.toMatchObject({
      name: 'DataCloneError',
    });
    expect((await calculator.calculate(atomsOf('answer', 1), wanted)).energy).toBe(1);
  });

  test('takes calls in store when they are short, and none when they are long', async () => {
    const calculator = await start();
    expect(calculator.ahead).toBe(0);
    for (let k = 0; k < 30; k++) await calculator.calculate(atomsOf('answer'), wanted);
    expect(calculator.ahead).toBeGreaterThan(2);
  });
});

describe('a call that goes wrong costs that call only', () => {
  const faults: [keyof typeof ORDERS, string, Partial<ThreadCalculatorOptions>][] = [
    ['hang', 'core/calculator-timeout', { timeout: 0.2 }],
    ['exit', 'core/calculator-died', {}],
    ['throwUncaught', 'core/calculator-died', {}],
    ['eatMemory', 'core/calculator-died', { maxMemory: 16 }],
  ];
  test.each(faults)('%s is %s', async (order, code, options) => {
    const calculator = await start(options);
    // A mean time is known, so that calls are in store in the thread when it ends.
    for (let k = 0; k < 3; k++) await calculator.calculate(atomsOf('answer'), wanted);
    const before = calculator.calculate(atomsOf('answer', 1), wanted);
    const fault = calculator.calculate(atomsOf(order), wanted);
    const after = [2, 3].map(async (x) => calculator.calculate(atomsOf('answer', x), wanted));
    const error: unknown = await fault.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code });
    expect(isTransientError(error)).toBe(true);
    expect((await before).energy).toBe(1);
    expect((await Promise.all(after)).map(({ energy }) => energy)).toEqual([2, 3]);
    expect(calculator.starts).toBe(2);
  });

  test('a signal gives up the call that is computed, one in store, and one that waits', async () => {
    const calculator = await start();
    for (let k = 0; k < 30; k++) await calculator.calculate(atomsOf('answer'), wanted);
    const stops = [0, 1, 2].map(() => new AbortController());
    const calls = [
      calculator.calculate(atomsOf('hang'), wanted, { signal: stops[0].signal }),
      calculator.calculate(atomsOf('sleep', 1), wanted, { signal: stops[1].signal }),
      ...Array.from({ length: 40 }, async (_, k) =>
        calculator.calculate(atomsOf('answer', k), wanted),
      ),
      calculator.calculate(atomsOf('sleep', 1), wanted, { signal: stops[2].signal }),
    ];
    for (const [k, stop] of [...stops.entries()].reverse()) stop.abort(new Error(`stop ${k}`));
    const settled = await Promise.allSettled(calls);
    expect(
      settled.flatMap((call) => (call.status === 'rejected' ? [String(call.reason)] : [])),
    ).toEqual(['Error: stop 0', 'Error: stop 1', 'Error: stop 2']);
    expect(calculator.starts).toBe(2);
    const { signal } = stops[0];
    await expect(calculator.calculate(atomsOf('answer'), wanted, { signal })).rejects.toThrow(
      'stop 0',
    );
  });

  test('an answer that came while this thread was busy is not late', async () => {
    const calculator = await start({ timeout: 0.1 });
    const call = calculator.calculate(atomsOf('answer', 4), wanted);
    const end = performance.now() + 300;
    while (performance.now() < end);
    expect((await call).energy).toBe(4);
  });
});

describe('starting', () => {
  const bad: [string, Partial<ThreadCalculatorOptions>, object][] = [
    [
      'a factory that throws',
      { factory: 'fragile', args: ['/nowhere'] },
      { message: '/nowhere is gone' },
    ],
    ['no such export', { factory: 'missing' }, { code: 'core/no-factory' }],
    ['an export that is no function', { factory: 'notAFunction' }, { code: 'core/no-factory' }],
    [
      'no such module',
      { module: 'file:///nowhere.mjs' },
      { message: expect.stringContaining('nowhere') },
    ],
    ['a thread that ends', { factory: 'deadStart' }, { code: 'core/calculator-died' }],
    [
      'a start without end',
      { factory: 'slowStart', startTimeout: 0.3 },
      { code: 'core/calculator-timeout' },
    ],
    ['a limit of zero', { timeout: 0 }, { code: 'core/invalid-limit' }],
    ['half a start', { maxStarts: 1.5 }, { code: 'core/invalid-limit' }],
  ];
  test.each(bad)('%s is an error of the start', async (_name, options, error) => {
    await expect(start(options)).rejects.toMatchObject(error);
  });

  test('again waits for better times, and is given up after some', async () => {
    const file = join(folder, 'weights');
    writeFileSync(file, '');
    const calculator = await start({ factory: 'fragile', args: [file], maxStarts: 4 });
    rmSync(file);
    await expect(calculator.calculate(atomsOf('exit'), wanted)).rejects.toMatchObject({
      code: 'core/calculator-died',
    });
    const call = calculator.calculate(atomsOf('answer', 1), wanted);
    // After a start in vain, however slow the machine is; there is one more to come then.
    const better = setInterval(() => {
      if (calculator.starts > 2) writeFileSync(file, '');
    }, 10);
    expect((await call).energy).toBe(1);
    clearInterval(better);
    expect(calculator.starts).toBeGreaterThan(2);

    rmSync(file);
    await expect(calculator.calculate(atomsOf('exit'), wanted)).rejects.toThrow();
    const lost = [1, 2].map(async () => calculator.calculate(atomsOf('answer'), wanted));
    for (const { status, reason } of (await Promise.allSettled(lost)) as PromiseRejectedResult[]) {
      expect(status).toBe('rejected');
      expect(reason).toMatchObject({
        code: 'core/calculator-unavailable',
        found: expect.stringContaining('is gone'),
      });
      expect(isUnavailableError(reason)).toBe(true);
    }
  });
});

describe('disposing', () => {
  test('lets the call at work finish, rejects the rest, and disposes in the thread', async () => {
    const log = join(folder, 'log');
    const calculator = await start({ args: [{ log }] });
    const first = calculator.calculate(atomsOf('sleep', 50), wanted);
    const second = calculator.calculate(atomsOf('answer'), wanted);
    const end = Promise.all([calculator.dispose(), calculator.dispose()]);
    await expect(second).rejects.toMatchObject({ code: 'calculator/disposed' });
    expect((await first).energy).toBe(50);
    await end;
    expect(readFileSync(log, 'utf8')).toBe('disposed\n');
    await expect(calculator.calculate(atomsOf('answer'), wanted)).rejects.toMatchObject({
      code: 'calculator/disposed',
    });
  });

  test('during a start that fails again and again ends at once', async () => {
    const file = join(folder, 'weights-2');
    writeFileSync(file, '');
    const calculator = await start({ factory: 'fragile', args: [file], maxStarts: 100 });
    rmSync(file);
    await expect(calculator.calculate(atomsOf('exit'), wanted)).rejects.toThrow();
    const call = calculator.calculate(atomsOf('answer'), wanted);
    const settled = call.catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await calculator.dispose();
    expect(await settled).toMatchObject({ code: 'calculator/disposed' });
    expect(existsSync(file)).toBe(false);
  });
});

test('a pool of threads goes on with those that are left', async () => {
  const file = join(folder, 'weights-3');
  writeFileSync(file, '');
  const fragile = { factory: 'fragile', args: [file], maxStarts: 1 };
  const copies = [await start(), await start(fragile)];
  const pool = new CalculatorPool(copies);
  rmSync(file);
  await expect(copies[1].calculate(atomsOf('exit'), wanted)).rejects.toThrow();
  const answers = await Promise.all(
    Array.from({ length: 8 }, async (_, k) => pool.calculate(atomsOf('answer', k), wanted)),
  );
  expect(answers.map(({ energy }) => energy)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});
