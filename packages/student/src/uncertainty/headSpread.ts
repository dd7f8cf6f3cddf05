import type { NeighborList } from '@mlffd/core';
import { readoutWidth } from '../config.ts';
import { forcesFromEdges } from '../observables.ts';
import { FunctionRunner, type NetworkAtoms } from '../runner.ts';
import type { Student } from '../student.ts';
import { SpreadSum } from './spreadSum.ts';
import { checkUncertainty, type Uncertainties, UncertaintyError } from './uncertainty.ts';

/** How much one head deviates from its student. */
export interface HeadDeviation {
  /** eV */
  readonly energy: number;
  /** eV/Angstrom, 3N: minus the derivative of `energy` with respect to the positions. */
  readonly forces: Float64Array;
}

/**
 * Spread of a student's heads. A head is the network with another last layer, so that the deviation
 * of its energy is linear in that of its weights: one run of the network with these in place of the
 * last layer gives it and, by the derivatives, that of the forces, without a difference of large
 * numbers.
 */
export class HeadSpread {
  readonly #runner: FunctionRunner;
  readonly #heads: readonly Float32Array[];
  readonly #factors: { readonly energy: number; readonly forces: number };
  /** eV */
  readonly #scale: number;

  private constructor(student: Student, runner: FunctionRunner, heads: readonly Float32Array[]) {
    this.#runner = runner;
    this.#heads = heads;
    this.#scale = student.baseline.scale;
    const { energyFactor = 0, forceFactor = 0 } = student.uncertainty ?? {};
    this.#factors = { energy: energyFactor, forces: forceFactor };
  }

  /**
   * @param name of the student, for messages
   * @throws UncertaintyError when the student has no uncertainty, or that of other weights
   */
  static async create(student: Student, threads: number, name: string): Promise<HeadSpread> {
    const { uncertainty, config } = student;
    if (uncertainty === undefined) {
      throw new UncertaintyError(
        'student/no-uncertainty',
        `${name} does not know how certain it is`,
        {
          expected: 'a student that was calibrated',
          found: 'a student without an uncertainty',
          where: name,
          hint: 'Run `mlffd calibrate`, or `fitUncertainty` of @mlffd/train: nothing is trained again.',
        },
      );
    }
    checkUncertainty(student, uncertainty);
    const width = readoutWidth(config);
    const heads = Array.from({ length: uncertainty.count }, (_, m) =>
      uncertainty.heads.slice(m * width, (m + 1) * width),
    );
    return new HeadSpread(
      student,
      await FunctionRunner.create(student, threads, { head: true }),
      heads,
    );
  }

  /** Calls `use` with the deviation of each head. */
  async deviations(
    list: NeighborList,
    atoms: NetworkAtoms,
    use: (deviation: HeadDeviation, head: number) => void,
  ): Promise<void> {
    await this.#runner.runHeads(list, atoms, {
      weights: this.#heads,
      use: (output, head) => {
        let energy = 0;
        for (let i = 0; i < atoms.numbers.length; i++) energy += output.atoms[i];
        const forces = forcesFromEdges(list, output.edges, this.#scale);
        use({ energy: this.#scale * energy, forces }, head);
      },
    });
  }

  /** Calibrated standard deviations over the heads. */
  async uncertainties(list: NeighborList, atoms: NetworkAtoms): Promise<Uncertainties> {
    const sum = new SpreadSum(atoms.numbers.length);
    await this.deviations(list, atoms, (deviation) => {
      sum.add(deviation);
    });
    return sum.result(this.#factors);
  }

  /** Frees the native sessions. */
  async release(): Promise<void> {
    await this.#runner.release();
  }
}
