import { MlffdError } from '@mlffd/core';

/** Structures cannot be compared or chosen: a calculator gave no usable answer, an id came twice. */
export class SelectionError extends MlffdError {
  override readonly name = 'SelectionError';
}
