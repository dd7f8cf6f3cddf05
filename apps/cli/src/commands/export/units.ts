import { HARTREE, KCAL_PER_MOL, KJ_PER_MOL } from '@mlffd/core';

/** Name of a unit of energy. */
export type EnergyUnit = 'eV' | 'meV' | 'kcal/mol' | 'kJ/mol' | 'Hartree';

/** Units of energy that schnetpack models are trained in, in eV. */
export const ENERGY_UNITS: Readonly<Record<EnergyUnit, number>> = {
  eV: 1,
  meV: 1e-3,
  'kcal/mol': KCAL_PER_MOL,
  'kJ/mol': KJ_PER_MOL,
  Hartree: HARTREE,
};
