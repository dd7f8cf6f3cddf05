import { ASE, PYTHON, type PythonPreset } from './preset.ts';

export const ANI2X: PythonPreset = {
  about: 'ANI-2x, eight networks for neutral organic molecules, in float64',
  calculator: 'mlffd_calculators.ani:ani2x',
  args: {},
  elements: [1, 6, 7, 8, 9, 16, 17],
  properties: ['energy', 'forces', 'stress'],
  python: PYTHON,
  requirements: { ...ASE, torch: '2.13.0', torchani: '2.9.0' },
  license: 'MIT, weights too (as their model card says)',
  weights: 'downloaded',
  weightsArgument: 'weights',
  weightsFrom: 'https://huggingface.co/roitberg-group/ani2x (ani2x_state_dict.pt, some 55 MB)',
  distribution: 'torchani',
  reference: 'https://doi.org/10.1021/acs.jctc.0c00121',
};
