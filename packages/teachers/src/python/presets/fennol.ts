import { ASE, PYTHON, type PythonPreset } from './preset.ts';

/** Any FeNNol model of the user; `FennolTeacher` also knows the elements of each file. */
export const FENNOL: PythonPreset = {
  about: 'a FeNNol model (FENNIX) from a .fnx file',
  calculator: 'mlffd_calculators.fennol:fennol',
  args: {},
  elements: Array.from({ length: 118 }, (_, k) => k + 1),
  properties: ['energy', 'forces', 'stress'],
  python: PYTHON,
  requirements: { ...ASE, fennol: '2026.6.29', flax: '0.12.8', jax: '0.10.2' },
  license: 'LGPL-3.0; models have licences of their own',
  weights: 'file',
  weightsArgument: 'weights',
  weightsFrom: 'models of its authors at https://github.com/FeNNol-tools, or your own training',
  distribution: 'fennol',
  reference: 'https://doi.org/10.1063/5.0217688',
};
