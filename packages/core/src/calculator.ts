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

/** What a calculator that knows how certain it is says of a structure. */
export interface Uncertainties {
  /** Standard deviation of the energy, eV. */
  readonly energy: number;
  /**
   * Standard deviation of each atom's force vector, sqrt(< |dF_i|^2 >), eV/Angstrom, N values. That of
   * one component is 1 / sqrt(3) of it on average.
   */
  readonly forces: Float64Array;
}

/** What else a call may be told. */
export interface CalculateOptions {
  /**
   * Gives the call up. A calculator that can ends the work and rejects with the reason of the
   * signal; others may ignore it.
   */
  readonly signal?: AbortSignal;
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
  /** Calls that it computes side by side; absent means one. */
  readonly concurrency?: number;
  /**
   * Calls beyond those that are worth making now, so that it is not idle until its caller comes
   * round; absent means none. It may change at any time.
   */
  readonly ahead?: number;
  /**
   * An error that is not the structure's fault, so that the call may succeed when it is repeated,
   * has a field `transient: true`; one after which no call can succeed, `unavailable: true`.
   *
   * @throws PropertyNotAvailableError for a property outside `properties`
   * @throws UnsupportedElementError for an element outside `elements`
   * @throws InvalidAtomsError for a structure that has no answer (NaN position, zero volume)
   */
  calculate(
    atoms: Atoms,
    properties: readonly Property[],
    options?: CalculateOptions,
  ): Results | Promise<Results>;
  /** How certain it is of a structure, where it can tell. */
  uncertainty?(atoms: Atoms): Uncertainties | Promise<Uncertainties>;
  /** Releases native sessions, workers and processes; calling it twice is harmless. */
  dispose(): void | Promise<void>;
}
