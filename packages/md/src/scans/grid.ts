import { InvalidArgumentError } from '@mlffd/core';
import { requireInteger, requirePositive } from '../errors.ts';

/** Even steps from `low` to `high`, both included.
 *
 * @throws InvalidArgumentError unless 0 < low < high and there are 5 points or more
 */
export function evenSteps(low: number, high: number, points: number): readonly number[] {
  requirePositive('start of the range', low);
  requireInteger('points', points, 5);
  if (!(high > low && Number.isFinite(high))) {
    throw new InvalidArgumentError('md/invalid-option', 'the range of a scan must ascend', {
      expected: `an end above ${low}`,
      found: String(high),
      where: 'range',
      hint: 'Give the shorter end first.',
    });
  }
  return Array.from({ length: points }, (_, k) => low + ((high - low) * k) / (points - 1));
}
