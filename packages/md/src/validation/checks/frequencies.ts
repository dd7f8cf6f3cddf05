import {
  compareFrequencies,
  harmonicFrequencies,
  type HarmonicFrequencies,
} from '../../harmonic/frequencies.ts';
import type { Check } from '../check.ts';
import { figure } from '../figures.ts';
import { GOALS } from '../goals.ts';
import type { FailureMode } from '../types.ts';

const FIGURES = [
  { key: 'frequencies', label: 'Harmonic frequencies, mean error over mean' },
  { key: 'frequencies-mae', label: 'Harmonic frequencies, MAE', unit: '1/cm' },
  { key: 'imaginary', label: 'Imaginary frequencies beyond those of the teacher' },
] as const;

/** Whether the minimum is as stiff in every direction as the teacher's. */
export const frequencies: Check = {
  id: 'frequencies',
  title: 'Harmonic frequencies',
  about:
    'Teacher and student each relax the structure; frequencies at the minimum from differences of the forces. Of crystals, those of the cell at hand.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  obstacle: ({ system, settings }) => {
    const { length } = system.atoms.numbers;
    return length > settings.frequencyAtoms
      ? `${length} atoms: the budget allows the teacher ${settings.frequencyAtoms}`
      : undefined;
  },
  run: async ({ teacher, student, system, signal, progress }) => {
    const { atoms } = system;
    progress({ done: 0, total: 2, unit: 'calculators' });
    const expected = await harmonicFrequencies({ calculator: teacher, atoms, signal });
    progress({ done: 1, total: 2, unit: 'calculators' });
    const found = await harmonicFrequencies({ calculator: student.calculator, atoms, signal });
    const { relative, mae, imaginaryStudent, imaginaryTeacher, modes } = compareFrequencies(
      expected,
      found,
    );
    const extra = imaginaryStudent - imaginaryTeacher;
    const why = `${modes} modes${minimaText(expected, found)}`;
    const failures: FailureMode[] = [];
    if (extra > 0) {
      const what = `${extra} imaginary frequencies where the teacher has ${imaginaryTeacher}: the minimum is none`;
      failures.push({ code: 'imaginary-frequency', what, severity: 'serious' });
    }
    return {
      figures: [
        figure({ ...FIGURES[0], value: relative, goal: GOALS.frequencies, why }),
        figure({ ...FIGURES[1], value: mae }),
        figure({ ...FIGURES[2], value: extra, goal: GOALS.none }),
      ],
      failures,
      plots: [
        {
          id: 'frequencies',
          kind: 'parity',
          title: 'Harmonic frequencies',
          caption: 'Each mode at the minimum of either; imaginary ones are negative.',
          x: { label: 'Teacher', unit: '1/cm' },
          y: { label: 'Student', unit: '1/cm' },
          curves: [{ of: 'student', x: expected.frequencies, y: found.frequencies }],
        },
      ],
    };
  },
};

function minimaText(teacher: HarmonicFrequencies, student: HarmonicFrequencies): string {
  const sides = [
    ['the teacher', teacher],
    ['the student', student],
  ] as const;
  const loose = sides.flatMap(([name, { minimum }]) => (minimum.converged ? [] : [name]));
  return loose.length === 0 ? '' : `; ${loose.join(' and ')} did not reach a minimum`;
}
