import type { Baseline } from '@mlffd/student';
import { CompositionFit } from './compositionFit.ts';
import type { EnergyOutlier } from './compositionFit.ts';
import { ForceScale } from './forceScale.ts';
import type { ForceOutlier } from './forceScale.ts';
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
  /** Energies that were left out because they cannot belong to their composition, furthest first. */
  readonly outliers: readonly EnergyOutlier[];
  /** Structures whose forces were left out of the scale, largest first. */
  readonly forceOutliers: readonly ForceOutlier[];
}

/** What is known of a structure besides its labels. */
export interface StructureRank {
  /** Number in the dataset. */
  readonly structure: number;
  /** Factor on its part of the sums. */
  readonly weight: number;
}

/**
 * Energies per element and scale of the forces; `ReferenceFit` of `@mlffd/data` says how the energies
 * are found, and what becomes of those that the compositions leave open.
 */
export class BaselineFit {
  readonly #rows: number;
  readonly #fit = new CompositionFit();
  /** Elements that occur, with or without an energy. */
  readonly #seen = new Set<number>();
  #count = 0;
  readonly #forces = new ForceScale();

  /** @param rows number of rows of the table, at least the largest atomic number + 1 */
  constructor(rows: number) {
    this.#rows = rows;
  }

  /** Takes the labels of one structure into account. */
  add(
    { atoms, energy, forces }: LabelledStructure,
    { structure, weight }: StructureRank = { structure: this.#count, weight: 1 },
  ): void {
    const { numbers } = atoms;
    this.#count += 1;
    for (const z of numbers) this.#seen.add(z);
    if (energy !== undefined) this.#fit.add(numbers, energy, { structure, weight });
    if (forces !== undefined) this.#forces.add(forces, { structure, weight });
  }

  /**
   * Solves for the energies and the scale.
   *
   * @param ridge added to the eigenvalues, as a part of the largest
   */
  solve(ridge: number): FittedBaseline {
    const { energies, fitted, rank, residual, outliers } = this.#fit.solve(ridge);
    const { rms, outliers: forceOutliers } = this.#forces.solve();
    const table = new Float64Array(this.#rows);
    for (const z of fitted) table[z] = energies[z];
    return {
      energies: table,
      scale: rms || residual || 1,
      elements: [...this.#seen].sort((a, b) => a - b),
      freedom: fitted.length,
      rank,
      residual,
      outliers,
      forceOutliers,
    };
  }
}

/** Energy of the isolated-atom model, eV: the sum of the reference energies, in float64. */
export function baselineEnergy(baseline: Baseline, numbers: Int32Array): number {
  let sum = 0;
  for (const z of numbers) sum += baseline.energies[z];
  return sum;
}
