import type { UncertainCalculator } from '@mlffd/student';
import { LabelError } from '../errors.ts';
import type { LabelledSet } from '../labelled.ts';
import { scaleOf, structureErrors } from './errorSamples.ts';
import type { UncertaintyProgress } from './uncertaintyEvent.ts';

/** Choices of `calibrate`. */
export interface CalibrateOptions extends UncertaintyProgress {
  /** Numbers of structures that were not trained on; default all. */
  readonly indices?: ArrayLike<number> | undefined;
}

/** What the uncertainties of a calculator have to be multiplied with. */
export interface CalibrationFactors {
  readonly energy: number;
  readonly forces: number;
}

/**
 * Factors for energies and forces with which the mean of (error / uncertainty)^2 is 1. Where one kind has
 * no labels (or no spread at all), it gets the factor of the other.
 *
 * @throws LabelError when there is nothing to compare with, AbortedError when the signal fires
 */
export async function calibrate(
  calculator: UncertainCalculator,
  dataset: LabelledSet,
  options: CalibrateOptions = {},
): Promise<CalibrationFactors> {
  const { indices = allOf(dataset), onEvent, signal } = options;
  const phase = 'calibrate';
  const found = await structureErrors(calculator, dataset, { indices, phase, onEvent, signal });
  const energy = scaleOf(found.energy);
  const forces = scaleOf(found.forces);
  if (energy === undefined && forces === undefined) throw nothingToCompare('validation');
  return { energy: energy ?? forces ?? 1, forces: forces ?? energy ?? 1 };
}

/** Numbers of all structures. */
export function allOf({ length }: LabelledSet): ArrayLike<number> {
  return Int32Array.from({ length }, (_, k) => k);
}

/** The error for a set without labels. */
export function nothingToCompare(set: string): LabelError {
  return new LabelError(
    'train/no-labels',
    `the ${set} set has no energies or forces to compare with`,
    {
      expected: 'structures with an energy or forces',
      found: 'none',
      where: `${set} set`,
      hint: 'Give structures that were labelled by the teacher of this student.',
    },
  );
}
