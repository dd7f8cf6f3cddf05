import { MlffdError } from '@mlffd/core';

/** Stores cannot become one: their labels come from different teachers, or ids appear twice. */
export class StoreMismatchError extends MlffdError {
  override readonly name = 'StoreMismatchError';
}
