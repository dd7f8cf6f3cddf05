import { type BondComparison, compareBonds } from '../../scans/bondStretch.ts';
import type { Check } from '../check.ts';
import { wellDomain } from '../evaluate.ts';
import { figure, skipped } from '../figures.ts';
import { GOALS } from '../goals.ts';
import type { FailureMode, Plot } from '../types.ts';

const FIGURES = [
  { key: 'spurious-minima', label: 'Minima of stretched bonds that the teacher does not have' },
  { key: 'extra-flips', label: 'Changes of sign of the force beyond those of the teacher' },
  { key: 'force-rmse', label: 'Force RMSE of stretched bonds, largest', unit: 'eV/Å' },
  { key: 'length', label: 'Error of a bond length, largest', unit: 'Å' },
  { key: 'collapse', label: 'Bonds whose atoms fall into each other' },
] as const;

/** eV/Angstrom, RMSE along a stretch to twice the length: what a bond must not be off by. */
const FORCE_GOAL = { max: 1 };
/** Angstrom. */
const LENGTH_GOAL = { max: 0.02 };

/** Whether stretched bonds are smooth, and as strong as the teacher's. */
export const bondStretches: Check = {
  id: 'bond-stretches',
  title: 'Stretched bonds',
  about:
    'One bond of each kind is stretched from 0.8 to 2 times its length, the parts of the molecule held rigid: bumps there break dynamics.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  obstacle: ({ system }) =>
    system.atoms.pbc.some(Boolean) ? 'the structure is periodic' : undefined,
  run: async ({ teacher, student, system, settings, runs, signal, progress }) => {
    let done = 0;
    const { bonds, skipped: left } = await compareBonds({
      teacher,
      student: student.calculator,
      atoms: await runs.relaxed(system),
      points: settings.scanPoints,
      onEvent: () => {
        done += 1;
        progress({ done, total: done, unit: 'bonds' });
      },
      signal,
    });
    const notes = left.map(
      ({ kind, reason }) => `${kind} is part of a ${reason} and was not stretched.`,
    );
    if (bonds.length === 0) {
      return { figures: FIGURES.map((of) => skipped(of, 'no bond can be stretched')), notes };
    }
    const minima = bonds.reduce((sum, bond) => sum + bond.spuriousMinima.length, 0);
    const flips = bonds.reduce((sum, bond) => sum + Math.max(0, bond.extraFlips), 0);
    // Where the teacher has no minimum there is no length to compare.
    const bound = bonds.filter(({ teacher: { features } }) => features.minima.length > 0);
    const largest = (values: readonly (number | null)[]): number =>
      Math.max(0, ...values.map((value) => Math.abs(value ?? NaN)));
    return {
      figures: [
        figure({ ...FIGURES[0], value: minima, goal: GOALS.none }),
        figure({ ...FIGURES[1], value: flips, goal: GOALS.none }),
        figure({
          ...FIGURES[2],
          value: largest(bonds.map(({ forceRmse }) => forceRmse)),
          goal: FORCE_GOAL,
        }),
        figure({
          ...FIGURES[3],
          value: largest(bound.map(({ minimumShift }) => minimumShift)),
          goal: LENGTH_GOAL,
        }),
        figure({
          ...FIGURES[4],
          value: bonds.filter(({ collapse }) => collapse).length,
          goal: GOALS.none,
        }),
      ],
      failures: bonds.flatMap(failuresOf),
      plots: bonds.map(plotOf),
      notes,
    };
  },
};

function failuresOf({
  kind,
  student,
  spuriousMinima,
  extraFlips,
  collapse,
}: BondComparison): FailureMode[] {
  if (collapse) {
    const what = `the atoms of a ${kind} bond fall into each other: its energy is lowest at ${student.x[0].toFixed(2)} Å`;
    return [{ code: 'soft-repulsion', what, severity: 'serious' }];
  }
  const minima = spuriousMinima.map(({ x, energy }): FailureMode => ({
    code: 'spurious-minimum',
    what: `${kind} bond has a minimum of ${energy.toFixed(2)} eV at ${x.toFixed(2)} Å that the teacher does not have`,
    severity: 'serious',
  }));
  if (extraFlips <= 0 || minima.length > 0) return minima;
  const what = `the force along the ${kind} bond changes its sign ${extraFlips} times more than the teacher's`;
  return [{ code: 'rough-bond', what, severity: 'serious' }];
}

function plotOf({ kind, teacher, student }: BondComparison): Plot {
  return {
    id: `bond-${kind}`,
    kind: 'lines',
    title: `Bond ${kind}`,
    caption: `Energy of the molecule while a ${kind} bond is stretched, relative to the start.`,
    x: { label: 'Length', unit: 'Å' },
    y: { label: 'Energy', unit: 'eV', domain: wellDomain(teacher.energy, student.energy) },
    curves: [
      { of: 'teacher', x: teacher.x, y: teacher.energy },
      { of: 'student', x: student.x, y: student.energy },
    ],
  };
}
