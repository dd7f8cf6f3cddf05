import { CalculatorTimeoutError, isTransientError, isUnavailableError } from '@mlffd/core';
import type { Calculator, Results } from '@mlffd/core';
import { geometryHash } from '../contentHash.ts';
import { nodeSumProblem } from '../nodeEnergies.ts';
import { messageOf } from '../store/hdf5Header.ts';
import { checkRecord } from '../structure.ts';
import type { LabelledStructure, LabelProperty, Structure } from '../structure.ts';
import type { LabelFailure } from './labelTypes.ts';

/** What became of one structure. */
export type Outcome =
  | { readonly labelled: LabelledStructure & { readonly hash: string } }
  | { readonly failure: LabelFailure & { readonly hash: string } };

/** Who labels, and how patiently. */
export interface Labeller {
  readonly calculator: Calculator;
  readonly properties: readonly LabelProperty[];
  /** For an asynchronous call, ms; undefined for no limit. */
  readonly timeout: number | undefined;
  /** Times that a call is made again after a transient failure. */
  readonly retries: number;
  /** Told before each of these. */
  readonly onRetry: (failure: LabelFailure) => void;
}

/** True when the labels that came with the structure are those of this teacher, and complete. */
export function hasKnownLabels(
  { known }: Structure,
  teacher: string,
  properties: readonly LabelProperty[],
): boolean {
  return (
    known?.teacher === teacher &&
    properties.every((property) => known.results[property] !== undefined)
  );
}

/**
 * Labels one structure. Whatever goes wrong becomes a failure with a code: an error of the
 * calculator, a missing property, an array of the wrong length, a value that is not finite,
 * energies of atoms that do not add up to the energy.
 *
 * @throws the error of a calculator that is gone for good (`unavailable`), at once or as a rejection
 */
export function labelOne(structure: Structure, labeller: Labeller): Outcome | Promise<Outcome> {
  const { atoms, known } = structure;
  const hash = geometryHash(atoms);
  try {
    checkRecord(structure);
  } catch (error) {
    return { failure: { ...reasonOf(error, structure.meta.id, 0), hash } };
  }
  if (
    known !== undefined &&
    hasKnownLabels(structure, labeller.calculator.name, labeller.properties)
  ) {
    return judge(structure, hash, { results: known.results, labeller, attempts: 0 });
  }
  return attempt(structure, hash, labeller, 1);
}

function attempt(
  structure: Structure,
  hash: string,
  labeller: Labeller,
  attempts: number,
): Outcome | Promise<Outcome> {
  const { calculator, properties, timeout } = labeller;
  const finish = (results: Results): Outcome =>
    judge(structure, hash, { results, labeller, attempts });
  const fail = (error: unknown): Outcome | Promise<Outcome> => {
    if (isUnavailableError(error)) throw error;
    const failure = reasonOf(error, structure.meta.id, attempts);
    if (attempts > labeller.retries || !isTransientError(error)) {
      return { failure: { ...failure, hash } };
    }
    labeller.onRetry(failure);
    return attempt(structure, hash, labeller, attempts + 1);
  };
  let answer: Results | Promise<Results>;
  let patience: Patience | undefined;
  try {
    if (timeout === undefined) {
      answer = calculator.calculate(structure.atoms, properties);
    } else {
      patience = new Patience(calculator.name, timeout);
      const { signal } = patience;
      answer = calculator.calculate(structure.atoms, properties, { signal });
    }
  } catch (error) {
    patience?.end();
    return fail(error);
  }
  if (!(answer instanceof Promise)) {
    patience?.end();
    return finish(answer);
  }
  return (patience === undefined ? answer : patience.waitFor(answer)).then(finish, fail);
}

/** Waits for a promise for a limited time; then its signal fires. */
class Patience {
  readonly signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(name: string, limit: number) {
    this.signal = this.#stop.signal;
    this.#timer = setTimeout(() => {
      // The answer may have come while this thread was busy: what has arrived is read first.
      setImmediate(() => {
        this.#stop.abort(
          new CalculatorTimeoutError(
            'data/label-timeout',
            `${name} did not answer within ${limit / 1000} s`,
            { hint: 'Raise the time-out if the structure is only large.' },
          ),
        );
      });
    }, limit);
  }

  async waitFor(answer: Promise<Results>): Promise<Results> {
    const { signal } = this;
    try {
      return await new Promise<Results>((resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
        answer.then(resolve, reject);
      });
    } finally {
      this.end();
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** Code of an error of ours, else the name of its class. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'data/unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error ? String(error.name) : 'data/unknown';
}

/** What the journal says of an error. */
export function reasonOf(error: unknown, id: string, attempts: number): LabelFailure {
  return { id, code: codeOf(error), message: messageOf(error), attempts };
}

function judge(
  { atoms, meta }: Structure,
  hash: string,
  answer: { readonly results: Results; readonly labeller: Labeller; readonly attempts: number },
): Outcome {
  const { results, attempts } = answer;
  const { properties } = answer.labeller;
  const fail = (code: string, message: string): Outcome => ({
    failure: { id: meta.id, hash, code, message, attempts },
  });
  const lengths = {
    energy: 1,
    forces: atoms.positions.length,
    stress: 6,
    energies: atoms.numbers.length,
  };
  for (const property of properties) {
    const value = results[property];
    if (value === undefined) return fail('data/missing-property', `no ${property} in the results`);
    const values = typeof value === 'number' ? [value] : value;
    if (values.length !== lengths[property]) {
      return fail(
        'data/wrong-length',
        `${values.length} values in ${property}, not ${lengths[property]}`,
      );
    }
    const bad = values.findIndex((entry) => !Number.isFinite(entry));
    if (bad >= 0) return fail('data/non-finite', `${property}[${bad}] is ${values[bad]}`);
  }
  const { energy, forces, stress, energies } = results;
  const sum =
    energy === undefined || energies === undefined || !properties.includes('energies')
      ? undefined
      : nodeSumProblem(energy, energies);
  if (sum !== undefined) return fail('data/energies-sum', sum);
  const wanted = (property: LabelProperty): boolean => properties.includes(property);
  return {
    labelled: {
      atoms,
      meta,
      hash,
      ...(wanted('energy') && energy !== undefined ? { energy } : {}),
      ...(wanted('forces') && forces !== undefined ? { forces } : {}),
      ...(wanted('stress') && stress !== undefined ? { stress } : {}),
      ...(wanted('energies') && energies !== undefined ? { energies } : {}),
    },
  };
}
