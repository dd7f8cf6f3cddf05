import type { Atoms } from '../atoms.ts';

/** Everything that `checkCalculator` looks at, in the order in which it does. */
export const CHECK_NAMES = [
  'results',
  'copies',
  'repeatable',
  'forces',
  'stress',
  'translation',
  'images',
  'rotation',
  'permutation',
  'extensivity',
  'smooth-cutoff',
  'unsupported-property',
  'unsupported-element',
  'invalid-atoms',
  'dispose',
] as const;

export type CheckName = (typeof CHECK_NAMES)[number];

/**
 * What a difference may amount to. The defaults suit a potential computed in float64; in float32
 * energies carry about 1e-6 relative, so that wider ones are needed (see the README).
 *
 * Those of forces grow with the largest force F of the structure, as `tolerance * max(1, F)`.
 */
export interface ConformanceTolerances {
  /** Forces against differences of energies, eV/Angstrom. Default 1e-5. */
  readonly forces: number;
  /** Stress against differences of energies, eV/Angstrom^3. Default 1e-6. */
  readonly stress: number;
  /** Energy per atom of transformed structures, eV. Default 1e-8. */
  readonly energy: number;
  /** Forces (eV/Angstrom) and stress (eV/Angstrom^3) of transformed structures. Default 1e-6. */
  readonly symmetry: number;
  /** Jumps at the cutoff: energy (eV) and forces (eV/Angstrom). Default 1e-5. */
  readonly smoothness: number;
  /** Energies of atoms against their sum, eV per atom. Default 1e-8. */
  readonly sum: number;
  /** The same call twice: energy (eV) and forces (eV/Angstrom). Default 1e-9. */
  readonly repeat: number;
}

export const DEFAULT_TOLERANCES: ConformanceTolerances = {
  forces: 1e-5,
  stress: 1e-6,
  energy: 1e-8,
  symmetry: 1e-6,
  smoothness: 1e-5,
  sum: 1e-8,
  repeat: 1e-9,
};

/** Step sizes of the finite differences. */
export interface ConformanceSteps {
  /** Displacement of atoms, Angstrom. Default 5e-3; a float32 energy needs 1e-2. */
  readonly displacement: number;
  /** Strain, dimensionless. Default 1e-3. */
  readonly strain: number;
  /** Half the way across the cutoff, Angstrom. Default 1e-4; a float32 energy needs 1e-3. */
  readonly cutoff: number;
}

export const DEFAULT_STEPS: ConformanceSteps = { displacement: 5e-3, strain: 1e-3, cutoff: 1e-4 };

export interface NamedStructure {
  readonly name: string;
  readonly atoms: Atoms;
}

export interface ConformanceOptions {
  /** Structures without a symmetry that would hide errors; best one periodic, one not. */
  readonly structures: readonly (Atoms | NamedStructure)[];
  readonly tolerances?: Partial<ConformanceTolerances>;
  readonly steps?: Partial<ConformanceSteps>;
  readonly skip?: readonly CheckName[];
  /** Picks coordinates, directions and rotations. Default 1. */
  readonly seed?: number;
}

/** One check on one structure. */
export interface CheckResult {
  readonly name: CheckName;
  /** Name of the structure; empty for checks that need none. */
  readonly structure: string;
  /** Largest deviation found, in the unit of the tolerance; for yes-or-no checks 0 or 1. */
  readonly measured: number;
  readonly tolerance: number;
  readonly passed: boolean;
  /** What was measured, or what went wrong, in words. */
  readonly detail: string;
}

export interface ConformanceReport {
  /** Name of the calculator. */
  readonly calculator: string;
  readonly checks: readonly CheckResult[];
  readonly failures: readonly CheckResult[];
}

/** What a single check hands back; undefined where it does not apply. */
export interface Measurement {
  readonly measured: number;
  readonly tolerance: number;
  readonly detail: string;
}
