import { type Atoms, periodicCell } from '@mlffd/core';
import type { WireStructure } from '@mlffd/core/ipi';

/**
 * A structure in a full cell, for drivers that know no open axes: along these the cell is as long as
 * the atoms reach plus `vacuum`, Angstrom, and orthogonal to the others.
 *
 * Periodic axes stay as they are. With a vacuum longer than the reach of the potential, images do not
 * feel each other, and energy and forces are those of the open structure.
 */
export function withVacuum({ positions, cell, pbc }: Atoms, vacuum: number): WireStructure {
  if (pbc.every(Boolean)) return { positions, cell };
  const full = periodicCell(cell, pbc);
  for (let axis = 0; axis < 3; axis++) {
    if (pbc[axis]) continue;
    const row = full.subarray(3 * axis, 3 * axis + 3);
    const length = vacuum + reach(positions, row);
    for (let k = 0; k < 3; k++) row[k] *= length;
  }
  return { positions, cell: full };
}

/** Distance between the outermost atoms along a unit vector, Angstrom. */
function reach(positions: Float64Array, axis: Float64Array): number {
  let least = Infinity;
  let most = -Infinity;
  for (let k = 0; k < positions.length; k += 3) {
    const along = positions[k] * axis[0] + positions[k + 1] * axis[1] + positions[k + 2] * axis[2];
    least = Math.min(least, along);
    most = Math.max(most, along);
  }
  return positions.length === 0 ? 0 : most - least;
}
