import { ANI2X } from './presets/ani.ts';
import { CHGNET_PYTHON } from './presets/chgnet.ts';
import { ASE_EMT } from './presets/emt.ts';
import { FENNOL } from './presets/fennol.ts';
import { MACE_MP, MACE_OFF } from './presets/mace.ts';
import { ORB_PRESETS, type OrbModel } from './presets/orb.ts';
import type { PythonPreset } from './presets/preset.ts';
import { SEVENNET } from './presets/sevennet.ts';
import { GFN1_XTB, GFN2_XTB } from './presets/xtb.ts';

/** Names of the presets in Python. */
export type PythonPresetName =
  | 'gfn2-xtb'
  | 'gfn1-xtb'
  | 'ase-emt'
  | 'ani2x'
  | 'chgnet-python'
  | 'fennol'
  | 'mace'
  | 'mace-off'
  | 'sevennet'
  | OrbModel;

const PRESETS: Readonly<Record<PythonPresetName, PythonPreset>> = {
  'gfn2-xtb': GFN2_XTB,
  'gfn1-xtb': GFN1_XTB,
  'ase-emt': ASE_EMT,
  ani2x: ANI2X,
  'chgnet-python': CHGNET_PYTHON,
  fennol: FENNOL,
  mace: MACE_MP,
  'mace-off': MACE_OFF,
  sevennet: SEVENNET,
  ...ORB_PRESETS,
};

/** All presets by name. */
export const PYTHON_PRESETS: Readonly<Record<string, PythonPreset>> = PRESETS;

/** Name of the environment of a preset, which others of the same package may share. */
export function environmentName(preset: string): string {
  if (!Object.hasOwn(PYTHON_PRESETS, preset)) return preset;
  return PYTHON_PRESETS[preset].environment ?? preset;
}
