import { isMlffdError } from '@mlffd/core';
import { netForce, netTorque, timeReversalError, timestepRatio } from '../../mechanicsChecks.ts';
import type { Check, CheckContext } from '../check.ts';
import { spread } from '../evaluate.ts';
import { figure, skipped } from '../figures.ts';
import type { RunStart } from '../recordRun.ts';
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
/** Time steps that are tried, in units of that of the validation. */
const TIMESTEP_FACTORS = [1, 2, 4, 8];

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

async function motion(context: CheckContext): Promise<Figure[]> {
  const { student, system, settings, runs, signal, progress } = context;
  const start = await runs.thermalStart(system);
  const { timestep, mechanicsSteps: steps } = settings;
  const { calculator } = student;
  const order = await timestepOrder(context, start);
  progress({ done: 1, total: 2, unit: 'runs' });
  const reversed = await attempt(() =>
    timeReversalError({
      calculator,
      ...start,
      timestep,
      steps: Math.min(steps, REVERSED_STEPS),
      signal,
    }),
  );
  return [
    order,
    typeof reversed === 'string'
      ? { ...skipped(FIGURES[1], reversed), status: 'fail' }
      : figure({ ...FIGURES[1], value: reversed.position, goal: GOALS.reversal }),
  ];
}

/** What a run found, or why it ended. */
async function attempt<Found>(run: () => Promise<Found>): Promise<Found | string> {
  try {
    return await run();
  } catch (error) {
    if (!isMlffdError(error) || error.name === 'AbortedError') throw error;
    return error.message;
  }
}

/**
 * The ratio at the shortest time step at which it is as it should be, or at the given one. Where atoms
 * are heavy and slow, the error of a short step drowns in rounding, whose ratio is 1 or anything.
 */
async function timestepOrder(
  { student: { calculator }, settings, signal }: CheckContext,
  start: RunStart,
): Promise<Figure> {
  const { timestep: shortest, mechanicsSteps: steps } = settings;
  const { min, max } = GOALS.timestepRatio;
  const tried: Figure[] = [];
  for (const factor of TIMESTEP_FACTORS) {
    const timestep = factor * shortest;
    const found = await attempt(() =>
      timestepRatio({ calculator, ...start, timestep, steps, signal }),
    );
    // Longer steps than the one that is wanted may be too long.
    if (typeof found === 'string') {
      if (tried.length > 0) break;
      return { ...skipped(FIGURES[0], found), status: 'fail' };
    }
    const before = tried.map(
      ({ value, why }) => `; ${value?.toPrecision(3) ?? 'NaN'} with a ${why ?? ''}`,
    );
    const why = `fluctuation of ${found.coarse.toPrecision(2)} meV/atom at ${timestep} fs`;
    const order = { ...FIGURES[0], value: found.ratio, goal: GOALS.timestepRatio };
    if (found.ratio > min && found.ratio < max)
      return figure({ ...order, why: why + before.join('') });
    tried.push(figure({ ...order, why }));
  }
  return tried[0];
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
