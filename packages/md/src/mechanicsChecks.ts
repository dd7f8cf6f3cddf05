import type { Atoms, Calculator } from '@mlffd/core';
import { requireInteger } from './errors.ts';
import type { MdFrame } from './frame.ts';
import { nveSlope } from './nveSlope.ts';
import { runMd } from './run.ts';
import { velocityVerlet } from './velocityVerlet.ts';

/** Start of a check on the equations of motion. */
export interface MechanicsCheckOptions {
  readonly calculator: Calculator;
  readonly atoms: Atoms;
  /** 3N, Angstrom/fs. */
  readonly velocities: Float64Array;
  /** fs. */
  readonly timestep: number;
  /** Steps of `timestep`. */
  readonly steps: number;
  readonly signal?: AbortSignal;
}

/** Energy fluctuation at two time steps. */
export interface TimestepRatio {
  /** Fluctuation at dt over fluctuation at dt/2: 4 for velocity Verlet on a smooth potential. */
  readonly ratio: number;
  /** Detrended RMS of the total energy at dt, meV/atom. */
  readonly coarse: number;
  /** The same at dt/2. */
  readonly fine: number;
}

/**
 * How the error of the total energy shrinks when the time step is halved.
 *
 * A second-order integrator on a smooth potential gives 4; a kink at the cutoff, a wrong neighbour
 * list or low precision gives less.
 *
 * @throws MdError, AbortedError as {@link runMd}
 */
export async function timestepRatio(options: MechanicsCheckOptions): Promise<TimestepRatio> {
  const { timestep, steps } = options;
  const coarse = await energyFluctuation(options, { timestep, steps, stride: 1 });
  const fine = await energyFluctuation(options, {
    timestep: timestep / 2,
    steps: 2 * steps,
    stride: 2,
  });
  return { ratio: coarse / fine, coarse, fine };
}

async function energyFluctuation(
  options: MechanicsCheckOptions,
  run: { readonly timestep: number; readonly steps: number; readonly stride: number },
): Promise<number> {
  const times: number[] = [];
  const energies: number[] = [];
  await runMd({
    ...startOf(options),
    integrator: velocityVerlet({ timestep: run.timestep }),
    steps: run.steps,
    stride: run.stride,
    onFrame: (frame: MdFrame) => {
      times.push(frame.time);
      energies.push(frame.total);
    },
  });
  return nveSlope({ times, energies, atoms: options.atoms.numbers.length }).rms;
}

/** How far a run comes back from where it started. */
export interface ReversalError {
  /** Largest distance of an atom from its start, Angstrom. */
  readonly position: number;
  /** Largest difference of a velocity component, Angstrom/fs. */
  readonly velocity: number;
}

/**
 * Runs forward, turns all velocities round, runs the same number of steps, and compares with the
 * start. Velocity Verlet is reversible up to rounding, which chaos lets grow exponentially: use few
 * hundred steps.
 *
 * @throws MdError, AbortedError as {@link runMd}
 */
export async function timeReversalError(options: MechanicsCheckOptions): Promise<ReversalError> {
  const { timestep, steps, atoms, velocities } = options;
  requireInteger('steps', steps, 1);
  const integrator = velocityVerlet({ timestep });
  const forward = await runMd({ ...startOf(options), integrator, steps });
  const back = await runMd({
    ...startOf(options),
    atoms: forward.restart.atoms,
    velocities: forward.restart.velocities.map((v) => -v),
    integrator,
    steps,
  });
  let position = 0;
  let velocity = 0;
  const end = back.restart;
  for (let k = 0; k < velocities.length; k += 3) {
    const move = [0, 1, 2].map((c) => end.atoms.positions[k + c] - atoms.positions[k + c]);
    position = Math.max(position, Math.hypot(...move));
    for (let c = 0; c < 3; c += 1) {
      velocity = Math.max(velocity, Math.abs(end.velocities[k + c] + velocities[k + c]));
    }
  }
  return { position, velocity };
}

type CheckStart = Pick<MechanicsCheckOptions, 'calculator' | 'atoms' | 'velocities'> & {
  readonly signal?: AbortSignal;
};

function startOf(options: MechanicsCheckOptions): CheckStart {
  const { calculator, atoms, velocities, signal } = options;
  return { calculator, atoms, velocities, ...(signal === undefined ? {} : { signal }) };
}

/** Sum of all forces, eV/Angstrom, 3 values: zero for a potential that knows no outside. */
export function netForce(forces: Float64Array): Float64Array {
  const sum = new Float64Array(3);
  for (let k = 0; k < forces.length; k += 1) sum[k % 3] += forces[k];
  return sum;
}

/**
 * Sum of r x F about the centre of the atoms, eV, 3 values: zero for a potential that does not
 * change under rotation. Only for structures without periodic directions, where torque is defined.
 *
 * @param positions 3N, Angstrom
 * @param forces 3N, eV/Angstrom
 */
export function netTorque(positions: Float64Array, forces: Float64Array): Float64Array {
  const count = positions.length / 3;
  const centre = netForce(positions).map((sum) => sum / count);
  const torque = new Float64Array(3);
  for (let k = 0; k < positions.length; k += 3) {
    for (let c = 0; c < 3; c += 1) {
      const a = (c + 1) % 3;
      const b = (c + 2) % 3;
      torque[c] +=
        (positions[k + a] - centre[a]) * forces[k + b] -
        (positions[k + b] - centre[b]) * forces[k + a];
    }
  }
  return torque;
}
