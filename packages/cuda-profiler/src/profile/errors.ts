import { MlffdError } from '@mlffd/core';

/**
 * A profile that cannot be compared or kept.
 *
 * | `code` | meaning |
 * |---|---|
 * | `profiler/other-machine` | it was measured on another machine |
 * | `profiler/nothing-in-common` | no structure is in both |
 */
export class ProfileError extends MlffdError {
  override readonly name = 'ProfileError';
}
