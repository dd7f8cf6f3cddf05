import { InvalidArgumentError } from '@mlffd/core';
import type { MdState } from './state.ts';

/**
 * Indices of fixed atoms, ascending, each once.
 *
 * @throws InvalidArgumentError for an index that is no atom, or where no atom is left to move
 */
export function fixedIndices(fixed: ArrayLike<number>, count: number): Int32Array {
  const distinct = new Set<number>();
  for (let k = 0; k < fixed.length; k += 1) {
    const index = fixed[k];
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new InvalidArgumentError('md/invalid-option', `fixed names no atom: ${index}`, {
        expected: `indices from 0 to ${count - 1}`,
        found: String(index),
        where: `fixed[${k}]`,
        hint: 'fixed holds indices of atoms, counted from 0, and not a mask.',
      });
    }
    distinct.add(index);
  }
  if (distinct.size === count && count > 0) {
    throw new InvalidArgumentError('md/invalid-option', 'all atoms are fixed', {
      expected: 'at least one atom that moves',
      found: `${count} of ${count} atoms fixed`,
      where: 'fixed',
      hint: 'Leave the atoms out that shall move.',
    });
  }
  return Int32Array.from(distinct).sort();
}

/** Sets the velocities of the fixed atoms to zero, in place, and returns them. */
export function holdStill(velocities: Float64Array, fixed: Int32Array): Float64Array {
  for (const atom of fixed) velocities.fill(0, 3 * atom, 3 * atom + 3);
  return velocities;
}

/** 1 for each atom that moves, 0 for each that does not. */
export function mobility({ masses, fixed }: MdState): Float64Array {
  const mobile = new Float64Array(masses.length).fill(1);
  for (const atom of fixed) mobile[atom] = 0;
  return mobile;
}
