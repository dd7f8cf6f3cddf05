import { MlffdError } from '@mlffd/core';

/** The kernels cannot be used: this engine or this student is not one that they serve. */
export class FusedUnavailableError extends MlffdError {
  override readonly name = 'FusedUnavailableError';
}

/** There is no memory for a structure or a student. */
export class FusedMemoryError extends MlffdError {
  override readonly name = 'FusedMemoryError';
}

/** The threads of a team could not be started, or one of them has ended. */
export class TeamError extends MlffdError {
  override readonly name = 'TeamError';
}
