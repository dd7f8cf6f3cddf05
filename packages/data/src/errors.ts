import { MlffdError } from '@mlffd/core';
import type { LabelSummary } from './label/labelTypes.ts';

/** Another process is labelling into the same folder. */
export { FolderBusyError } from '@mlffd/core';

/** The folder holds labels of something else: another teacher, other properties, other structures. */
export class FolderMismatchError extends MlffdError {
  override readonly name = 'FolderMismatchError';
}

/** NO-GO: fewer structures than demanded could be labelled; what was labelled is on disk. */
export class LabelNoGoError extends MlffdError {
  override readonly name = 'LabelNoGoError';
  readonly summary: LabelSummary;

  constructor(message: string, summary: LabelSummary, hint: string) {
    super('data/label-no-go', message, { hint });
    this.summary = summary;
  }
}

/** A dataset cannot be split as asked without tearing a group apart. */
export class SplitError extends MlffdError {
  override readonly name = 'SplitError';
}

/** A structure cannot be stored: duplicate or unusable id, wrong lengths, non-finite values. */
export class InvalidStructureError extends MlffdError {
  override readonly name = 'InvalidStructureError';
}

/** Sampling cannot do what was asked: wrong parameter, or every trajectory exploded. */
export class SamplingError extends MlffdError {
  override readonly name = 'SamplingError';
}
