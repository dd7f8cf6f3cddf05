import { expect, test } from '@jest/globals';
import * as core from '../src/index.ts';

/** ASE 3.29.0, `ase.units` (CODATA 2014), to the last bit or the one before. */
const ASE: Partial<Record<keyof typeof core, number>> = {
  KB: 8.617330337217213e-5,
  GPA: 0.006241509125883258,
  BAR: 6.241509125883258e-7,
  BOHR: 0.5291772105638411,
  HARTREE: 27.211386024367243,
  KCAL_PER_MOL: 0.04336410390059322,
  DEBYE: 0.20819433442462576,
  ASE_FS: 0.09822694788464063,
  HBAR: 0.6582119514467407,
  EV_PER_AMU_A2_PER_FS2: 103.64269572045424,
};

/** One unit in the last place: the order of multiplications is not always ASE's. */
const ROUNDING = 2 ** -52;

test.each(Object.entries(ASE))('%s agrees with ASE', (name, expected) => {
  const value = core[name as keyof typeof core] as number;
  expect(Math.abs(value / expected - 1)).toBeLessThanOrEqual(ROUNDING);
});

test('relations between units hold', () => {
  // 1 eV = 23.06 kcal/mol = 96.485 kJ/mol; e^2/(4 pi eps0) = 1 Hartree Bohr.
  expect(core.KCAL_PER_MOL / core.KJ_PER_MOL).toBeCloseTo(4.184, 12);
  expect(core.COULOMB).toBeCloseTo(core.HARTREE * core.BOHR, 9);
  expect(core.ASE_FS ** -2).toBeCloseTo(core.EV_PER_AMU_A2_PER_FS2, 9);
});
