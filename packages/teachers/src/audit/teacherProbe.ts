import {
  AbortedError,
  type Atoms,
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

/** A teacher that is asked for energy and forces, with a count of the questions. */
export class TeacherProbe {
  readonly teacher: Calculator;
  readonly #signal: AbortSignal | undefined;
  #calls = 0;

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
    this.#throwIfAborted();
    this.#calls++;
    const options = this.#signal === undefined ? undefined : { signal: this.#signal };
    try {
      const answer = this.teacher.calculate(atoms, NEEDED, options);
      return complete(isPromise(answer) ? await answer : answer, this.teacher);
    } catch (error) {
      this.#throwIfAborted();
      throw error;
    }
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

  #throwIfAborted(): void {
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

function describe(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  return 'message' in error ? String(error.message) : 'an error without a message';
}
