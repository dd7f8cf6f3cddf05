import {
  matrixFromVoigt,
  randomRotation,
  Rng,
  transposeMatrix,
  voigtFromMatrix,
} from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import type { LabelledStructure } from '../structure.ts';

/** Changes of a structure that leave its physics alone; each off by default. */
export interface Augmentation {
  /** Turn positions, cell, forces and stress by a random proper rotation. */
  readonly rotation?: boolean;
  /** Put the atoms in random order. */
  readonly permutation?: boolean;
}

/** What the random choices for a structure depend on. */
export interface AugmentationKey {
  readonly seed: number;
  readonly epoch: number;
  /** Index in the dataset. */
  readonly structure: number;
}

/** Uniform random proper rotation, row by row. */
export function augmentRotation({ seed, epoch, structure }: AugmentationKey): Float64Array {
  return randomRotation(new Rng(seed, 'augment-rotation', epoch, structure));
}

/** Replaces each row v of three components by R v. */
export function rotateRows(rotation: Float64Array, rows: Float64Array): void {
  const [a, b, c, d, e, f, g, h, i] = rotation;
  for (let k = 0; k < rows.length; k += 3) {
    const x = rows[k];
    const y = rows[k + 1];
    const z = rows[k + 2];
    rows[k] = a * x + b * y + c * z;
    rows[k + 1] = d * x + e * y + f * z;
    rows[k + 2] = g * x + h * y + i * z;
  }
}

/** Replaces a stress in Voigt order by R stress R^T. */
export function rotateStress(rotation: Float64Array, voigt: Float64Array): void {
  // Rows of the symmetric matrix turned are (R stress)^T = stress R^T; its columns turned complete it.
  const matrix = matrixFromVoigt(voigt);
  rotateRows(rotation, matrix);
  const turned = transposeMatrix(matrix);
  rotateRows(rotation, turned);
  voigt.set(voigtFromMatrix(turned));
}

/** Random order of `count` atoms: new atom i is old atom `order[i]`. */
export function randomOrder(key: AugmentationKey, count: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  return new Rng(key.seed, 'augment-permutation', key.epoch, key.structure).shuffle(order);
}

/** The same structure with its atoms, their forces and energies, in another order. */
export function permuteAtoms(structure: LabelledStructure, order: Int32Array): LabelledStructure {
  const { atoms, forces, energies } = structure;
  const permuted: Atoms = {
    ...atoms,
    numbers: atoms.numbers.map((_, i) => atoms.numbers[order[i]]),
    positions: permuteRows(atoms.positions, order),
  };
  return {
    ...structure,
    atoms: permuted,
    ...(forces === undefined ? {} : { forces: permuteRows(forces, order) }),
    ...(energies === undefined ? {} : { energies: energies.map((_, i) => energies[order[i]]) }),
  };
}

function permuteRows(rows: Float64Array, order: Int32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < order.length; i++) {
    for (let c = 0; c < 3; c++) out[3 * i + c] = rows[3 * order[i] + c];
  }
  return out;
}
