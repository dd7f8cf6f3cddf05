import { setImmediate } from 'node:timers/promises';
import { AbortedError, type Calculator } from '@mlffd/core';
import { LabelError } from '../errors.ts';
import type { LabelledSet, LabelledStructure } from '../labelled.ts';
import type { UncertaintyEvent, UncertaintyProgress } from './uncertaintyEvent.ts';

/** Structures between two visits of the event loop. */
const EVENT_LOOP_STRIDE = 16;

/** What `eachStructure` goes through. */
export interface EachOptions extends UncertaintyProgress {
  readonly indices: ArrayLike<number>;
  readonly phase: UncertaintyEvent['phase'];
}

/**
 * Calls `use` with each structure that has an energy or forces and its number in the dataset, in order.
 *
 * @throws AbortedError when the signal fires
 */
export async function eachStructure(
  dataset: LabelledSet,
  options: EachOptions,
  use: (structure: LabelledStructure, index: number) => Promise<void>,
): Promise<void> {
  const { indices, phase, onEvent, signal } = options;
  const total = indices.length;
  for (let k = 0; k < total; k++) {
    if (signal?.aborted === true) {
      throw new AbortedError('train/aborted', 'the calibration was stopped', {
        found: `${k} of ${total} structures (${phase})`,
      });
    }
    const structure = await dataset.get(indices[k]);
    if (structure.energy !== undefined || structure.forces !== undefined) {
      await use(structure, indices[k]);
    }
    if (k % EVENT_LOOP_STRIDE === 0) await setImmediate();
    onEvent?.({ type: 'uncertainty', phase, done: k + 1, total });
  }
}

/** Labels less predictions. */
export interface Residuals {
  /** eV; undefined without a label. */
  readonly energy: number | undefined;
  /** eV/Angstrom, 3N; undefined without labels. */
  readonly forces: Float64Array | undefined;
}

/**
 * How far a calculator is from the labels of a structure.
 *
 * @throws LabelError for a label that is not finite
 */
export async function residualsOf(
  calculator: Calculator,
  structure: LabelledStructure,
  index: number,
): Promise<Residuals> {
  const found = await calculator.calculate(structure.atoms, ['energy', 'forces']);
  const { energy: reference, forces: labels } = structure;
  const energy = reference === undefined ? undefined : reference - (found.energy ?? NaN);
  const forces = labels && Float64Array.from(labels, (f, k) => f - (found.forces?.[k] ?? NaN));
  const bad = [energy ?? 0, ...(forces ?? [])].find((value) => !Number.isFinite(value));
  if (bad === undefined) return { energy, forces };
  throw new LabelError('train/label', `structure ${index}: an error of ${bad} is no number`, {
    expected: 'finite labels, and predictions for this structure',
    found: String(bad),
    where: `structure ${index}`,
    hint: 'Look at it with `mlffd data audit`, and leave it out.',
  });
}
