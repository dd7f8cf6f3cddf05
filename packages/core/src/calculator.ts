import type { Atoms } from './atoms.ts';

/**
 * Names of what a calculator can give, as in ASE.
 *
 * | property | shape | unit |
 * |---|---|---|
 * | `energy` | scalar | eV |
 * | `energies` | N (per atom) | eV |
 * | `forces` | 3N, row by row | eV/Angstrom |
 * | `stress` | 6, Voigt xx yy zz yz xz xy, tension positive | eV/Angstrom^3 |
 */
export type Property = 'energy' | 'energies' | 'forces' | 'stress';

/** What `calculate` returns: at least the properties asked for. The arrays are the caller's own. */
export interface Results {
  /** Potential energy, eV. */
  energy?: number;
  /** Per-atom energies, eV, N values; their sum is `energy`. */
  energies?: Float64Array;
  /** Forces, eV/Angstrom, 3N values. */
  forces?: Float64Array;
  /** Cauchy stress, eV/Angstrom^3, Voigt order xx yy zz yz xz xy, tension positive. */
  stress?: Float64Array;
}

/**
 * Anything that turns a structure into energy and forces: teacher, student, analytic potential.
 *
 * `calculate` may answer at once or with a promise. Callers in hot loops await only a promise, so
 * that a fast synchronous calculator does not pay for the event loop.
 */
export interface Calculator {
  /** Name and version for logs and provenance, e.g. `chgnet-0.3.0`. */
  readonly name: string;
  readonly properties: readonly Property[];
  /** Atomic numbers that it has parameters for; absent means any. */
  readonly elements?: readonly number[];
  /** Largest interaction distance, Angstrom, where the calculator has one. */
  readonly cutoff?: number;
  /**
   * @throws PropertyNotAvailableError for a property outside `properties`
   * @throws UnsupportedElementError for an element outside `elements`
   * @throws InvalidAtomsError for a structure that has no answer (NaN position, zero volume)
   */
  calculate(atoms: Atoms, properties: readonly Property[]): Results | Promise<Results>;
  /** Releases native sessions, workers and processes; calling it twice is harmless. */
  dispose(): void | Promise<void>;
}
