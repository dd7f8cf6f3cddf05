import type { CardTeacher } from '@mlffd/report';
import { PYTHON_PRESETS, type TeacherSpec } from '@mlffd/teachers';

/** What a card says about a teacher, and the licence of weights that come from its labels. */
export type StudentsTeacher = CardTeacher & { readonly studentLicense: string };

const CARDS: Readonly<Record<string, StudentsTeacher>> = {
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
  morse: {
    name: 'Morse',
    license: 'none: an equation',
    studentLicense: 'mit',
    citation: 'P. M. Morse, Phys. Rev. 34, 57 (1929)',
  },
  emt: {
    name: 'EMT',
    license: 'none: an equation',
    studentLicense: 'mit',
    citation: 'K. W. Jacobsen, P. Stoltze and J. K. Norskov, Surf. Sci. 366, 394 (1996)',
  },
  'stillinger-weber': {
    name: 'Stillinger-Weber silicon',
    license: 'none: an equation',
    studentLicense: 'mit',
    citation: 'F. H. Stillinger and T. A. Weber, Phys. Rev. B 31, 5262 (1985)',
  },
};

/** The card of a teacher; of an ASE calculator there is only its name to say. */
export function teacherCard(spec: TeacherSpec): StudentsTeacher {
  const name = typeof spec === 'string' ? spec : spec.type;
  if (Object.hasOwn(CARDS, name)) return CARDS[name];
  if (Object.hasOwn(PYTHON_PRESETS, name)) {
    const { license, reference, about } = PYTHON_PRESETS[name];
    return { name, license, studentLicense: 'mit', citation: about, url: reference };
  }
  const calculator = typeof spec === 'object' && 'calculator' in spec ? spec.calculator : name;
  return {
    name: calculator,
    license: 'unknown',
    studentLicense: 'unknown',
    citation: `${calculator}, through ASE: A. H. Larsen et al., J. Phys.: Condens. Matter 29, 273002 (2017)`,
  };
}
