import { MlffdError } from '@mlffd/core';

/** A text is not a SMILES, or stands for a molecule that chemistry does not know. */
export class SmilesError extends MlffdError {
  override readonly name = 'SmilesError';
}

/** No three-dimensional structure could be made of a molecule. */
export class ConformerError extends MlffdError {
  override readonly name = 'ConformerError';
}

/** A dataset of organic molecules has lost its hydrogen atoms. */
export class MissingHydrogensError extends MlffdError {
  override readonly name = 'MissingHydrogensError';
}
