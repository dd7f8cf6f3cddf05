import { MATERIALS_PROJECT_ELEMENTS } from './chgnet.ts';
import { ASE, PYTHON, type PythonPreset } from './preset.ts';

const MACE = {
  properties: ['energy', 'energies', 'forces', 'stress'],
  python: PYTHON,
  requirements: { ...ASE, 'mace-torch': '0.3.16', torch: '2.13.0' },
  weights: 'downloaded',
  weightsArgument: 'weights',
  distribution: 'mace-torch',
  environment: 'mace',
} as const;

export const MACE_MP: PythonPreset = {
  ...MACE,
  about: 'MACE-MPA-0 for crystals; model=small, medium, large for MACE-MP-0, and others by name',
  calculator: 'mlffd_calculators.mace:mace_mp',
  args: { model: 'medium-mpa-0' },
  elements: MATERIALS_PROJECT_ELEMENTS,
  license: 'MIT, weights too; those named omat and matpes ASL, not for commercial use',
  weightsFrom: 'https://github.com/ACEsuit/mace-foundations (mace-mpa-0-medium.model, some 40 MB)',
  reference: 'https://arxiv.org/abs/2401.00096',
};

export const MACE_OFF: PythonPreset = {
  ...MACE,
  about: 'MACE-OFF23 for neutral organic molecules, in float64; model=small, medium, large',
  calculator: 'mlffd_calculators.mace:mace_off',
  args: { model: 'medium' },
  elements: [1, 6, 7, 8, 9, 15, 16, 17, 35, 53],
  license: 'MIT; weights Academic Software License, not for commercial use',
  weightsFrom: 'https://github.com/ACEsuit/mace-off (MACE-OFF23_medium.model, some 20 MB)',
  reference: 'https://arxiv.org/abs/2312.15211',
};
