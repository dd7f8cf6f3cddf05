import { AbortedError, isTransientError, isUnavailableError } from '@mlffd/core';
import type { Structure } from '../structure.ts';
import { reasonOf } from './labelOne.ts';
import type { Labeller, Outcome } from './labelOne.ts';
import type { StructureUnit } from './labelOptions.ts';

/** Who makes the structures of a unit and has them labelled. */
export interface UnitLabelling {
  readonly unit: StructureUnit;
  readonly signal: AbortSignal | undefined;
  readonly labeller: Pick<Labeller, 'retries' | 'onRetry'>;
  /** Structures to be labelled at the same time. */
  readonly width: number;
  readonly isNew: (structure: Structure) => boolean;
  readonly label: (structure: Structure) => Outcome | Promise<Outcome>;
  readonly onOutcome: (outcome: Outcome) => void;
  /** Throws when the run is to stop: a unit counts as a whole, and is made again. */
  readonly checkGoesOn: () => void;
}

/**
 * Makes a unit and labels its structures. When it cannot be made, that is its only outcome.
 *
 * @throws AbortedError; the error of a calculator that is gone for good; what `isNew` throws
 */
export async function labelUnit(options: UnitLabelling): Promise<readonly Outcome[]> {
  const { width, isNew, label, onOutcome, checkGoesOn } = options;
  const made = await makeUnit(options);
  if ('failure' in made) {
    onOutcome(made);
    return [made];
  }
  const outcomes: Outcome[] = [];
  const under: (Outcome | Promise<Outcome>)[] = [];
  const take = async (left: number): Promise<void> => {
    for (; under.length > left; under.shift()) {
      const outcome = await under[0];
      outcomes.push(outcome);
      onOutcome(outcome);
    }
  };
  try {
    for (const structure of made) {
      checkGoesOn();
      if (isNew(structure)) {
        const outcome = label(structure);
        // One that is not waited for yet may fail before its turn.
        if (outcome instanceof Promise) outcome.catch(() => undefined);
        under.push(outcome);
      }
      await take(width - 1);
    }
    await take(0);
  } catch (error) {
    await Promise.allSettled(under.filter((outcome) => outcome instanceof Promise));
    throw error;
  }
  return outcomes;
}

async function makeUnit({
  unit,
  signal,
  labeller,
}: UnitLabelling): Promise<readonly Structure[] | Extract<Outcome, { failure: unknown }>> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await unit.make(signal);
    } catch (error) {
      if (error instanceof AbortedError || isUnavailableError(error)) throw error;
      const failure = reasonOf(error, unit.unit, attempts);
      if (attempts > labeller.retries || !isTransientError(error)) {
        return { failure: { ...failure, hash: '' } };
      }
      labeller.onRetry(failure);
    }
  }
}
