import { type Atoms, isMlffdError } from '@mlffd/core';
import { minimize } from '../../minimize/minimize.ts';
import type { MinimizeResult } from '../../minimize/types.ts';
import type { Check, CheckContext } from '../check.ts';
import { evaluate } from '../evaluate.ts';
import { figure } from '../figures.ts';
import { GOALS } from '../goals.ts';
import { skipped } from '../figures.ts';
import type { FailureMode, KeyFrame } from '../types.ts';

const FIGURES = [
  { key: 'converged', label: 'The student reaches a minimum' },
  { key: 'minimum-distance', label: "Distance to the teacher's minimum, rms", unit: 'Å' },
  { key: 'minimum-energy', label: "Teacher's energy there above its own minimum", unit: 'eV/atom' },
  { key: 'force-at-minimum', label: "Teacher's largest force there", unit: 'eV/Å' },
] as const;

/** eV/Angstrom. */
const FMAX = 0.01;
const MOST_STEPS = 500;

/** Whether relaxing with the student ends where relaxing with the teacher does. */
export const minima: Check = {
  id: 'minima',
  title: 'Minimisation',
  about:
    'Both relax the same thermal structure; the cell stays. How far apart they end, and what the teacher says of the place where the student ends.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  run: async (context) => {
    const { teacher, student, system, runs, keepFrame } = context;
    const { atoms } = await runs.thermalStart(system);
    const found = await relax(context, student.calculator, atoms);
    if (typeof found === 'string') {
      const failure: FailureMode = { code: 'no-minimum', what: found, severity: 'fatal' };
      return {
        figures: [
          figure({ ...FIGURES[0], value: 0, goal: GOALS.whole, why: found }),
          ...FIGURES.slice(1).map((of) => skipped(of, found)),
        ],
        failures: [failure],
      };
    }
    const expected = await relax(context, teacher, atoms);
    const there = await evaluate(teacher, found.atoms);
    const failures: FailureMode[] = [];
    const frames: KeyFrame[] = [];
    if (!found.converged) {
      const file = keepFrame(`${student.name}-${system.name}-no-minimum`, { atoms: found.atoms });
      const what = `no minimum after ${found.steps} steps (${found.reason}): largest force ${found.maxForce.toPrecision(2)} eV/Å`;
      failures.push({ code: 'no-minimum', what, severity: 'serious', frame: file });
      frames.push({ label: what, role: 'failure', file });
    }
    const count = atoms.numbers.length;
    const side =
      typeof expected === 'string' ? `the teacher finds no minimum: ${expected}` : undefined;
    return {
      figures: [
        figure({
          ...FIGURES[0],
          value: found.converged ? 1 : 0,
          goal: GOALS.whole,
          why: `${found.steps} steps`,
        }),
        typeof expected === 'string'
          ? skipped(FIGURES[1], side ?? '')
          : figure({
              ...FIGURES[1],
              value: distance(expected.atoms, found.atoms),
              goal: GOALS.minimumDistance,
            }),
        typeof expected === 'string'
          ? skipped(FIGURES[2], side ?? '')
          : figure({
              ...FIGURES[2],
              value: (there.energy - expected.energy) / count,
              goal: GOALS.minimumEnergy,
            }),
        figure({ ...FIGURES[3], value: largest(there.forces) }),
      ],
      failures,
      frames,
    };
  },
};

/** The end of a minimisation, or why there is none. */
async function relax(
  { signal, progress }: CheckContext,
  calculator: CheckContext['teacher'],
  atoms: Atoms,
): Promise<MinimizeResult | string> {
  try {
    return await minimize(calculator, atoms, {
      fmax: FMAX,
      maxSteps: MOST_STEPS,
      signal,
      onEvent: (event) => {
        if (event.type === 'progress')
          progress({ done: event.step, total: event.steps, unit: 'steps' });
      },
    });
  } catch (error) {
    if (!isMlffdError(error) || error.name === 'AbortedError') throw error;
    return error.message;
  }
}

/** Root mean square distance of the atoms, less the shift of all of them, Angstrom. */
function distance({ positions: a }: Atoms, { positions: b }: Atoms): number {
  const count = a.length / 3;
  const shift = [0, 0, 0];
  a.forEach((x, k) => (shift[k % 3] += (b[k] - x) / count));
  let sum = 0;
  a.forEach((x, k) => (sum += (b[k] - x - shift[k % 3]) ** 2));
  return Math.sqrt(sum / count);
}

function largest(forces: Float64Array): number {
  let most = 0;
  for (let k = 0; k < forces.length; k += 3) {
    most = Math.max(most, Math.hypot(forces[k], forces[k + 1], forces[k + 2]));
  }
  return most;
}
