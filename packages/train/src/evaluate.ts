import { setImmediate } from 'node:timers/promises';
import { AbortedError } from '@mlffd/core';
import type { Calculator, Property } from '@mlffd/core';
import type { LabelledSet } from './labelled.ts';
import { MetricsAccumulator } from './metrics.ts';
import type { Metrics } from './metrics.ts';

/** Structures between two visits of the event loop. */
const EVENT_LOOP_STRIDE = 16;

/** Progress of an evaluation. */
export interface EvaluateEvent {
  readonly type: 'evaluate';
  readonly done: number;
  readonly total: number;
}

/** Choices of `evaluateStudent`. */
export interface EvaluateOptions {
  /** Numbers of the structures to take; default all. */
  readonly indices?: ArrayLike<number> | undefined;
  readonly onEvent?: ((event: EvaluateEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Metrics of a calculator (a student, or any other potential) on labelled structures.
 *
 * Each structure is asked for exactly the properties that it has labels of.
 *
 * @throws PropertyNotAvailableError when the calculator does not have one of them
 * @throws AbortedError when the signal fires
 */
export async function evaluateStudent(
  calculator: Calculator,
  structures: LabelledSet,
  options: EvaluateOptions = {},
): Promise<Metrics> {
  const { indices, onEvent, signal } = options;
  const total = indices?.length ?? structures.length;
  const accumulator = new MetricsAccumulator();
  for (let k = 0; k < total; k++) {
    if (signal?.aborted === true) {
      throw new AbortedError('train/aborted', 'the evaluation was stopped', {
        found: `${k} of ${total} structures`,
      });
    }
    const { atoms, energy, forces, stress } = await structures.get(indices?.[k] ?? k);
    const properties: Property[] = [];
    if (energy !== undefined) properties.push('energy');
    if (forces !== undefined) properties.push('forces');
    if (stress !== undefined) properties.push('stress');
    const predicted = properties.length === 0 ? {} : await calculator.calculate(atoms, properties);
    accumulator.add({ numbers: atoms.numbers, energy, forces, stress }, predicted);
    // Lets signals and timers in: a calculator may be synchronous.
    if (k % EVENT_LOOP_STRIDE === 0) await setImmediate();
    onEvent?.({ type: 'evaluate', done: k + 1, total });
  }
  return accumulator.result();
}
