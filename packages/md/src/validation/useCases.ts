/** What a student may be wanted for. */
export type UseCaseName = 'minimisation' | 'short-md' | 'long-nve' | 'npt';

/** A figure that a use depends on, as `check/figure`. */
export type FigureName = `${string}/${string}`;

/** What a use requires. */
export interface UseCase {
  readonly title: string;
  /** What is meant by it. */
  readonly about: string;
  /** Must pass on every system where they can be measured, and on at least one. */
  readonly gates: readonly FigureName[];
  /** Gates that hold where they can be measured, but need not be measurable: torques of crystals. */
  readonly where: readonly FigureName[];
  /** A miss is a reason for care. */
  readonly care: readonly FigureName[];
}

const ALWAYS: readonly FigureName[] = ['elements/unseen', 'gradient/force-gradient'];
const INVARIANT: readonly FigureName[] = [
  'invariance/skin',
  'invariance/wrap',
  'invariance/rotation',
  'invariance/translation',
  'invariance/permutation',
  'mechanics/torque',
];

/** Which checks each use requires. */
export const USE_CASES: Readonly<Record<UseCaseName, UseCase>> = {
  minimisation: {
    title: 'Minimisation',
    about: 'Relaxed structures and their energies.',
    gates: [...ALWAYS, 'minima/converged', 'forces-teacher-path/force-rmse'],
    where: [...INVARIANT, 'minima/minimum-distance', 'minima/minimum-energy'],
    care: [
      'frequencies/frequencies',
      'frequencies/imaginary',
      'dimers/spurious-minima',
      'bond-stretches/length',
    ],
  },
  'short-md': {
    title: 'Short dynamics',
    about: 'Picoseconds in a thermostat: sampling, averages of structures.',
    gates: [
      ...ALWAYS,
      'stability/stable-part',
      'forces-own-path/force-rmse',
      'forces-own-path/first-passage',
      'energy-conservation/drift-over-fluctuation',
      'mechanics/net-force',
    ],
    where: [...INVARIANT, 'stability/bond-strain', 'extensivity/extensivity'],
    care: [
      'structure/distances',
      'structure/angles',
      'dimers/soft-repulsion',
      'bond-stretches/collapse',
      'bond-stretches/spurious-minima',
      'bond-stretches/force-rmse',
      'mechanics/timestep-ratio',
    ],
  },
  'long-nve': {
    title: 'Long runs at constant energy',
    about: 'Nanoseconds without thermostat: spectra, transport.',
    gates: [
      ...ALWAYS,
      'stability/stable-part',
      'forces-own-path/force-rmse',
      'energy-conservation/nve-slope',
      'mechanics/timestep-ratio',
      'mechanics/reversal',
      'mechanics/net-force',
    ],
    where: [...INVARIANT, 'stability/bond-strain', 'extensivity/extensivity'],
    care: [
      'vibrations/vibrations',
      'diffusion/diffusion-agrees',
      'structure/distances',
      'structure/angles',
      'dimers/soft-repulsion',
      'dimers/cutoff-jump',
      'bond-stretches/collapse',
      'bond-stretches/spurious-minima',
      'bond-stretches/extra-flips',
      'frequencies/frequencies',
    ],
  },
  npt: {
    title: 'Constant pressure',
    about: 'Dynamics in which the cell moves: densities, thermal expansion.',
    gates: [
      ...ALWAYS,
      'gradient/stress-gradient',
      'volumes/volume',
      'volumes/bulk-modulus',
      'stability/stable-part',
      'forces-own-path/force-rmse',
      'mechanics/net-force',
    ],
    where: [...INVARIANT, 'extensivity/extensivity'],
    care: [
      'structure/distances',
      'structure/angles',
      'dimers/soft-repulsion',
      'diffusion/diffusion-agrees',
    ],
  },
};

/** Names of all uses, in the order of a report. */
export const USE_CASE_NAMES: readonly UseCaseName[] = Object.keys(USE_CASES) as UseCaseName[];
