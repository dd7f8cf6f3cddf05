import { type Atoms, InvalidArgumentError, validateSkin } from '@mlffd/core';
import type { StudentConfig } from '../config.ts';
import { electronProperties } from '../electronic/electronInputs.ts';

/** Why the kernels do not serve a student, or undefined where they do. */
export function fusedObstacle(config: StudentConfig): string | undefined {
  const electrons = electronProperties(config);
  if (electrons.length > 0)
    return `it depends on the ${electrons.join(' and the ')} of a structure`;
  return undefined;
}

/** Periodic axes of a structure as the kernels take them, a bit each. */
export function periodicAxes({ pbc }: Atoms): number {
  return (pbc[0] ? 1 : 0) | (pbc[1] ? 2 : 0) | (pbc[2] ? 4 : 0);
}

/** @throws InvalidArgumentError for a skin or a number of intervals with which pairs or filters would be missing */
export function checkFusedOptions(skin: number, intervals: number): void {
  validateSkin(skin);
  if (!(Number.isSafeInteger(intervals) && intervals > 0)) {
    throw new InvalidArgumentError(
      'student/fused-intervals',
      `a table cannot have ${intervals} intervals`,
      {
        expected: 'an integer, 1 or more',
        found: String(intervals),
      },
    );
  }
}
