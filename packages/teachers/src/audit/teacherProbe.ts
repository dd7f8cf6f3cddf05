import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import {
  AbortedError,
  type Atoms,
  type CalculateOptions,
  type Calculator,
  isUnavailableError,
  MlffdError,
  type Property,
  PropertyNotAvailableError,
  type Results,
  isPromise,
} from '@mlffd/core';

export interface Answer {
  /** eV. */
  readonly energy: number;
  /** eV/Angstrom, 3N. */
  readonly forces: Float64Array;
}

const NEEDED: readonly Property[] = ['energy', 'forces'];

/** Longest time for which a teacher that answers at once keeps signals and timers waiting, ms. */
const BREATH = 50;

/** A teacher that is asked for energy and forces, with a count of the questions. */
export class TeacherProbe {
  readonly teacher: Calculator;
  readonly #signal: AbortSignal | undefined;
  #calls = 0;
  #breathed = performance.now();

  /** @throws PropertyNotAvailableError for a teacher without energy and forces */
  constructor(teacher: Calculator, signal: AbortSignal | undefined) {
    for (const property of NEEDED) {
      if (teacher.properties.includes(property)) continue;
      throw new PropertyNotAvailableError(
        'calculator/property-not-available',
        `${teacher.name} has no ${property}, which an audit is about`,
        { expected: NEEDED.join(', '), found: teacher.properties.join(', ') },
      );
    }
    this.teacher = teacher;
    this.#signal = signal;
  }

  get calls(): number {
    return this.#calls;
  }

  /**
   * @throws AbortedError when the signal has fired
   * @throws MlffdError `teachers/not-finite`, and whatever the teacher throws
   */
  async ask(atoms: Atoms): Promise<Answer> {
    return complete(await this.#ask(atoms, NEEDED), this.teacher);
  }

  /**
   * Time of one call, ms.
   *
   * @throws as `ask`
   */
  async time(atoms: Atoms): Promise<number> {
    await this.#breathe();
    const start = performance.now();
    await this.ask(atoms);
    return performance.now() - start;
  }

  /**
   * The teacher as a calculator whose calls are counted and end with the signal, for code that takes
   * one. It has no life of its own: disposing of it does nothing.
   */
  asCalculator(): Calculator {
    const { name, properties, elements, cutoff } = this.teacher;
    return {
      name,
      properties,
      ...(elements === undefined ? {} : { elements }),
      ...(cutoff === undefined ? {} : { cutoff }),
      calculate: async (atoms, wanted, options) => this.#ask(atoms, wanted, options),
      dispose: () => undefined,
    };
  }

  /**
   * What a check finds, or undefined after telling why there is nothing.
   *
   * @throws AbortedError, and the error of a teacher that is gone for good
   */
  async attempt<T>(
    check: () => Promise<T>,
    onFailure: (error: string) => void,
  ): Promise<T | undefined> {
    try {
      return await check();
    } catch (error) {
      if (error instanceof AbortedError || isUnavailableError(error)) throw error;
      onFailure(describe(error));
      return undefined;
    }
  }

  async #ask(
    atoms: Atoms,
    properties: readonly Property[],
    given: CalculateOptions = {},
  ): Promise<Results> {
    await this.#breathe();
    this.throwIfAborted();
    this.#calls++;
    const options = this.#signal === undefined ? given : { ...given, signal: this.#signal };
    try {
      const answer = this.teacher.calculate(atoms, properties, options);
      return isPromise(answer) ? await answer : answer;
    } catch (error) {
      this.throwIfAborted();
      throw error;
    }
  }

  async #breathe(): Promise<void> {
    if (performance.now() - this.#breathed < BREATH) return;
    await setImmediate();
    this.#breathed = performance.now();
  }

  /** @throws AbortedError when the signal has fired */
  throwIfAborted(): void {
    if (this.#signal?.aborted !== true) return;
    throw new AbortedError('teachers/audit-aborted', 'the audit was stopped', {
      cause: this.#signal.reason,
    });
  }
}

function complete({ energy, forces }: Results, { name }: Calculator): Answer {
  const isFinite = forces?.every((force) => Number.isFinite(force)) === true;
  if (energy !== undefined && Number.isFinite(energy) && isFinite) return { energy, forces };
  throw new MlffdError('teachers/not-finite', `${name} gives no finite energy and forces`, {
    expected: 'finite energy and forces',
    found: `an energy of ${String(energy)} eV`,
  });
}

/** Message of anything that was thrown. */
export function describe(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  return 'message' in error ? String(error.message) : 'an error without a message';
}
