import { meanSquareDisplacement, type MeanSquareDisplacement } from '../../diffusion.ts';
import type { Check } from '../check.ts';
import { figure, skipped } from '../figures.ts';
import { GOALS } from '../goals.ts';
import type { RecordedRun } from '../recordRun.ts';

const FIGURES = [
  { key: 'diffusion', label: 'Diffusion coefficient', unit: 'Å²/ps' },
  { key: 'diffusion-teacher', label: "Diffusion coefficient of the teacher's run", unit: 'Å²/ps' },
  { key: 'diffusion-agrees', label: 'Bands of teacher and student are apart by', unit: 'Å²/ps' },
] as const;
const FEWEST = 50;
/** Before this atoms have hardly begun to leave their places, fs. */
const SHORTEST = 2000;

/** Whether atoms wander as the teacher's do. */
export const diffusion: Check = {
  id: 'diffusion',
  title: 'Mean-square displacement',
  about: 'Mean-square displacement against time, and the diffusion coefficient with its band.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  obstacle: ({ system }) =>
    system.atoms.pbc.every(Boolean)
      ? undefined
      : 'the structure is not periodic: there is no diffusion',
  run: async ({ runs, system, student }) => {
    const teacher = await runs.teacherPath(system);
    const own = await runs.studentPath(system, student);
    const count = Math.min(teacher.dense.length, own.dense.length);
    if (count < FEWEST) {
      const why = `${count} frames, at least ${FEWEST} are needed`;
      return { figures: FIGURES.map((of) => skipped(of, why)) };
    }
    const measure = ({ dense, interval }: RecordedRun): MeanSquareDisplacement =>
      // Lengths differ, lags must not.
      meanSquareDisplacement({ frames: dense, interval, maxLag: (count * teacher.interval) / 2 });
    const [expected, found] = [measure(teacher), measure(own)];
    const { all: a } = expected;
    const { all: b } = found;
    const length = count * teacher.interval;
    const why = `runs of ${length / 1000} ps are too short for diffusion: ${SHORTEST / 1000} ps are needed`;
    const gap = Math.max(0, a.low - b.high, b.low - a.high);
    return {
      figures:
        length < SHORTEST
          ? FIGURES.map((of) => skipped(of, why))
          : [
              figure({ ...FIGURES[0], value: b.diffusion, low: b.low, high: b.high }),
              figure({ ...FIGURES[1], value: a.diffusion, low: a.low, high: a.high }),
              figure({
                ...FIGURES[2],
                value: gap,
                goal: GOALS.diffusionGap,
                why: '95 % bands that overlap agree',
              }),
            ],
      plots: [
        {
          id: 'msd',
          kind: 'lines',
          title: 'Mean-square displacement',
          caption: 'Of all atoms, from runs out of the same thermal state.',
          x: { label: 'Time', unit: 'ps' },
          y: { label: 'Mean-square displacement', unit: 'Å²' },
          curves: [
            { of: 'teacher', x: expected.lags.map((lag) => lag / 1000), y: a.msd },
            { of: 'student', x: found.lags.map((lag) => lag / 1000), y: b.msd },
          ],
        },
      ],
    };
  },
};
