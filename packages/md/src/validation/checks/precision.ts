import { isMlffdError } from '@mlffd/core';
import type { Check } from '../check.ts';
import { evaluate, spread } from '../evaluate.ts';
import { figure, skipped } from '../figures.ts';
import type { Figure } from '../types.ts';

const FIGURES = [
  {
    key: 'rounding',
    label: 'Largest difference of a force component to other arithmetic',
    unit: 'eV/Å',
  },
] as const;
/** eV/Angstrom; float32 gives some 1e-6 of the largest force. */
const GOAL = { max: 1e-3 };
/** Frames that the student is computed on in every way. */
const FRAMES = 3;

/** What rounding does to forces. */
export const precision: Check = {
  id: 'precision',
  title: 'Precision',
  about:
    'Forces as used against the same model computed in other ways: float64, exact filters, another back end.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  obstacle: ({ student }) =>
    (student.references ?? []).length === 0
      ? 'nobody gave another way to compute the student'
      : undefined,
  run: async ({ student, system, runs, progress }) => {
    const { frames } = await runs.studentPath(system, student);
    const { references = [], calculator } = student;
    const chosen = spread(frames, FRAMES);
    if (chosen.length === 0) {
      return { figures: FIGURES.map((of) => skipped(of, 'the run has no frame')) };
    }
    const found: Figure[] = [];
    let worst = 0;
    for (const [k, reference] of references.entries()) {
      progress({ done: k, total: references.length, unit: 'ways' });
      let largest = 0;
      let why = `${chosen.length} frames`;
      if (system.atoms.numbers.length > (reference.mostAtoms ?? Infinity)) continue;
      for (const { atoms } of chosen) {
        try {
          const { forces: used } = await evaluate(calculator, atoms);
          const { forces: other } = await evaluate(reference.calculator, atoms);
          used.forEach((force, c) => (largest = Math.max(largest, Math.abs(force - other[c]))));
        } catch (error) {
          if (!isMlffdError(error) || error.name === 'AbortedError') throw error;
          why = error.message;
          largest = Infinity;
        }
      }
      worst = Math.max(worst, largest);
      const key = `rounding-${reference.name.replaceAll(/[^a-z0-9]+/gi, '-')}`;
      found.push(
        figure({
          key,
          label: `Difference to: ${reference.name}`,
          value: largest,
          unit: 'eV/Å',
          why,
        }),
      );
    }
    return { figures: [figure({ ...FIGURES[0], value: worst, goal: GOAL }), ...found] };
  },
};
