import type { Atoms } from '@mlffd/core';
import { removeDrift } from '../kinetics.ts';
import { langevin } from '../langevin.ts';
import { minimize } from '../minimize/minimize.ts';
import { runMd } from '../run.ts';
import { initialVelocities } from '../velocities.ts';
import { equilibrationSteps } from './identity.ts';
import { type MeasureOptions, runOptions } from './measureOptions.ts';
import type { BondWatch } from './stability.ts';
import type { RelaxationReport } from './types.ts';

/** Above this a structure is no thermal one, eV/Angstrom. */
const THERMAL_FORCE = 10;
/** What a start has to be relaxed to, eV/Angstrom. */
const RELAXED_FORCE = 0.05;
const RELAXATION_STEPS = 300;
/** 1/fs. */
const FRICTION = 0.01;

/** What a run at constant energy starts from. */
export interface Moving {
  readonly atoms: Atoms;
  /** 3N, Angstrom/fs. */
  readonly velocities: Float64Array;
}

/** The system, or the minimum next to it where that is asked for or needed. */
export async function relaxedStart(
  options: MeasureOptions,
): Promise<{ readonly atoms: Atoms; readonly relaxation: RelaxationReport | null }> {
  const { calculator, system, signal, onProgress } = options;
  const relax = system.relax ?? (await largestForce(options)) > THERMAL_FORCE;
  if (!relax) return { atoms: system.atoms, relaxation: null };
  const { steps, converged, maxForce, atoms } = await minimize(calculator, system.atoms, {
    fmax: RELAXED_FORCE,
    maxSteps: RELAXATION_STEPS,
    ...(signal === undefined ? {} : { signal }),
    onEvent: (event) => {
      if (event.type === 'progress') onProgress(0, `relaxing, step ${event.step}`);
    },
  });
  return { atoms, relaxation: { steps, converged, maxForce } };
}

/** On one atom, eV/Angstrom. */
async function largestForce({ calculator, system }: MeasureOptions): Promise<number> {
  const { forces = new Float64Array(0) } = await calculator.calculate(system.atoms, ['forces']);
  let largest = 0;
  for (let k = 0; k < forces.length; k += 3) {
    largest = Math.max(largest, Math.hypot(forces[k], forces[k + 1], forces[k + 2]));
  }
  return largest;
}

/** The structure after some time in a bath, its centre of mass at rest. */
export async function equilibratedStart(
  options: MeasureOptions,
  atoms: Atoms,
  { watch, stride }: { readonly watch: BondWatch; readonly stride: number },
): Promise<Moving> {
  const { calculator, settings } = options;
  const { timestep, temperature, seed } = settings;
  const velocities = initialVelocities(atoms, { temperature, seed });
  const steps = equilibrationSteps(settings);
  if (steps === 0) return { atoms, velocities };
  const { restart } = await runMd({
    ...runOptions(options, 'equilibrating', 0),
    calculator,
    atoms,
    velocities,
    integrator: langevin({ timestep, temperature, friction: FRICTION, seed }),
    steps,
    stride,
    onFrame: (frame) => {
      watch.check(frame.atoms);
    },
  });
  // The bath has set the centre of mass moving, which NVE would keep for ever.
  removeDrift(restart.velocities, restart.masses);
  return { atoms: restart.atoms, velocities: restart.velocities };
}
