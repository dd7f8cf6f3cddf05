import { completeCell, invertCell, transformRows } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';

/** What a structure is: periodic in three, two, one direction, or a group of atoms in the void. */
export type StructureKind = 'bulk' | 'slab' | 'wire' | 'cluster' | 'molecule';

/**
 * A gap as wide as this along a periodic axis is vacuum, Angstrom. Layers held together by dispersion
 * are 3 to 4 apart, molecules in crystals and sparse liquids rarely more than 5.
 */
const VACUUM = 7;

/** H B C N O F Si P S Cl Se Br I: groups of these alone are molecules, all else is a cluster. */
const MOLECULAR = new Set([1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53]);

/** Kind of a structure; a periodic axis with a gap of vacuum does not count as periodic. */
export function structureKind(atoms: Atoms): StructureKind {
  const joined = atoms.pbc.includes(true) ? joinedAxes(atoms) : 0;
  if (joined === 3) return 'bulk';
  if (joined === 2) return 'slab';
  if (joined === 1) return 'wire';
  return atoms.numbers.every((z) => MOLECULAR.has(z)) ? 'molecule' : 'cluster';
}

/** Number of periodic axes without vacuum. */
function joinedAxes({ positions, cell, pbc }: Atoms): number {
  const inverse = invertCell(completeCell(cell));
  const fractional = transformRows(positions, inverse);
  let joined = 0;
  for (let axis = 0; axis < 3; axis++) {
    if (!pbc[axis]) continue;
    // Distance of the lattice planes along this axis.
    const height = 1 / Math.hypot(inverse[axis], inverse[3 + axis], inverse[6 + axis]);
    if (height < VACUUM || largestGap(fractional, axis) * height < VACUUM) joined++;
  }
  return joined;
}

/** Largest gap between neighbouring atoms along an axis, around the cell, as a part of it. */
function largestGap(fractional: Float64Array, axis: number): number {
  const places = new Float64Array(fractional.length / 3);
  for (let i = 0; i < places.length; i++) {
    const f = fractional[3 * i + axis];
    places[i] = f - Math.floor(f);
  }
  places.sort();
  let gap = places.length === 0 ? 1 : places[0] + 1 - places[places.length - 1];
  for (let i = 1; i < places.length; i++) gap = Math.max(gap, places[i] - places[i - 1]);
  return gap;
}
