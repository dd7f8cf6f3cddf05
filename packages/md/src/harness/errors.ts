import { MlffdError } from '@mlffd/core';

/**
 * A benchmark that cannot be compared or kept.
 *
 * | `code` | meaning |
 * |---|---|
 * | `md/other-machine` | the baselines were measured on other machines |
 * | `md/no-baseline` | none of this subject, system and settings |
 * | `md/baseline-exists` | one would be overwritten |
 */
export class BaselineError extends MlffdError {
  override readonly name = 'BaselineError';
}
