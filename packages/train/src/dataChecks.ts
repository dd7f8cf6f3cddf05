import { symbolOf } from '@mlffd/core';
import type { TrainConfig } from './config.ts';
import { LabelError } from './errors.ts';
import type { TrainWarning } from './events.ts';
import { LOSS_TERMS } from './lossConfig.ts';
import type { LossTerm } from './lossConfig.ts';
import type { SharedSet } from './sharedSet.ts';
import { wholeLoss } from './stages.ts';
import { judgedTerms } from './validationMetric.ts';

/** Tells of something that does not stop training. */
export type Warn = (code: TrainWarning['code'], message: string) => void;

/** Training and validation structures. */
export interface Sets {
  readonly train: SharedSet;
  readonly validation: SharedSet;
}

/** Warns of elements in the validation set that training never sees. */
export function checkElements({ train, validation }: Sets, warn: Warn): void {
  const known = elementsOf(train);
  const unknown = [...elementsOf(validation)].filter((z) => !known.has(z));
  if (unknown.length === 0) return;
  const symbols = unknown.map((z) => symbolOf(z)).join(', ');
  warn('element-not-in-training', `validation has elements that training has not: ${symbols}`);
}

function elementsOf(set: SharedSet): Set<number> {
  const elements = new Set<number>();
  for (let k = 0; k < set.length; k++) for (const z of set.numbers(k)) elements.add(z);
  return elements;
}

/**
 * Checks that there are labels of every kind that the loss has a weight for, in any stage, and that a
 * run is judged by.
 *
 * @throws LabelError naming the kind that no structure has
 */
export function checkLabelKinds(sets: Sets, config: TrainConfig, warn: Warn): void {
  const { train, validation } = sets;
  const loss = wholeLoss(config);
  const wanted = LOSS_TERMS.filter((term) => (loss[term] ?? 0) > 0);
  const missing = wanted.filter((term) => !train.has(term));
  if (missing.length === wanted.length) {
    throw new LabelError('train/no-labels', 'no training structure has a label of the loss', {
      expected: `labels of ${wanted.join(' or ') || 'energy, forces or stress'} with a weight above 0`,
      found: `${train.length} structures without`,
      where: 'training set',
      hint: 'Check the names of the label keys in the source files, and the weights of the loss.',
    });
  }
  for (const term of missing) {
    // Only cells that are periodic in three directions can have a stress: a weight for it is a default.
    if (term !== 'stress' || everyCellHasVolume(train)) throw missingKind(term, train.length);
    warn(
      'label-missing',
      'the loss has a weight for stress, but no training structure has that label',
    );
  }
  if (validation.length === 0) {
    warn(
      'no-validation',
      'the validation set is empty: the averaged weights of the last step are returned',
    );
    return;
  }
  for (const term of judgedTerms(config.validation.metric)) {
    if (!validation.has(term)) throw notJudged(config.validation.metric, term, validation.length);
  }
}

function everyCellHasVolume({ columns }: SharedSet): boolean {
  return columns.volumes.every((volume) => volume > 0);
}

function missingKind(term: LossTerm, structures: number): LabelError {
  return new LabelError(
    'train/label-kind-missing',
    `the loss has a weight for ${term}, but no training structure has that label`,
    {
      expected: `a label of ${term}${term === 'nodeEnergies' ? ' (`energies`: one for each atom)' : ''} in the training set`,
      found: `${structures} structures without`,
      where: `loss.${term}`,
      hint: `Check the names of the label keys in the source files; to train without, set loss.${term} to 0, in every stage.`,
    },
  );
}

function notJudged(
  metric: TrainConfig['validation']['metric'],
  term: LossTerm,
  structures: number,
): LabelError {
  const name = typeof metric === 'string' ? metric : 'validation.metric';
  return new LabelError('train/no-validation-labels', `${name} needs labels of ${term}`, {
    expected: `a label of ${term} in the validation set`,
    found: `${structures} structures without`,
    where: 'validation set',
    hint: 'Choose another validation.metric, or give the labels.',
  });
}
