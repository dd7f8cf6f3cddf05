import { MATERIALS_PROJECT_ELEMENTS } from './chgnet.ts';
import { ASE, type PythonPreset } from './preset.ts';

/** Potentials of orb-models 0.5.5 by their names there; its models of dispersion alone are none. */
export type OrbModel =
  | 'orb-v2'
  | 'orb-mptraj-only-v2'
  | 'orb-d3-v2'
  | 'orb-d3-sm-v2'
  | 'orb-d3-xs-v2'
  | 'orb-v3-conservative-20-omat'
  | 'orb-v3-conservative-inf-omat'
  | 'orb-v3-direct-20-omat'
  | 'orb-v3-direct-inf-omat'
  | 'orb-v3-conservative-20-mpa'
  | 'orb-v3-conservative-inf-mpa'
  | 'orb-v3-direct-20-mpa'
  | 'orb-v3-direct-inf-mpa'
  | 'orb-v3-conservative-omol'
  | 'orb-v3-direct-omol';

/** Where the loaders of orb-models 0.5.5 fetch weights from. */
const ORB_WEIGHTS_FOLDER =
  'https://orbitalmaterials-public-models.s3.us-west-1.amazonaws.com/forcefields/';

/**
 * Elements of MPtrj: those with an energy of their own in the fit that orb-models keeps of it
 * (`mp_traj_d3_reference_energies`). Alexandria and OMat24 are taken to hold no others.
 */
const CRYSTAL_ELEMENTS = MATERIALS_PROJECT_ELEMENTS;
/** Elements of OMol25, H to Bi (arXiv 2505.08762). */
const OMOL_ELEMENTS: readonly number[] = Array.from({ length: 83 }, (_, k) => k + 1);

const PAPER_V2 = 'https://arxiv.org/abs/2410.22570';
const PAPER_V3 = 'https://arxiv.org/abs/2504.06231';

interface Kind {
  readonly about: string;
  /** Below `ORB_WEIGHTS_FOLDER`. */
  readonly file: string;
  /** Of the weights as PyTorch writes them for this architecture, MB; the downloads may differ. */
  readonly megabytes: number;
}

const DIRECT = 'forces predicted directly, not the gradient of the energy';
const CONSERVATIVE = 'forces are the gradient of the energy';
const MPA = 'for MPtrj and Alexandria (PBE, PBE+U)';
const OMAT = 'for OMat24 (PBE, PBE+U)';
const OMOL = 'for OMol25 (wB97M-V), molecules with charge and spin';

/** All of them as presets. */
export const ORB_PRESETS: Readonly<Record<OrbModel, PythonPreset>> = {
  'orb-v2': v2('orb-v2', {
    about: `Orb-v2 ${MPA}; ${DIRECT}`,
    file: 'orb-v2-20241011.ckpt',
    megabytes: 101,
  }),
  'orb-mptraj-only-v2': v2('orb-mptraj-only-v2', {
    about: 'Orb-v2 for MPtrj alone, to repeat a benchmark; orb-v2 is the better one',
    file: 'orb-mptraj-only-v2-20241014.ckpt',
    megabytes: 101,
  }),
  'orb-d3-v2': v2('orb-d3-v2', {
    about: `Orb-v2 ${MPA} with D3 dispersion; ${DIRECT}`,
    file: 'orb-d3-v2-20241011.ckpt',
    megabytes: 101,
  }),
  'orb-d3-sm-v2': v2('orb-d3-sm-v2', {
    about: 'orb-d3-v2 with 10 steps for 15',
    file: 'orb-d3-sm-v2-20241011.ckpt',
    megabytes: 69,
  }),
  'orb-d3-xs-v2': v2('orb-d3-xs-v2', {
    about: 'orb-d3-v2 with 5 steps for 15',
    file: 'orb-d3-xs-v2-20241011.ckpt',
    megabytes: 38,
  }),
  ...v3('omat', OMAT),
  ...v3('mpa', MPA),
  'orb-v3-conservative-omol': omol('conservative', CONSERVATIVE),
  'orb-v3-direct-omol': omol('direct', DIRECT),
};

/** Whether a model wants the charge and the spin of every structure. */
export function takesCharge(model: OrbModel): boolean {
  return model.endsWith('-omol');
}

function v2(model: OrbModel, kind: Kind): PythonPreset {
  return preset(model, kind, PAPER_V2);
}

type CrystalModel<Data extends string> =
  `orb-v3-${'conservative' | 'direct'}-${'20' | 'inf'}-${Data}`;

/** The four models of one set of crystals. */
function v3<Data extends 'omat' | 'mpa'>(
  data: Data,
  trained: string,
): Readonly<Record<CrystalModel<Data>, PythonPreset>> {
  const make = (forces: 'conservative' | 'direct', count: '20' | 'inf'): PythonPreset => {
    const neighbors = count === '20' ? '20 neighbours' : 'all neighbours within 6 Angstrom';
    const kind = {
      about: `Orb-v3 ${trained}, ${neighbors}; ${forces === 'direct' ? DIRECT : CONSERVATIVE}`,
      file: `orb-v3/orb-v3-${forces}-${count}-${data}-20250404.ckpt`,
      megabytes: 102,
    };
    return preset(`orb-v3-${forces}-${count}-${data}`, kind, PAPER_V3);
  };
  return {
    [`orb-v3-conservative-20-${data}`]: make('conservative', '20'),
    [`orb-v3-conservative-inf-${data}`]: make('conservative', 'inf'),
    [`orb-v3-direct-20-${data}`]: make('direct', '20'),
    [`orb-v3-direct-inf-${data}`]: make('direct', 'inf'),
  } as Record<CrystalModel<Data>, PythonPreset>;
}

function omol(forces: 'conservative' | 'direct', how: string): PythonPreset {
  const model = `orb-v3-${forces}-omol` as const;
  const file = `${model}-20250820.ckpt`;
  return preset(model, { about: `OrbMol ${OMOL}; ${how}`, file, megabytes: 104 }, PAPER_V3);
}

function preset(model: OrbModel, kind: Kind, reference: string): PythonPreset {
  const molecules = takesCharge(model);
  return {
    about: kind.about,
    calculator: 'mlffd_calculators.orb:orb',
    distribution: 'orb-models',
    environment: 'orb',
    args: { model },
    elements: molecules ? OMOL_ELEMENTS : CRYSTAL_ELEMENTS,
    properties: molecules ? ['energy', 'forces'] : ['energy', 'forces', 'stress'],
    // What orb-models and its dm-tree 0.1.8 have been built for.
    python: '3.11',
    pythonBelow: '3.13',
    requirements: { ...ASE, 'orb-models': '0.5.5', torch: '2.13.0' },
    license: 'Apache-2.0',
    weights: 'downloaded',
    weightsArgument: 'weights',
    weightsFrom: `${ORB_WEIGHTS_FOLDER}${kind.file} (about ${kind.megabytes} MB)`,
    reference,
  };
}

/** Names of all models. */
export const ORB_MODELS: readonly OrbModel[] = Object.keys(ORB_PRESETS) as OrbModel[];
