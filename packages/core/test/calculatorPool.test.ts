import { describe, expect, test } from '@jest/globals';
import { createAtoms } from '../src/atoms.ts';
import type { Calculator, Results } from '../src/calculator.ts';
import { CalculatorPool } from '../src/calculatorPool.ts';

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
