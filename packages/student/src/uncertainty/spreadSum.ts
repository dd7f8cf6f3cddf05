import type { Uncertainties } from './uncertainty.ts';

/** Standard deviations of energies and of the force on each atom, from deviations from their mean. */
export class SpreadSum {
  #count = 0;
  #energy = 0;
  readonly #forces: Float64Array;

  constructor(atoms: number) {
    this.#forces = new Float64Array(atoms);
  }

  /** Adds the deviations of one member: eV, and eV/Angstrom, 3N. */
  add({ energy, forces }: { readonly energy: number; readonly forces: Float64Array }): void {
    this.#count += 1;
    this.#energy += energy * energy;
    const squares = this.#forces;
    for (let i = 0; i < squares.length; i++) {
      squares[i] += forces[3 * i] ** 2 + forces[3 * i + 1] ** 2 + forces[3 * i + 2] ** 2;
    }
  }

  /** Square roots of the means of the squares, times the factors. */
  result(factors: { readonly energy: number; readonly forces: number }): Uncertainties {
    const count = this.#count;
    return {
      energy: factors.energy * Math.sqrt(this.#energy / count),
      forces: this.#forces.map((square) => factors.forces * Math.sqrt(square / count)),
    };
  }
}
