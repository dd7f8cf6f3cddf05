import type { Atoms } from '@mlffd/core';

/**
 * Second derivatives of the energy times directions: H v with H_ij = d2E / dx_i dx_j, the product of
 * finite differences -(F(x + h v) - F(x - h v)) / 2h. `labelHessianProducts` of `@mlffd/data` makes
 * them with any calculator.
 */
export interface HessianProducts {
  /** k directions v, one after another, 3N values each; entries of order 1. */
  readonly directions: Float64Array | Float32Array;
  /** H v for each of them, eV/Angstrom^2. */
  readonly products: Float64Array | Float32Array;
}

/** One structure with the labels it has; a label that is absent is never trained on. */
export interface LabelledStructure {
  readonly atoms: Atoms;
  /** Potential energy, eV. */
  readonly energy?: number | undefined;
  /** Forces, eV/Angstrom, 3N values. */
  readonly forces?: Float64Array | Float32Array | undefined;
  /** Stress, eV/Angstrom^3, Voigt xx yy zz yz xz xy, tension positive. */
  readonly stress?: Float64Array | Float32Array | undefined;
  /** Energies of the atoms, eV, N values that add up to `energy`. */
  readonly energies?: Float64Array | Float32Array | undefined;
  /** Products of the Hessian with directions. */
  readonly hessianProducts?: HessianProducts | undefined;
  /** Factor on its part of the loss; 0 leaves it out of training. Default 1. */
  readonly weight?: number | undefined;
  /** Its `group` and `source`, if they are texts, are names for `loss.groupWeights`. */
  readonly meta?: unknown;
}

/**
 * What the trainer needs of a dataset: random access by number. A `Dataset` of `@mlffd/data` is
 * one, and so is `inMemory(structures)`.
 */
export interface LabelledSet {
  readonly length: number;
  get(index: number): LabelledStructure | Promise<LabelledStructure>;
}

/** Which structures of a set are trained on and which are validated on. */
export interface TrainSplit {
  readonly train: ArrayLike<number>;
  readonly validation: ArrayLike<number>;
}

/** Makes a set of structures that are already in memory. */
export function inMemory(structures: readonly LabelledStructure[]): LabelledSet {
  return { length: structures.length, get: (index) => structures[index] };
}
