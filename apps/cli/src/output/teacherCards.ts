import type { CardTeacher } from '@mlffd/report';
import {
  parseSpec,
  PYTHON_PRESETS,
  readPotentialManifest,
  type TeacherSpec,
} from '@mlffd/teachers';

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

/** Parameters under such licences may not be used for everything, and a student inherits that. */
const RESTRICTED = /\bASL\b|commercial/i;

/** The card of a teacher; of an ASE calculator, an exported file or a driver there is little to say. */
export function teacherCard(spec: TeacherSpec): StudentsTeacher {
  const name = typeof spec === 'string' ? spec.split('?')[0] : spec.type;
  if (Object.hasOwn(CARDS, name)) return CARDS[name];
  const preset = presetOf(spec, name);
  if (preset !== undefined) {
    const { license, reference, about } = PYTHON_PRESETS[preset];
    const studentLicense = RESTRICTED.test(license) ? 'other' : 'mit';
    return { name: preset, license, studentLicense, citation: about, url: reference };
  }
  return { name: labelOf(spec, name), ...UNKNOWN };
}

/**
 * The same, with what an exported potential says of itself.
 *
 * @throws as `readPotentialManifest`
 */
export async function describeTeacher(spec: TeacherSpec): Promise<StudentsTeacher> {
  const options = parseSpec(spec);
  if (options.type !== 'onnx') return teacherCard(spec);
  const { name, license, citation } = await readPotentialManifest(options.model);
  return {
    name,
    license: license ?? UNKNOWN.license,
    studentLicense: license === undefined || RESTRICTED.test(license) ? 'other' : 'mit',
    citation: citation ?? UNKNOWN.citation,
  };
}

const UNKNOWN = {
  license: 'unknown',
  studentLicense: 'unknown',
  citation: 'whoever made this teacher is to be cited',
} as const;

function presetOf(spec: TeacherSpec, name: string): string | undefined {
  if (name === 'orb')
    return (typeof spec === 'object' && 'model' in spec && spec.model) || 'orb-v2';
  const own = name.startsWith('fennol:') ? 'fennol' : name;
  return Object.hasOwn(PYTHON_PRESETS, own) ? own : undefined;
}

function labelOf(spec: TeacherSpec, name: string): string {
  if (typeof spec === 'string') return name;
  if ('calculator' in spec) return `${spec.calculator}, through ASE`;
  if (spec.type === 'ipi') return spec.label ?? spec.command?.join(' ') ?? name;
  return 'model' in spec && typeof spec.model === 'string' ? `${name}:${spec.model}` : name;
}
