import { ASE, PYTHON, type PythonPreset } from './preset.ts';

/** Elements of the trajectories of the Materials Project: 1 to 94 but Po, At, Rn, Fr, Ra. */
export const MATERIALS_PROJECT_ELEMENTS: readonly number[] = Array.from(
  { length: 94 },
  (_, k) => k + 1,
).filter((z) => z < 84 || z > 88);

/** The original of `ChgnetCalculator`, which needs no Python. */
export const CHGNET_PYTHON: PythonPreset = {
  about: 'CHGNet 0.3.0 for crystals in PyTorch; model=r2scan for the r2SCAN functional',
  calculator: 'mlffd_calculators.chgnet:chgnet',
  args: { model: '0.3.0' },
  elements: MATERIALS_PROJECT_ELEMENTS,
  properties: ['energy', 'energies', 'forces', 'stress'],
  python: PYTHON,
  requirements: { ...ASE, chgnet: '0.4.2', torch: '2.13.0' },
  license: 'BSD-3-Clause (modified, University of California)',
  weights: 'included',
  weightsArgument: 'weights',
  distribution: 'chgnet',
  reference: 'https://doi.org/10.1038/s42256-023-00716-3',
};
