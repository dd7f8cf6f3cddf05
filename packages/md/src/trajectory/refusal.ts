import { InvalidArgumentError } from '@mlffd/core';
import type { MdFrame } from '../frame.ts';

/** A frame that does not go with those before it, in a format that needs them alike. */
export function frameRefusal(
  path: string,
  frame: MdFrame,
  expected: string,
  found: string,
): InvalidArgumentError {
  return new InvalidArgumentError(
    'md/frame-mismatch',
    `${path} cannot hold the frame of step ${frame.step}: ${found}`,
    {
      expected,
      found,
      where: `${path}, step ${frame.step}`,
      hint: 'Write .xyz or .traj, whose frames may differ, or begin another file.',
    },
  );
}
