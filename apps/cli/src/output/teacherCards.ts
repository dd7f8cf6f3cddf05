import type { CardTeacher } from '@mlffd/report';
import type { DistillConfig } from '../config/distillConfig.ts';

/** What a card has to say about a teacher, and the licence of weights that come from its labels. */
export const TEACHER_CARDS: Readonly<
  Record<DistillConfig['teacher']['type'], CardTeacher & { readonly studentLicense: string }>
> = {
  chgnet: {
    name: 'CHGNet',
    version: '0.3.0',
    license: 'BSD-3-Clause-LBNL',
    studentLicense: 'mit',
    citation:
      'B. Deng et al., CHGNet as a pretrained universal neural network potential for charge-informed atomistic modelling, Nature Machine Intelligence 5, 1031 (2023)',
    url: 'https://doi.org/10.1038/s42256-023-00716-3',
  },
  lj: {
    name: 'Lennard-Jones',
    license: 'none: an equation',
    studentLicense: 'mit',
    citation: 'J. E. Jones, Proc. R. Soc. London A 106, 463 (1924)',
  },
};
