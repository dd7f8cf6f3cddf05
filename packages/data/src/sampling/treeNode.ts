import type { Atoms, InfoValue } from '@mlffd/core';

/** What a teacher says about a member of a tree. */
export interface NodeResults {
  /** Potential energy, eV. */
  readonly energy: number;
  /** Forces, eV/Angstrom, 3N values. */
  readonly forces: Float64Array;
  /** Stress, eV/Angstrom^3, Voigt xx yy zz yz xz xy, tension positive; where it was asked for. */
  readonly stress?: Float64Array;
  /** Energies of the atoms, eV; where they were asked for. */
  readonly energies?: Float64Array;
}

/** One member of a tree of rattled and relaxed structures. */
export interface TreeNode {
  readonly id: string;
  /** Generation; 0 is the root. */
  readonly level: number;
  /** `id` of the member that it was made from; the root has none. */
  readonly parent?: string;
  readonly atoms: Atoms;
  readonly results: NodeResults;
  /**
   * Strain of the cell against the root's as 1 + e, symmetric, 3 x 3, dimensionless: rows of the
   * cell are those of the root times this matrix.
   */
  readonly deformation: Float64Array;
  /** How it was made: sigma, steps ... */
  readonly details: Readonly<Record<string, InfoValue>>;
}

/** The deformation of a root: none. */
export function undeformed(): Float64Array {
  return Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
}
