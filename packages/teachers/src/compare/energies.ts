import { symbolOf } from '@mlffd/core';
import { pairFigures, rankAgreement } from './figures.ts';
import type { EnergyComparison, PairedValues } from './report.ts';

/**
 * A least-squares fit of one energy per element, which leaves what the compositions do not determine
 * where it does no harm. `ReferenceFit` of `@mlffd/data` is one.
 */
export interface ReferenceEnergyFit {
  /** @param energy of the whole structure, eV */
  add(numbers: Int32Array, energy: number): void;
  solve(): {
    /** eV by atomic number. */
    readonly energies: ArrayLike<number>;
    /** Atomic numbers that were fitted. */
    readonly fitted: readonly number[];
    /** How many combinations of the energies the compositions determine. */
    readonly rank: number;
    readonly undetermined: readonly (readonly number[])[];
  };
}

/** Energies of one structure, eV. */
export interface EnergyPair {
  readonly numbers: Int32Array;
  readonly a: number;
  readonly b: number;
}

/**
 * Energies per atom without reference energies, and how they agree; no figures where the fit has as
 * many free energies as there are structures.
 */
export function compareEnergies(
  pairs: readonly EnergyPair[],
  newFit: () => ReferenceEnergyFit,
): { readonly figures: EnergyComparison | null; readonly values: PairedValues } {
  const [own, between] = [newFit(), newFit()];
  for (const { numbers, a, b } of pairs) {
    own.add(numbers, a);
    between.add(numbers, b - a);
  }
  const { energies, fitted, rank, undetermined } = own.solve();
  const { energies: shifts } = between.solve();
  const values: { a: number[]; b: number[] } = { a: [], b: [] };
  for (const { numbers, a, b } of pairs) {
    let [reference, shift] = [0, 0];
    for (const z of numbers) {
      reference += energies[z];
      shift += shifts[z];
    }
    const n = numbers.length;
    values.a.push((a - reference) / n);
    values.b.push((a - reference + (b - a - shift)) / n);
  }
  if (pairs.length <= rank) return { figures: null, values };
  const { count, mae, rmse, max, r2 } = pairFigures(values);
  const figures: EnergyComparison = {
    structures: count,
    mae_meV_atom: 1000 * mae,
    rmse_meV_atom: 1000 * rmse,
    max_meV_atom: 1000 * max,
    r2,
    rank_correlation: rankAgreement(values),
    fitted: rank,
    undetermined: undetermined.map((group) => group.map(symbolOf)),
    references: Object.fromEntries(
      fitted.map((z) => [symbolOf(z), { a_eV: energies[z], b_eV: energies[z] + shifts[z] }]),
    ),
  };
  return { figures, values };
}
