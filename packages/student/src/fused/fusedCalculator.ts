import { type Atoms, type Calculator, type Property, type Results, volume } from '@mlffd/core';
import type { Student } from '../student.ts';
import { type FusedOptions, FusedPotential, type ThreadedOptions } from './fusedPotential.ts';
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
    const { potential } = this;
    // First, as it refuses what has no volume.
    const size = properties.includes('stress') ? volume(atoms) : 0;
    potential.evaluate(atoms);
    const results: Results = {};
    const count = atoms.numbers.length;
    if (properties.includes('energy') || properties.includes('energies')) {
      results.energy = potential.energy;
    }
    if (properties.includes('energies')) {
      results.energies = potential.energies(new Float64Array(count));
    }
    if (properties.includes('forces')) results.forces = potential.forces.slice(0, 3 * count);
    if (properties.includes('stress')) {
      const stress = potential.virial(new Float64Array(6));
      for (let k = 0; k < 6; k++) stress[k] /= size;
      results.stress = stress;
    }
    return results;
  }

  /** Ends the threads, if there are any; the memory goes with the calculator. */
  dispose(): Promise<void> {
    return this.potential.dispose();
  }
}
