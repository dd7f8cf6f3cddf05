import { InvalidArgumentError } from '@mlffd/core';
import { networkHash, type Student, StudentCalculator, type Uncertainty } from '@mlffd/student';
import type { LabelledSet, TrainSplit } from '../labelled.ts';
import { calibrate, nothingToCompare } from './calibrate.ts';
import { chooseRidge } from './chooseRidge.ts';
import { featureCovariance } from './featureCovariance.ts';
import { sampleHeads } from './sampleHeads.ts';
import type { UncertaintyProgress } from './uncertaintyEvent.ts';
import { validationRows } from './validationRows.ts';

/** Choices of `fitUncertainty`. */
export interface FitUncertaintyOptions extends TrainSplit, UncertaintyProgress {
  /** Structures that the student was trained on, by their number in the dataset. */
  readonly train: ArrayLike<number>;
  /** Structures that it was not trained on, to calibrate with. */
  readonly validation: ArrayLike<number>;
  /** Number of heads, at least 2; default 16. An uncertainty costs one run of the network for each. */
  readonly heads?: number | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
}

const HEADS = 16;

/**
 * Finds out how certain a trained student may be of what it says, without training anything: last layers
 * drawn from the distribution that a linear regression on the training set leaves open (last-layer
 * prediction rigidity; see `Uncertainty`), and factors with which the spread of their energies and forces
 * matches the errors on the validation set.
 *
 * Save the result with `saveUncertainty`, or as `{ ...student, uncertainty }` with `saveStudent`. Same
 * input, same result.
 *
 * @throws LabelError without usable labels, InvalidArgumentError for fewer than 2 heads, AbortedError when
 * the signal fires
 */
export async function fitUncertainty(
  student: Student,
  dataset: LabelledSet,
  options: FitUncertaintyOptions,
): Promise<Uncertainty> {
  const { train, validation, heads: count = HEADS, seed = 0, onEvent, signal } = options;
  if (!Number.isInteger(count) || count < 2) throw tooFewHeads(count);
  const shared = { seed, onEvent, signal };
  const covariance = await featureCovariance(student, dataset, { ...shared, indices: train });
  if (covariance.count === 0) throw nothingToCompare('training');
  const rows = await validationRows(student, dataset, { ...shared, indices: validation });
  const choice = chooseRidge(covariance, rows);
  if (choice === undefined) throw nothingToCompare('validation');

  const { ridge, alpha, factor } = choice;
  const raw: Uncertainty = {
    count,
    heads: sampleHeads(factor, { count, seed, alpha }),
    energyFactor: 1,
    forceFactor: 1,
    network: networkHash(student),
    provenance: {},
  };
  const calculator = await StudentCalculator.fromStudent({ ...student, uncertainty: raw });
  try {
    const factors = await calibrate(calculator, dataset, { indices: validation, onEvent, signal });
    return {
      ...raw,
      energyFactor: factors.energy,
      forceFactor: factors.forces,
      provenance: {
        method: 'last-layer prediction rigidity, sampled heads',
        trainingStructures: train.length,
        validationStructures: validation.length,
        seed,
        ridge,
        alpha,
      },
    };
  } finally {
    await calculator.dispose();
  }
}

function tooFewHeads(count: number): InvalidArgumentError {
  return new InvalidArgumentError('train/heads', `${count} heads have no spread`, {
    expected: 'an integer of at least 2, typically 16',
    found: String(count),
    where: 'heads',
  });
}
