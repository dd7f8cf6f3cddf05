import { ASE, PYTHON, type PythonPreset } from './preset.ts';

export const ASE_EMT: PythonPreset = {
  about: 'effective medium theory of ASE for Al, Ni, Cu, Pd, Ag, Pt, Au; a demonstration',
  calculator: 'ase.calculators.emt:EMT',
  args: {},
  elements: [1, 6, 7, 8, 13, 28, 29, 46, 47, 78, 79],
  properties: ['energy', 'energies', 'forces', 'stress'],
  python: PYTHON,
  requirements: ASE,
  license: 'LGPL-2.1-or-later',
  weights: 'included',
  reference: 'https://doi.org/10.1016/0039-6028(96)00816-3',
};
