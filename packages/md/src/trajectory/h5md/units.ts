import { GPA, HARTREE, KCAL_PER_MOL, KJ_PER_MOL } from '@mlffd/core';

/** Units of H5MD files as programs spell them, and what they are here. */
const AKMA = 48.88821;

export type Quantity = 'length' | 'time' | 'velocity' | 'force' | 'energy' | 'stress';

const FACTORS: Readonly<Record<Quantity, Readonly<Record<string, number>>>> = {
  length: { Angstrom: 1, angstrom: 1, A: 1, nm: 10, pm: 0.01, fm: 1e-5 },
  time: { fs: 1, ps: 1000, ns: 1e6, s: 1e15, sec: 1e15, second: 1e15, AKMA },
  velocity: {
    'Angstrom fs-1': 1,
    'A fs-1': 1,
    'Angstrom ps-1': 1e-3,
    'A ps-1': 1e-3,
    'Angstrom AKMA-1': 1 / AKMA,
    'A AKMA-1': 1 / AKMA,
    'nm ps-1': 1e-2,
    'nm ns-1': 1e-5,
    'pm ps-1': 1e-5,
    'm s-1': 1e-5,
  },
  force: {
    'eV Angstrom-1': 1,
    'kJ mol-1 Angstrom-1': KJ_PER_MOL,
    'kJ mol-1 nm-1': KJ_PER_MOL / 10,
    'kcal mol-1 Angstrom-1': KCAL_PER_MOL,
    'kcal mol-1 A-1': KCAL_PER_MOL,
  },
  energy: {
    eV: 1,
    'kJ mol-1': KJ_PER_MOL,
    'kcal mol-1': KCAL_PER_MOL,
    Hartree: HARTREE,
  },
  stress: { 'eV Angstrom-3': 1, GPa: GPA },
};

/** What a number is multiplied with; undefined for a unit that is not known. No unit means ours. */
export function unitFactor(quantity: Quantity, unit: unknown): number | undefined {
  if (unit === undefined) return 1;
  const table = FACTORS[quantity];
  return typeof unit === 'string' && Object.hasOwn(table, unit) ? table[unit] : undefined;
}
