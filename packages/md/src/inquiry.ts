import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  AbortedError,
  isMlffdError,
  isPromise,
  isUnavailableError,
  PropertyNotAvailableError,
} from '@mlffd/core';
import type { Atoms, Calculator, MlffdError, Property, Results } from '@mlffd/core';
import { MdError } from './errors.ts';
import { areFinite, checkedResults, type Having } from './results.ts';

/** Longest time without a turn of the event loop, ms. */
const TURN_INTERVAL = 20;

/** What an inquiry is for. */
export interface InquiryOptions {
  /** What is being measured, for messages: `the Hessian of 3 atoms`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Many questions to one calculator: answers are checked, signals and timers are let through, and the
 * whole stops when asked to.
 */
export class Inquiry {
  readonly calculator: Calculator;
  readonly #options: InquiryOptions;
  #last: number = performance.now();
  #failures = 0;
  #firstFailure: string | null = null;

  constructor(calculator: Calculator, options: InquiryOptions) {
    this.calculator = calculator;
    this.#options = options;
  }

  /** How many attempts gave nothing. */
  get failures(): number {
    return this.#failures;
  }

  /** Why the first of them did. */
  get firstFailure(): string | null {
    return this.#firstFailure;
  }

  /** The properties out of `wanted` that the calculator gives for a structure; stress needs a cell. */
  supported(atoms: Atoms, wanted: readonly Property[]): readonly Property[] {
    return wanted.filter(
      (property) =>
        this.calculator.properties.includes(property) &&
        (property !== 'stress' || atoms.pbc.every(Boolean)),
    );
  }

  /** @throws PropertyNotAvailableError for the first property that the calculator does not give */
  require(properties: readonly Property[]): void {
    const { name, properties: given } = this.calculator;
    const missing = properties.find((property) => !given.includes(property));
    if (missing === undefined) return;
    throw new PropertyNotAvailableError(
      'md/property-not-available',
      `${name} does not give ${missing}`,
      {
        expected: missing,
        found: given.join(', '),
        where: `calculator ${name}`,
        hint: `Use a calculator that gives ${missing}.`,
      },
    );
  }

  /** @throws MdError `md/missing-result`; AbortedError; what the calculator throws */
  async ask<P extends Property>(atoms: Atoms, properties: readonly P[]): Promise<Having<P>> {
    await this.#pause();
    const { calculator } = this;
    const { signal } = this.#options;
    const answer =
      signal === undefined
        ? calculator.calculate(atoms, properties)
        : calculator.calculate(atoms, properties, { signal });
    const results: Results = isPromise(answer) ? await answer : answer;
    return checkedResults(calculator, results, { properties, count: atoms.numbers.length });
  }

  /** @throws MdError `md/non-finite` too */
  async finite<P extends Property>(atoms: Atoms, properties: readonly P[]): Promise<Having<P>> {
    const results = await this.ask(atoms, properties);
    if (areFinite(results, properties)) return results;
    throw new MdError('md/non-finite', `${this.calculator.name} gave NaN or Infinity`, {
      expected: `finite ${properties.join(' and ')}`,
      found: 'a value that is not finite',
      where: `${this.#options.what}, calculator ${this.calculator.name}`,
      hint: 'Look at the structure for close contacts, or at the calculator.',
    });
  }

  /**
   * As `finite`, but undefined where this structure has no answer, as at ends of a scan: what a
   * calculator throws on a structure is counted, what concerns every structure is passed on.
   */
  async attempt<P extends Property>(
    atoms: Atoms,
    properties: readonly P[],
  ): Promise<Having<P> | undefined> {
    try {
      return await this.finite(atoms, properties);
    } catch (error) {
      if (!isMlffdError(error) || concernsAll(error)) throw error;
      this.#failures += 1;
      this.#firstFailure ??= error.message;
      return undefined;
    }
  }

  async #pause(): Promise<void> {
    this.#check();
    if (performance.now() - this.#last < TURN_INTERVAL) return;
    await nextTurn();
    this.#last = performance.now();
    this.#check();
  }

  #check(): void {
    const { signal, what } = this.#options;
    if (signal?.aborted !== true) return;
    throw new AbortedError('md/aborted', `${what} was stopped`, {
      where: what,
      hint: 'Start it again; nothing is kept.',
      cause: signal.reason,
    });
  }
}

/** An error that would be the same for any structure. */
function concernsAll(error: MlffdError): boolean {
  return (
    isUnavailableError(error) ||
    error.name === 'AbortedError' ||
    error.name === 'PropertyNotAvailableError' ||
    error.name === 'UnsupportedElementError' ||
    error.code === 'md/missing-result'
  );
}
