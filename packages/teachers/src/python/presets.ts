import type { Property } from '@mlffd/core';

/** Values that calculators may take as arguments. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A teacher in Python by a short name. */
export interface PythonPreset {
  /** What it is, in one line. */
  readonly about: string;
  /** `module.path:Class`, or a function that makes an ASE calculator. */
  readonly calculator: string;
  readonly args: Readonly<Record<string, JsonValue>>;
  /** Atomic numbers that it has parameters for. */
  readonly elements: readonly number[];
  readonly properties: readonly Property[];
  /** Oldest Python that these packages take, as `3.11`. */
  readonly python: string;
  /** Packages of an environment for it, in the versions that were tried. */
  readonly requirements: Readonly<Record<string, string>>;
  /** Licence of the package, and of the parameters where it differs. */
  readonly license: string;
  /** Whether parameters come with the package, or are downloaded by its first use. */
  readonly weights: 'included' | 'downloaded';
  /** What to cite. */
  readonly reference: string;
}

const ASE = { ase: '3.29.0', numpy: '2.4.6' };
const PYTHON = '3.11';
const XTB = {
  properties: ['energy', 'energies', 'forces', 'stress'],
  elements: Array.from({ length: 86 }, (_, k) => k + 1),
  python: PYTHON,
  requirements: { ...ASE, tblite: '0.8.0' },
  license: 'LGPL-3.0-or-later',
  weights: 'included',
} as const;

/** All presets by name. */
export const PYTHON_PRESETS: Readonly<Record<string, PythonPreset>> = {
  'gfn2-xtb': {
    ...XTB,
    about: 'GFN2-xTB, semi-empirical tight binding for molecules, by tblite',
    calculator: 'tblite.ase:TBLite',
    args: { method: 'GFN2-xTB', verbosity: 0 },
    reference: 'https://doi.org/10.1021/acs.jctc.8b01176',
  },
  'gfn1-xtb': {
    ...XTB,
    about: 'GFN1-xTB, the older of the two, by tblite',
    calculator: 'tblite.ase:TBLite',
    args: { method: 'GFN1-xTB', verbosity: 0 },
    reference: 'https://doi.org/10.1021/acs.jctc.7b00118',
  },
  'ase-emt': {
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
  },
};

/** Requirements as pip and uv take them: `ase==3.29.0`. */
export function requirementsOf({ requirements }: Pick<PythonPreset, 'requirements'>): string[] {
  return Object.entries(requirements).map(([name, version]) => `${name}==${version}`);
}
