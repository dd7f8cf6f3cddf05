import { MlffdError } from '@mlffd/core';

/** A batch could not be loaded: damaged file, unusable structure, a thread that ended. */
export class LoaderError extends MlffdError {
  override readonly name = 'LoaderError';
  /** Index of the structure in the dataset; undefined where it is not one structure's fault. */
  readonly structure: number | undefined;

  constructor(
    code: string,
    message: string,
    details: ConstructorParameters<typeof MlffdError>[2] & { structure?: number | undefined } = {},
  ) {
    super(code, message, details);
    this.structure = details.structure;
  }
}
