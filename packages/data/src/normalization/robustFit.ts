import { ReferenceFit } from './referenceFit.ts';

/** Rounds of reweighting; energies settle to 1 meV/atom in about ten. */
const ROUNDS = 25;
/** Residuals below this are all one, eV/atom. */
const FLOOR = 1e-3;

/** Structures of one composition. */
export interface CompositionEnergy {
  /** Part of each element in the atoms. */
  readonly fractions: ReadonlyMap<number, number>;
  /** Median energy, eV/atom. */
  readonly perAtom: number;
  readonly count: number;
}

/**
 * Energies per element, eV by atomic number, with the least sum of absolute deviations: structures
 * with wrong energies do not draw the others along while they are fewer than half.
 *
 * Least squares, reweighted by 1 / |residual| until it stands (Holland and Welsch 1977).
 */
export function robustReferenceEnergies(rows: readonly CompositionEnergy[]): Float64Array {
  const residuals = new Float64Array(rows.length).fill(1);
  let energies: Float64Array = new Float64Array();
  for (let round = 0; round < ROUNDS; round++) {
    const fit = new ReferenceFit();
    for (const [k, { fractions, perAtom, count }] of rows.entries()) {
      fit.addFractions(fractions, perAtom, count / Math.max(FLOOR, residuals[k]));
    }
    energies = fit.solve({ ridge: 1e-9 }).energies;
    for (const [k, { fractions, perAtom }] of rows.entries()) {
      residuals[k] = Math.abs(perAtom - compositionEnergy(fractions, energies));
    }
  }
  return energies;
}

/** Sum of the reference energies of a composition, eV/atom. */
export function compositionEnergy(
  fractions: ReadonlyMap<number, number>,
  energies: Float64Array,
): number {
  let sum = 0;
  for (const [z, x] of fractions) sum += x * energies[z];
  return sum;
}
