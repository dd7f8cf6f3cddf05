import { ReferenceFit } from '@mlffd/data';
import type { Baseline } from '@mlffd/student';
import type { LabelledStructure } from './labelled.ts';

/** A baseline with what is to be known about how it was found. */
export interface FittedBaseline extends Baseline {
  /** Atomic numbers that occur in the structures, ascending. */
  readonly elements: readonly number[];
  /** Number of energies that were fitted: elements that occur in structures with an energy. */
  readonly freedom: number;
  /** Rank of the composition matrix; less than `freedom` when amounts never vary freely. */
  readonly rank: number;
  /** Root mean square of what the fit leaves over, eV/atom. */
  readonly residual: number;
}

/**
 * Energies per element and scale of the forces, in one pass over the data; `ReferenceFit` of
 * `@mlffd/data` says how the energies are found, and what becomes of those that the compositions leave
 * open.
 */
export class BaselineFit {
  readonly #rows: number;
  readonly #fit = new ReferenceFit();
  /** Elements that occur, with or without an energy. */
  readonly #seen = new Set<number>();
  #forceSquares = 0;
  #forceComponents = 0;

  /** @param rows number of rows of the table, at least the largest atomic number + 1 */
  constructor(rows: number) {
    this.#rows = rows;
  }

  /** Takes the labels of one structure into account. */
  add({ atoms, energy, forces }: LabelledStructure): void {
    const { numbers } = atoms;
    for (const z of numbers) this.#seen.add(z);
    if (energy !== undefined) this.#fit.add(numbers, energy);
    if (forces === undefined) return;
    for (const component of forces) this.#forceSquares += component * component;
    this.#forceComponents += forces.length;
  }

  /**
   * Solves for the energies and the scale.
   *
   * @param ridge added to the eigenvalues, as a part of the largest
   */
  solve(ridge: number): FittedBaseline {
    const { energies, fitted, rank, residual } = this.#fit.solve({ ridge });
    const table = new Float64Array(this.#rows);
    for (const z of fitted) table[z] = energies[z];
    return {
      energies: table,
      scale: this.#scale(residual),
      elements: [...this.#seen].sort((a, b) => a - b),
      freedom: fitted.length,
      rank,
      residual,
    };
  }

  #scale(residual: number): number {
    const forceRms = Math.sqrt(this.#forceSquares / Math.max(1, this.#forceComponents));
    if (forceRms > 0) return forceRms;
    return residual > 0 ? residual : 1;
  }
}

/** Energy of the isolated-atom model, eV: the sum of the reference energies, in float64. */
export function baselineEnergy(baseline: Baseline, numbers: Int32Array): number {
  let sum = 0;
  for (const z of numbers) sum += baseline.energies[z];
  return sum;
}
