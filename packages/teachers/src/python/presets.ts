import { ASE_EMT } from './presets/emt.ts';
import type { PythonPreset } from './presets/preset.ts';
import { GFN1_XTB, GFN2_XTB } from './presets/xtb.ts';

/** Names of the presets in Python. */
export type PythonPresetName = 'gfn2-xtb' | 'gfn1-xtb' | 'ase-emt';

const PRESETS: Readonly<Record<PythonPresetName, PythonPreset>> = {
  'gfn2-xtb': GFN2_XTB,
  'gfn1-xtb': GFN1_XTB,
  'ase-emt': ASE_EMT,
};

/** All presets by name. */
export const PYTHON_PRESETS: Readonly<Record<string, PythonPreset>> = PRESETS;
