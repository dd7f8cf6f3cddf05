import { invertCell, longestRow, periodicCell, transformRows, withPositions } from '@mlffd/core';
import type { Atoms, Rng } from '@mlffd/core';
import { removeMotions, rigidMotions } from '@mlffd/md';
import { undeformed } from './treeNode.ts';
import type { TreeNode } from './treeNode.ts';

/**
 * What a relaxation step is scaled by: the longest force of the structure, so that the step is
 * along the forces, or each atom's own force, so that all atoms move equally far (as published).
 */
export type StepScale = 'largest' | 'each';

/** How far children are displaced. */
export interface RattleRange {
  /** Standard deviation of each coordinate's displacement, log-uniform in this range, Angstrom. */
  readonly sigma: readonly [number, number];
  /** Standard deviation of each component of the strain against the root's cell, dimensionless. */
  readonly strain: number;
}

/** A rattled and strained copy of a parent. */
export interface RattledChild {
  readonly atoms: Atoms;
  readonly deformation: Float64Array;
  /** Standard deviation that was drawn, Angstrom. */
  readonly sigma: number;
}

/**
 * Rattles a parent, and strains its cell where it is periodic.
 *
 * The strain is drawn against the cell of the root, not that of the parent, so that cells do not
 * drift away over the generations; it is symmetric (no rotation) and within the periodic
 * directions. The atoms keep the parent's fractional coordinates, then every coordinate is
 * displaced by a normal number. Neither translates the structure as a whole, nor turns it where it
 * could, so that the distance between two members of a tree is one of shape.
 */
export function rattleChild(parent: TreeNode, range: RattleRange, rng: Rng): RattledChild {
  const [low, high] = range.sigma;
  const sigma = low * (high / low) ** rng.uniform();
  const { atoms } = parent;
  const isStrained = range.strain > 0 && atoms.pbc.includes(true);
  const deformation = isStrained ? drawDeformation(atoms, range.strain, rng) : parent.deformation;
  const deformed = isStrained ? deform(parent, deformation) : atoms;
  const shifts = Float64Array.from(atoms.positions, () => sigma * rng.normal());
  return { atoms: displaced(deformed, shifts), deformation, sigma };
}

/**
 * One step of the relaxation: step k moves an atom by (length / k) F / |F|, where |F| is that of
 * `scale`. After Robbins and Monro, Ann. Math. Stat. 22, 400 (1951), with the steps of Gardner et
 * al. (arXiv 2506.10956). What would translate or turn the whole is left out.
 *
 * @param length sigma / k, Angstrom
 */
export function relaxationStep(
  atoms: Atoms,
  forces: Float64Array,
  { length, scale }: { readonly length: number; readonly scale: StepScale },
): Atoms {
  const shifts = new Float64Array(forces.length);
  const largest = longestRow(forces);
  for (let k = 0; k < forces.length; k += 3) {
    const own = Math.sqrt(forces[k] ** 2 + forces[k + 1] ** 2 + forces[k + 2] ** 2);
    if (own === 0) continue;
    const factor = length / (scale === 'largest' ? largest : own);
    for (let c = 0; c < 3; c++) shifts[k + c] = factor * forces[k + c];
  }
  return displaced(atoms, shifts);
}

function displaced(atoms: Atoms, shifts: Float64Array): Atoms {
  const weights = new Float64Array(atoms.numbers.length).fill(1);
  removeMotions(rigidMotions(atoms, weights), shifts);
  return withPositions(
    atoms,
    shifts.map((shift, k) => atoms.positions[k] + shift),
  );
}

/** 1 + e with normal components of e, without those that leave the periodic directions. */
function drawDeformation({ cell, pbc }: Atoms, stdev: number, rng: Rng): Float64Array {
  const draw = () => stdev * rng.normal();
  const [xx, yy, zz, yz, xz, xy] = [draw(), draw(), draw(), draw(), draw(), draw()];
  const e = Float64Array.of(xx, xy, xz, xy, yy, yz, xz, yz, zz);
  const within = periodicProjector(cell, pbc);
  const out = transformRows(transformRows(within, e), within);
  for (const k of [0, 4, 8]) out[k] += 1;
  return out;
}

/** Projector onto the space of the periodic lattice vectors, 3 x 3. */
function periodicProjector(cell: Float64Array, pbc: Atoms['pbc']): Float64Array {
  const out = undeformed();
  // The vectors added for the other axes are unit vectors normal to the periodic ones.
  const complete = periodicCell(cell, pbc);
  for (let axis = 0; axis < 3; axis++) {
    if (pbc[axis]) continue;
    const n = complete.subarray(3 * axis, 3 * axis + 3);
    for (let k = 0; k < 9; k++) out[k] -= n[Math.floor(k / 3)] * n[k % 3];
  }
  return out;
}

/** The parent under another deformation of the root, with its fractional coordinates. */
function deform(parent: TreeNode, deformation: Float64Array): Atoms {
  const map = transformRows(invertCell(parent.deformation), deformation);
  const { atoms } = parent;
  return withPositions(atoms, transformRows(atoms.positions, map), transformRows(atoms.cell, map));
}
