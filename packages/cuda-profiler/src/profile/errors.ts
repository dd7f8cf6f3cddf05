import { MlffdError } from '@mlffd/core';

/**
 * A profile that cannot be compared or kept.
 *
 * | `code` | meaning |
 * |---|---|
 * | `profiler/other-machine` | it was measured on another machine |
 * | `profiler/nothing-in-common` | no structure is in both |
 * | `profiler/no-baseline` | a folder has no profile of the subject on this machine |
 */
export class ProfileError extends MlffdError {
  override readonly name = 'ProfileError';
}
