import type { PainnConfig, StudentConfig } from './config.ts';

type Preset = Required<PainnConfig> & Pick<StudentConfig, 'normSoftening' | 'zblReach'>;

/** Names of the sizes that ship. */
export type PresetName = 'ultra-tiny' | 'tiny' | 'original' | 'large';

const MD_DEFAULTS = {
  radialBasis: { type: 'bessel', count: 20 },
  cutoff: 5,
  cutoffFunction: 'polynomial',
  sharedFilters: false,
  maxAtomicNumber: 99,
  normSoftening: 0.1,
  zblReach: 0.7,
} as const;

/**
 * Sizes of students, with the defaults that molecular dynamics wants.
 *
 * | preset | F x T | parameters |
 * |---|---|---|
 * | `ultra-tiny` | 26 x 2 | 21,529 |
 * | `tiny` | 44 x 3 | 78,673 |
 * | `original` | 108 x 3 | 424,657 |
 * | `large` | 512 x 4 | 11,862,529 |
 *
 * Two blocks of 26 features learn more of organic molecules than one block of 36 with as many weights:
 * only the second sees what surrounds the neighbours.
 *
 * Bessel functions resolve the whole range with 20 terms and oscillate least where bonds are;
 * the polynomial cutoff has a continuous second derivative, so that energy is conserved and
 * Hessians exist when an atom crosses it (the cosine's jumps by pi^2 / 2 rc^2). 5 Angstrom is
 * where the error of PaiNN students of liquid water levels off (4.0, 4.5 and 5.5 Angstrom:
 * 35, 31 and 30 meV/Angstrom in Gardner et al., arXiv 2506.10956), while the cost grows with the
 * cube; `large` takes 6.
 *
 * Lengths of vector features are softened (`normSoftening`), since schnetpack's have a kink: students
 * are as accurate either way, but their energies drift less (docs/figures/md.md). The repulsion of nuclei,
 * for students that ask for it (`zbl`), ends where no bond comes.
 */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  'ultra-tiny': { features: 26, interactions: 2, ...MD_DEFAULTS },
  tiny: { features: 44, interactions: 3, ...MD_DEFAULTS },
  original: { features: 108, interactions: 3, ...MD_DEFAULTS },
  large: { features: 512, interactions: 4, ...MD_DEFAULTS, cutoff: 6 },
};
