import {
  type Atoms,
  type CalculateOptions,
  type Calculator,
  InvalidArgumentError,
  type Property,
  type Results,
  isPromise,
} from '@mlffd/core';

/** What several calculators can do together, and asking all of them at once. */
export class Members {
  readonly calculators: readonly Calculator[];
  /** What every member gives. */
  readonly properties: readonly Property[];
  /** What every member has parameters for; undefined: any element. */
  readonly elements: readonly number[] | undefined;
  /** The longest, Angstrom; undefined unless every member has one. */
  readonly cutoff: number | undefined;

  /** @throws InvalidArgumentError when the members have no property, or no element, in common */
  constructor(calculators: readonly Calculator[]) {
    this.calculators = calculators;
    this.properties = calculators
      .map(({ properties }) => properties)
      .reduce((common, own) => common.filter((property) => own.includes(property)));
    if (this.properties.length === 0) throw nothingInCommon(calculators, 'property');
    this.elements = calculators
      .map(({ elements }) => elements)
      .reduce((common, own) => {
        if (common === undefined || own === undefined) return common ?? own;
        return common.filter((z) => own.includes(z));
      });
    if (this.elements?.length === 0) throw nothingInCommon(calculators, 'element');
    const cutoffs = calculators.flatMap(({ cutoff }) => (cutoff === undefined ? [] : [cutoff]));
    this.cutoff = cutoffs.length === calculators.length ? Math.max(...cutoffs) : undefined;
  }

  /** A call needs all members: the least of what they take side by side. */
  get concurrency(): number {
    return Math.min(...this.calculators.map(({ concurrency = 1 }) => concurrency));
  }

  get ahead(): number {
    return Math.min(...this.calculators.map(({ ahead = 0 }) => ahead));
  }

  /** Fingerprints of the members in their order; undefined unless all have one. */
  get fingerprints(): readonly string[] | undefined {
    const found = this.calculators.flatMap((calculator) => fingerprintOf(calculator) ?? []);
    return found.length === this.calculators.length ? found : undefined;
  }

  /**
   * Asks all members, those that answer with a promise at the same time, and goes on with their
   * answers: at once where all answer at once.
   *
   * @throws the error of the first that fails, after all of them have finished
   */
  ask<T>(
    call: { atoms: Atoms; properties: readonly Property[]; options: CalculateOptions | undefined },
    then: (answers: readonly Results[]) => T,
  ): T | Promise<T> {
    const answers: (Results | Promise<Results>)[] = [];
    try {
      for (const calculator of this.calculators) {
        answers.push(calculator.calculate(call.atoms, call.properties, call.options));
      }
    } catch (error) {
      // Those that were asked already are not left alone with an error of their own.
      if (!answers.some(isPromise)) throw error;
      return settle(answers).then(() => {
        throw error;
      });
    }
    if (areResults(answers)) return then(answers);
    return settle(answers).then((settled) =>
      then(
        settled.map((outcome) => {
          if (outcome.status === 'rejected') throw outcome.reason;
          return outcome.value;
        }),
      ),
    );
  }

  /** @throws the error of the first that fails, after all have been disposed of */
  async dispose(): Promise<void> {
    const outcomes = await Promise.allSettled(
      this.calculators.map(async (calculator) => calculator.dispose()),
    );
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }
}

/** The hash of all that decides a calculator's answers, where it tells one. */
export function fingerprintOf(calculator: Calculator): string | undefined {
  const { fingerprint } = calculator as { readonly fingerprint?: unknown };
  return typeof fingerprint === 'string' ? fingerprint : undefined;
}

const settle = async (
  answers: readonly (Results | Promise<Results>)[],
): Promise<PromiseSettledResult<Results>[]> =>
  Promise.allSettled(answers.map(async (answer) => answer));

function areResults(answers: readonly (Results | Promise<Results>)[]): answers is Results[] {
  return !answers.some(isPromise);
}

function nothingInCommon(
  calculators: readonly Calculator[],
  what: 'property' | 'element',
): InvalidArgumentError {
  const names = calculators.map(({ name }) => name).join(', ');
  return new InvalidArgumentError(
    'teachers/nothing-in-common',
    `there is no ${what} that all of ${names} know`,
    { expected: `at least one ${what} in common`, found: 'none', where: 'members' },
  );
}
