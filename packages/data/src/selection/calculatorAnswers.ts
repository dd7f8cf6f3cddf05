import { InvalidArgumentError, isPromise } from '@mlffd/core';
import type { Atoms, Calculator } from '@mlffd/core';
import { forcesOf } from '../sampling/forceCall.ts';
import type { Forces } from '../sampling/forceCall.ts';

/** @throws InvalidArgumentError unless there are at least two */
export function requireMembers(calculators: readonly Calculator[]): void {
  if (calculators.length >= 2) return;
  throw new InvalidArgumentError('data/invalid-option', 'a committee needs several members', {
    expected: 'at least 2 calculators',
    found: String(calculators.length),
    where: 'calculators',
    hint: 'Train students that differ in their seed, or compare one with its teacher.',
  });
}

/**
 * Asks calculators about one structure, all at the same time, and goes on with their answers: at
 * once where all answer at once.
 *
 * @throws the error of the first that fails, after all of them have finished
 */
export function askAll<T>(
  calculators: readonly Calculator[],
  atoms: Atoms,
  then: (answers: readonly Forces[]) => T,
): T | Promise<T> {
  const answers: (Forces | Promise<Forces>)[] = [];
  try {
    for (const calculator of calculators) answers.push(forcesOf(calculator, atoms));
  } catch (error) {
    // Those that were asked already are not left alone with an error of their own.
    if (!answers.some(isPromise)) throw error;
    return settle(answers).then(() => {
      throw error;
    });
  }
  if (!answers.some(isPromise)) return then(answers as readonly Forces[]);
  return settle(answers).then((settled) =>
    then(
      settled.map((outcome) => {
        if (outcome.status === 'rejected') throw outcome.reason;
        return outcome.value;
      }),
    ),
  );
}

const settle = (answers: readonly (Forces | Promise<Forces>)[]) =>
  Promise.allSettled(answers.map((answer) => Promise.resolve(answer)));
