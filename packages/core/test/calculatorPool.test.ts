import { describe, expect, test } from '@jest/globals';
import { createAtoms } from '../src/atoms.ts';
import type { Calculator, Results } from '../src/calculator.ts';
import { CalculatorPool } from '../src/calculatorPool.ts';
import { CalculatorUnavailableError } from '../src/workers/calculatorErrors.ts';

const atoms = createAtoms({ symbols: ['He'], positions: [0, 0, 0] });

/** Answers only when told to, and notes how many calls it served at once. */
class Manual implements Calculator {
  readonly name: string;
  readonly properties = ['energy'] as const;
  disposed = 0;
  #answer: ((energy: number) => void) | undefined;

  constructor(name = 'manual') {
    this.name = name;
  }

  get busy(): boolean {
    return this.#answer !== undefined;
  }

  calculate(): Promise<Results> {
    if (this.#answer !== undefined) throw new Error('two calls at the same time');
    return new Promise((resolve) => {
      this.#answer = (energy) => {
        resolve({ energy });
      };
    });
  }

  answer(energy: number): void {
    this.#answer?.(energy);
    this.#answer = undefined;
  }

  dispose(): void {
    this.disposed += 1;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('CalculatorPool', () => {
  test('runs as many calls as it has copies, the rest in order', async () => {
    const copies = [new Manual(), new Manual()];
    const pool = new CalculatorPool(copies);
    const energies: (number | undefined)[] = [];
    const calls = [0, 1, 2].map(async (call) => {
      const { energy } = await pool.calculate(atoms, ['energy']);
      energies[call] = energy;
    });
    await turn();
    expect(copies.map(({ busy }) => busy)).toEqual([true, true]);
    copies[0].answer(1);
    await turn();
    // The third call has taken the copy that became free.
    expect(copies.map(({ busy }) => busy)).toEqual([true, true]);
    copies[0].answer(3);
    copies[1].answer(2);
    await Promise.all(calls);
    // The last copy is taken first, so the first call is the one that it answered.
    expect(energies).toEqual([2, 1, 3]);
  });

  test('answers at once where the copy does, and serves on after an error', () => {
    let calls = 0;
    const sync: Calculator = {
      name: 'sync',
      properties: ['energy'],
      calculate: () => {
        if (calls++ === 0) throw new Error('first call fails');
        return { energy: 5 };
      },
      dispose: () => undefined,
    };
    const pool = new CalculatorPool([sync]);
    expect(() => pool.calculate(atoms, ['energy'])).toThrow('first call fails');
    expect(pool.calculate(atoms, ['energy'])).toEqual({ energy: 5 });
  });

  test('gives copies as many calls as they take, the one with the least to do first', async () => {
    const open: { copy: string; resolve: () => void }[] = [];
    const busy = (copy: string, concurrency: number, ahead: number): Calculator => ({
      name: 'busy',
      properties: ['energy'],
      concurrency,
      ahead,
      calculate: () =>
        new Promise((resolve) => {
          open.push({
            copy,
            resolve: () => {
              resolve({ energy: 1 });
            },
          });
        }),
      dispose: () => undefined,
    });
    const pool = new CalculatorPool([busy('a', 1, 2), busy('b', 1, 0)]);
    expect(pool).toMatchObject({ size: 2, concurrency: 2, ahead: 2 });
    const calls = Array.from({ length: 6 }, async () => pool.calculate(atoms, ['energy']));
    await turn();
    expect(open.map(({ copy }) => copy)).toEqual(['b', 'a', 'a', 'a']);
    open[0].resolve();
    await turn();
    expect(open.slice(4).map(({ copy }) => copy)).toEqual(['b']);
    for (let k = 1; k < 6; k++) {
      open[k].resolve();
      await turn();
    }
    await Promise.all(calls);
  });

  test('gives up a call that waits, and tells the copy of one that does not', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const stuck: Calculator = {
      name: 'stuck',
      properties: ['energy'],
      calculate: (_atoms, _properties, options) => {
        signals.push(options?.signal);
        return new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => {
            reject(new Error('given up'));
          });
        });
      },
      dispose: () => undefined,
    };
    const pool = new CalculatorPool([stuck]);
    const stops = [0, 1, 2].map(() => new AbortController());
    const calls = stops.map(async ({ signal }) => pool.calculate(atoms, ['energy'], { signal }));
    stops[1].abort(new Error('enough'));
    await expect(calls[1]).rejects.toThrow('enough');
    stops[0].abort();
    await expect(calls[0]).rejects.toThrow('given up');
    await turn();
    expect(signals).toEqual([stops[0].signal, stops[2].signal]);
    const { signal } = stops[1];
    await expect(pool.calculate(atoms, ['energy'], { signal })).rejects.toThrow('enough');
    stops[2].abort();
    await expect(calls[2]).rejects.toThrow('given up');
  });

  test('leaves out a copy that is gone, and fails with the last one', async () => {
    const gone = new CalculatorUnavailableError('core/calculator-unavailable', 'gone');
    let left = 1;
    const copyOf = (later: boolean): Calculator => ({
      name: 'mortal',
      properties: ['energy'],
      calculate: () => {
        if (left-- > 0) return later ? Promise.resolve({ energy: 2 }) : { energy: 2 };
        if (!later) throw gone;
        return Promise.reject(gone);
      },
      dispose: () => undefined,
    });
    const pool = new CalculatorPool([copyOf(false), copyOf(true)]);
    expect(await pool.calculate(atoms, ['energy'])).toEqual({ energy: 2 });
    left = 0;
    const calls = [0, 1, 2].map(async () => pool.calculate(atoms, ['energy']));
    for (const call of calls) await expect(call).rejects.toBe(gone);
    expect(pool.concurrency).toBe(1);
    await expect((async () => pool.calculate(atoms, ['energy']))()).rejects.toBe(gone);
  });

  test('disposes every copy', async () => {
    const copies = [new Manual(), new Manual()];
    await new CalculatorPool(copies).dispose();
    expect(copies.map(({ disposed }) => disposed)).toEqual([1, 1]);
  });

  test('refuses nothing and mixtures', () => {
    expect(() => new CalculatorPool([])).toThrow(expect.objectContaining({ code: 'pool/empty' }));
    expect(() => new CalculatorPool([new Manual('a'), new Manual('b')])).toThrow(
      expect.objectContaining({ code: 'pool/mixed' }),
    );
  });
});
