import { InvalidArgumentError } from './errors.ts';
import type { Atoms } from './atoms.ts';
import type { Calculator, Property, Results } from './calculator.ts';

/**
 * Several copies of one calculator as a single one: calls that are made at the same time run side
 * by side, each copy serving one call at a time, further calls in the order they came.
 *
 * All copies must be the same potential, so that it does not matter which one answers. Where a
 * copy answers at once, so does the pool.
 */
export class CalculatorPool implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
  readonly cutoff?: number;
  /** Number of copies: calls beyond it wait. */
  readonly size: number;
  readonly #calculators: readonly Calculator[];
  readonly #idle: Calculator[];
  readonly #waiting: ((calculator: Calculator) => void)[] = [];

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
    this.#idle = [...calculators];
  }

  calculate(atoms: Atoms, properties: readonly Property[]): Results | Promise<Results> {
    const calculator = this.#idle.pop();
    if (calculator !== undefined) return this.#run(calculator, atoms, properties);
    return new Promise<Calculator>((resolve) => this.#waiting.push(resolve)).then((free) =>
      this.#run(free, atoms, properties),
    );
  }

  async dispose(): Promise<void> {
    for (const calculator of this.#calculators) await calculator.dispose();
  }

  #run(
    calculator: Calculator,
    atoms: Atoms,
    properties: readonly Property[],
  ): Results | Promise<Results> {
    let answer: Results | Promise<Results>;
    try {
      answer = calculator.calculate(atoms, properties);
    } catch (error) {
      this.#release(calculator);
      throw error;
    }
    if (answer instanceof Promise) {
      return answer.finally(() => {
        this.#release(calculator);
      });
    }
    this.#release(calculator);
    return answer;
  }

  #release(calculator: Calculator): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(calculator);
    else next(calculator);
  }
}
