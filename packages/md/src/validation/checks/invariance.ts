import { skinInvariance } from '../../checks/skin.ts';
import { symmetryErrors } from '../../checks/symmetry.ts';
import type { Check, CheckContext } from '../check.ts';
import { spread } from '../evaluate.ts';
import { figure, skipped } from '../figures.ts';
import { GOALS } from '../goals.ts';
import type { FailureMode, Figure } from '../types.ts';

const FIGURES = [
  { key: 'skin', label: 'Forces with a used neighbour list against a new one', unit: 'eV/Å' },
  { key: 'wrap', label: 'Forces after wrapping atoms into the cell', unit: 'eV/Å' },
  { key: 'rotation', label: 'Forces after a rotation', unit: 'eV/Å' },
  { key: 'translation', label: 'Forces after a translation', unit: 'eV/Å' },
  { key: 'permutation', label: 'Forces after reordering the atoms', unit: 'eV/Å' },
] as const;

/** Frames that the list is used along, and every how many it is compared. */
const FRAMES = 60;
const EVERY = 10;

/** Whether what must not matter does not matter. */
export const invariance: Check = {
  id: 'invariance',
  title: 'Invariance',
  about:
    'Largest change of a force by the history of the neighbour list, by wrapping, rotation, translation and order of the atoms.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  run: async (context) => {
    const { student, system, runs, seed, signal } = context;
    const { atoms } = await runs.thermalStart(system);
    const symmetry = await symmetryErrors({ calculator: student.calculator, atoms, seed, signal });
    const { wrap, permutation } = symmetry;
    const of = (index: number, error: { readonly force: number } | null, why: string): Figure =>
      error === null
        ? skipped(FIGURES[index], why)
        : figure({ ...FIGURES[index], value: error.force, goal: GOALS.invariance });
    const figures = [
      await skin(context),
      of(1, wrap, 'the structure is not periodic'),
      of(2, symmetry.rotation, ''),
      of(3, symmetry.translation, ''),
      of(4, permutation, 'there is one atom'),
    ];
    const failures = figures
      .filter(({ status }) => status === 'fail')
      .map(({ label, value }): FailureMode => ({
        code: 'not-invariant',
        what: `${label}: they change by ${value?.toPrecision(2) ?? 'a value that is not finite'} eV/Å`,
        severity: 'serious',
      }));
    return { figures, failures };
  },
};

async function skin({ student, system, runs, signal }: CheckContext): Promise<Figure> {
  const { calculator, fresh } = student;
  if (fresh === undefined) return skipped(FIGURES[0], 'nobody said how to make a new calculator');
  const { dense } = await runs.studentPath(system, student);
  const frames = spread(dense, FRAMES);
  if (frames.length < 2) return skipped(FIGURES[0], 'the run has no frames');
  const every = Math.min(EVERY, frames.length - 1);
  const { force, compared } = await skinInvariance({
    calculator,
    fresh,
    frames,
    every,
    signal,
  });
  const why = `${compared} of ${frames.length} frames`;
  return figure({ ...FIGURES[0], value: force, goal: GOALS.invariance, why });
}
