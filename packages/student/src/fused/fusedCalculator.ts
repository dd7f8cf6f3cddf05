import type { Atoms, Calculator, Property, Results } from '@mlffd/core';
import type { BatchOutcome } from '../batchOutcome.ts';
import type { Student } from '../student.ts';
import { FusedBatch } from './fusedBatch.ts';
import { type FusedOptions, FusedPotential, type ThreadedOptions } from './fusedPotential.ts';
import { fusedResults } from './fusedResults.ts';
import { requireProperties, STUDENT_PROPERTIES } from '../properties.ts';

/**
 * A student as a calculator that answers at once: `FusedPotential` with the results as the caller's own
 * arrays.
 */
export class FusedCalculator implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[] = STUDENT_PROPERTIES;
  readonly elements: readonly number[];
  /** Angstrom. */
  readonly cutoff: number;
  /** What computes; its answers are those of the last call. */
  readonly potential: FusedPotential;
  /** Made when it is first asked for. */
  #batch: FusedBatch | undefined;

  private constructor(student: Student, potential: FusedPotential) {
    this.potential = potential;
    this.name = potential.name;
    this.elements = potential.elements;
    this.cutoff = student.config.cutoff;
  }

  /** @throws FusedUnavailableError for a student or an engine that the kernels do not serve */
  static fromStudent(student: Student, options: FusedOptions): FusedCalculator {
    return new FusedCalculator(student, new FusedPotential(student, options));
  }

  /**
   * The same with threads that share large structures.
   *
   * @throws TeamError where a thread does not start
   */
  static async start(student: Student, options: ThreadedOptions): Promise<FusedCalculator> {
    return new FusedCalculator(student, await FusedPotential.start(student, options));
  }

  /**
   * Energy (eV), energies (eV), forces (eV/Angstrom), stress (eV/Angstrom^3).
   *
   * @throws as `FusedPotential.evaluate`; PropertyNotAvailableError
   */
  calculate(atoms: Atoms, properties: readonly Property[]): Results {
    requireProperties(this.name, properties);
    return fusedResults(this.potential, atoms, properties);
  }

  /**
   * The same for many structures, of any size and kind, at once: faster for small ones, see `FusedBatch`.
   *
   * @throws as `calculate`, for the first structure without an answer; `where` begins with its index
   */
  calculateBatch(structures: readonly Atoms[], properties: readonly Property[]): Results[] {
    return this.#getBatch().calculate(structures, properties);
  }

  /**
   * As `calculateBatch`, with an error in the place of results where a structure has none.
   *
   * @throws PropertyNotAvailableError
   */
  settleBatch(structures: readonly Atoms[], properties: readonly Property[]): BatchOutcome[] {
    return this.#getBatch().settle(structures, properties);
  }

  #getBatch(): FusedBatch {
    this.#batch ??= new FusedBatch(this.potential);
    return this.#batch;
  }

  /** Ends the threads, if there are any; the memory goes with the calculator. */
  dispose(): Promise<void> {
    return this.potential.dispose();
  }
}
