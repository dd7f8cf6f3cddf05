import { isMlffdError } from '@mlffd/core';
import { netForce, netTorque, timeReversalError, timestepRatio } from '../../mechanicsChecks.ts';
import type { Check, CheckContext } from '../check.ts';
import { spread } from '../evaluate.ts';
import { figure, skipped } from '../figures.ts';
import { GOALS } from '../goals.ts';
import type { Figure } from '../types.ts';

const FIGURES = [
  { key: 'timestep-ratio', label: 'Energy fluctuation at dt over that at dt/2' },
  { key: 'reversal', label: 'Way back after turning all velocities round', unit: 'Å' },
  { key: 'net-force', label: 'Net force per atom', unit: 'eV/Å' },
  { key: 'torque', label: 'Torque per atom', unit: 'eV' },
] as const;

/** Frames that net forces are looked at on. */
const FRAMES = 50;
/** Longest part of a run that is reversed: chaos lets rounding grow. */
const REVERSED_STEPS = 100;

/** Whether the equations of motion are integrated as they should be. */
export const mechanics: Check = {
  id: 'mechanics',
  title: 'Mechanics',
  about:
    'Order of the error in the time step, time reversal, and the sums of forces and torques that have to vanish.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  run: async (context) => ({
    figures: [...(await motion(context)), ...(await sums(context))],
  }),
};

async function motion({
  student,
  system,
  settings,
  runs,
  signal,
  progress,
}: CheckContext): Promise<Figure[]> {
  const start = await runs.thermalStart(system);
  const { timestep, mechanicsSteps: steps } = settings;
  const { calculator } = student;
  progress({ done: 0, total: 2, unit: 'runs' });
  try {
    const { ratio, coarse } = await timestepRatio({
      calculator,
      ...start,
      timestep,
      steps,
      signal,
    });
    progress({ done: 1, total: 2, unit: 'runs' });
    const reversed = await timeReversalError({
      calculator,
      ...start,
      timestep,
      steps: Math.min(steps, REVERSED_STEPS),
      signal,
    });
    return [
      figure({
        ...FIGURES[0],
        value: ratio,
        goal: GOALS.timestepRatio,
        why: `fluctuation of ${coarse.toPrecision(2)} meV/atom at ${timestep} fs`,
      }),
      figure({ ...FIGURES[1], value: reversed.position, goal: GOALS.reversal }),
    ];
  } catch (error) {
    if (!isMlffdError(error) || error.name === 'AbortedError') throw error;
    const why = error.message;
    return FIGURES.slice(0, 2).map((of) => ({ ...skipped(of, why), status: 'fail' as const }));
  }
}

async function sums({ student, system, runs }: CheckContext): Promise<Figure[]> {
  const { frames } = await runs.studentPath(system, student);
  if (frames.length === 0) {
    return FIGURES.slice(2).map((of) => skipped(of, 'the run has no frame'));
  }
  const isOpen = !system.atoms.pbc.some(Boolean);
  const count = system.atoms.numbers.length;
  let force = 0;
  let torque = 0;
  for (const { atoms, forces } of spread(frames, FRAMES)) {
    if (forces === undefined) continue;
    force = Math.max(force, Math.hypot(...netForce(forces)) / count);
    if (isOpen)
      torque = Math.max(torque, Math.hypot(...netTorque(atoms.positions, forces)) / count);
  }
  return [
    figure({ ...FIGURES[2], value: force, goal: GOALS.netForce }),
    isOpen
      ? figure({ ...FIGURES[3], value: torque, goal: GOALS.torque })
      : skipped(FIGURES[3], 'periodic structures have no torque'),
  ];
}
