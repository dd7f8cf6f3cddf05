import { ASE, PYTHON, type PythonPreset } from './preset.ts';

const XTB = {
  properties: ['energy', 'energies', 'forces', 'stress'],
  elements: Array.from({ length: 86 }, (_, k) => k + 1),
  python: PYTHON,
  requirements: { ...ASE, tblite: '0.8.0' },
  license: 'LGPL-3.0-or-later',
  weights: 'included',
} as const;

export const GFN2_XTB: PythonPreset = {
  ...XTB,
  about: 'GFN2-xTB, semi-empirical tight binding for molecules, by tblite',
  calculator: 'tblite.ase:TBLite',
  args: { method: 'GFN2-xTB', verbosity: 0 },
  reference: 'https://doi.org/10.1021/acs.jctc.8b01176',
};

export const GFN1_XTB: PythonPreset = {
  ...XTB,
  about: 'GFN1-xTB, the older of the two, by tblite',
  calculator: 'tblite.ase:TBLite',
  args: { method: 'GFN1-xTB', verbosity: 0 },
  reference: 'https://doi.org/10.1021/acs.jctc.7b00118',
};
