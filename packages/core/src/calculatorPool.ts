import { InvalidArgumentError } from './errors.ts';
import { isUnavailableError } from './workers/calculatorErrors.ts';
import type { Atoms } from './atoms.ts';
import type { CalculateOptions, Calculator, Property, Results } from './calculator.ts';

interface Copy {
  readonly calculator: Calculator;
  /** Calls that it is at. */
  load: number;
}

interface Waiting {
  readonly take: (copy: Copy) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Several copies of one calculator as a single one: calls that are made at the same time run side
 * by side, each copy serving as many as it says (`concurrency`, `ahead`), further calls in the order
 * they came.
 *
 * All copies must be the same potential, so that it does not matter which one answers. Where a
 * copy answers at once, so does the pool. A copy that is gone for good leaves the pool, and its
 * call goes to another one.
 */
export class CalculatorPool implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
  readonly cutoff?: number;
  /** Number of copies. */
  readonly size: number;
  readonly #calculators: readonly Calculator[];
  readonly #waiting: Waiting[] = [];
  #copies: Copy[];

  /** @throws InvalidArgumentError `pool/empty`, `pool/mixed` for copies of different name */
  constructor(calculators: readonly Calculator[]) {
    if (calculators.length === 0) {
      throw new InvalidArgumentError('pool/empty', 'a pool needs at least one calculator', {
        expected: 'one calculator or more',
        found: 'none',
      });
    }
    const [first] = calculators;
    const other = calculators.find(({ name }) => name !== first.name);
    if (other !== undefined) {
      throw new InvalidArgumentError('pool/mixed', 'a pool holds copies of one calculator', {
        expected: `copies of ${first.name}`,
        found: other.name,
      });
    }
    this.name = first.name;
    this.properties = first.properties;
    if (first.elements !== undefined) this.elements = first.elements;
    if (first.cutoff !== undefined) this.cutoff = first.cutoff;
    this.size = calculators.length;
    this.#calculators = calculators;
    this.#copies = calculators.map((calculator) => ({ calculator, load: 0 }));
  }

  /** Calls that the copies compute side by side. */
  get concurrency(): number {
    return this.#sum(({ concurrency = 1 }) => concurrency);
  }

  /** Calls beyond those that the copies take; further ones wait here. */
  get ahead(): number {
    return this.#sum(({ ahead = 0 }) => ahead);
  }

  calculate(
    atoms: Atoms,
    properties: readonly Property[],
    options?: CalculateOptions,
  ): Results | Promise<Results> {
    const copy = this.#free();
    if (copy !== undefined) return this.#run(copy, atoms, { properties, options });
    return this.#wait(options?.signal).then((free) =>
      this.#run(free, atoms, { properties, options }),
    );
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#calculators.map(async (calculator) => calculator.dispose()));
  }

  #sum(part: (calculator: Calculator) => number): number {
    let sum = 0;
    for (const { calculator } of this.#copies) sum += part(calculator);
    return sum;
  }

  /** The copy with the least to do, if it takes another call. */
  #free(): Copy | undefined {
    let best: Copy | undefined;
    for (const copy of this.#copies) {
      const { concurrency = 1, ahead = 0 } = copy.calculator;
      if (copy.load >= concurrency + ahead) continue;
      if (best === undefined || copy.load <= best.load) best = copy;
    }
    if (best !== undefined) best.load++;
    return best;
  }

  #wait(signal: AbortSignal | undefined): Promise<Copy> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal?.reason as Error);
      };
      const waiting: Waiting = {
        take: (copy) => {
          signal?.removeEventListener('abort', abort);
          resolve(copy);
        },
        reject,
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #run(
    copy: Copy,
    atoms: Atoms,
    call: { properties: readonly Property[]; options: CalculateOptions | undefined },
  ): Results | Promise<Results> {
    const fail = (error: unknown): Results | Promise<Results> => {
      if (isUnavailableError(error) && this.#expel(copy, error)) {
        return this.calculate(atoms, call.properties, call.options);
      }
      this.#release(copy);
      throw error;
    };
    let answer: Results | Promise<Results>;
    try {
      answer = copy.calculator.calculate(atoms, call.properties, call.options);
    } catch (error) {
      return fail(error);
    }
    if (answer instanceof Promise) {
      return answer.then((results) => {
        this.#release(copy);
        return results;
      }, fail);
    }
    this.#release(copy);
    return answer;
  }

  /** Takes a copy that is gone out of the pool; false when it was the last one. */
  #expel(copy: Copy, error: unknown): boolean {
    this.#copies = this.#copies.filter((other) => other !== copy);
    if (this.#copies.length > 0) return true;
    // The last one stays, to tell later calls what has happened.
    this.#copies = [copy];
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    return false;
  }

  #release(copy: Copy): void {
    copy.load--;
    while (this.#waiting.length > 0) {
      const next = this.#free();
      if (next === undefined) return;
      this.#waiting.shift()?.take(next);
    }
  }
}
