import { derivativeErrors } from '../../checks/derivatives.ts';
import type { Check } from '../check.ts';
import { figure, skipped } from '../figures.ts';
import { GOALS } from '../goals.ts';
import type { FailureMode } from '../types.ts';

const FIGURES = [
  { key: 'force-gradient', label: 'Forces against differences of the energy' },
  { key: 'stress-gradient', label: 'Stress against differences of the energy' },
] as const;

/** Whether forces and stress are the derivatives of the energy. */
export const gradient: Check = {
  id: 'gradient',
  title: 'Gradient',
  about:
    'Forces and stress against central differences of the energy, relative, on a thermal structure.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  run: async ({ student, system, runs, seed, signal }) => {
    const { atoms } = await runs.thermalStart(system);
    const { forces, stress } = await derivativeErrors({
      calculator: student.calculator,
      atoms,
      seed,
      signal,
    });
    const failures: FailureMode[] = [];
    const of = (index: 0 | 1, found: typeof forces): ReturnType<typeof figure> => {
      const goal = index === 0 ? GOALS.gradient : GOALS.stressGradient;
      // Differences of a float32 energy cannot tell the value from what is less by their resolution.
      const low = Math.max(0, found.relative * (1 - found.resolution / found.rms));
      const why = `worst ${found.worst.label}: ${found.worst.analytic.toPrecision(4)}, by differences ${found.worst.numeric.toPrecision(4)}; differences resolve ${found.resolution.toPrecision(2)}`;
      return figure({ ...FIGURES[index], value: found.relative, low, goal, why });
    };
    const force = of(0, forces);
    if (force.status === 'fail') {
      const what = `forces are not the gradient of the energy: ${force.why ?? ''}`;
      failures.push({ code: 'not-a-gradient', what, severity: 'fatal' });
    }
    return {
      figures: [
        force,
        stress === null
          ? skipped(
              FIGURES[1],
              system.atoms.pbc.every(Boolean)
                ? 'the student gives no stress'
                : 'the structure is not periodic',
            )
          : of(1, stress),
      ],
      failures,
    };
  },
};
