import type { Atoms, Calculator } from '@mlffd/core';
import type { Uncertainties } from './uncertainty.ts';

/** A calculator that knows how certain it is of what it says. */
export interface UncertainCalculator extends Calculator {
  /** Standard deviations of energy (eV) and forces (eV/Angstrom). */
  uncertainty(atoms: Atoms): Promise<Uncertainties>;
}
