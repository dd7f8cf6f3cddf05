import { MATERIALS_PROJECT_ELEMENTS } from './chgnet.ts';
import { ASE, PYTHON, type PythonPreset } from './preset.ts';

/**
 * `model` is a name or the path of a checkpoint. In the package: 7net-0, 7net-l3i5, 7net-mf-0 (with
 * `modal` PBE or R2SCAN). Downloaded: 7net-mf-ompa (`modal` mpa or omat24), 7net-omat, 7net-omni.
 */
export const SEVENNET: PythonPreset = {
  about: 'SevenNet-0 for crystals; model=7net-l3i5 or model=7net-mf-ompa&modal=mpa for others',
  calculator: 'sevenn.calculator:SevenNetCalculator',
  args: { model: '7net-0' },
  elements: MATERIALS_PROJECT_ELEMENTS,
  properties: ['energy', 'energies', 'forces', 'stress'],
  python: PYTHON,
  requirements: { ...ASE, sevenn: '0.13.0', torch: '2.13.0' },
  license: 'MIT',
  weights: 'included',
  weightsFrom:
    'https://github.com/MDIL-SNU/SevenNet/releases for 7net-mf-ompa (some 100 MB) and later models',
  reference: 'https://doi.org/10.1021/acs.jctc.4c00190',
};
