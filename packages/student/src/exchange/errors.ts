import { MlffdError } from '@mlffd/core';

/** A student made from another program's model does not give that program's answers. */
export class ImportMismatchError extends MlffdError {
  override readonly name = 'ImportMismatchError';
}

/** A student has a part that the format it is written for cannot express. */
export class ExportError extends MlffdError {
  override readonly name = 'ExportError';
}
