import type { Atoms, Calculator } from '@mlffd/core';
import { requireInteger } from './errors.ts';
import type { MdEvent } from './events.ts';
import type { MdFrame } from './frame.ts';
import type { GuardLimits } from './guards/limits.ts';
import { langevin } from './langevin.ts';
import { MIN_SAMPLES } from './lowFrequency.ts';
import { nveSlope, type NveSlope } from './nveSlope.ts';
import { removeDrift } from './kinetics.ts';
import type { MdResult, RunSettings } from './options.ts';
import { standardDeviation } from './statistics.ts';
import { runMd } from './run.ts';
import { velocityVerlet } from './velocityVerlet.ts';
import { initialVelocities } from './velocities.ts';

/** A constant-energy run and where it starts from. */
export interface RunNveOptions {
  readonly calculator: Calculator;
  readonly atoms: Atoms;
  /** K, for the drawn velocities and the equilibration. */
  readonly temperature: number;
  /** 3N, Angstrom/fs: start with these instead of drawn ones. */
  readonly velocities?: Float64Array;
  /** For velocities and noise; default 0. */
  readonly seed?: number;
  /** fs. */
  readonly timestep: number;
  readonly steps: number;
  /** Steps between two samples; default 1. */
  readonly stride?: number;
  /** Langevin dynamics before the run, so that it starts from a thermal structure; default none. */
  readonly equilibration?: {
    readonly steps: number;
    /** 1/fs; default 0.01. */
    readonly friction?: number;
  };
  /** Confidence of the band of the slope; default 0.95. */
  readonly confidence?: number;
  readonly guards?: GuardLimits;
  /** Gets the frames of the run (not of the equilibration). */
  readonly onFrame?: (frame: MdFrame) => void | Promise<void>;
  readonly onEvent?: (event: MdEvent) => void;
  readonly signal?: AbortSignal;
}

/** Series and drift of a constant-energy run. */
export interface NveRun extends NveSlope {
  /** fs. */
  readonly times: Float64Array;
  /** eV. */
  readonly totalEnergies: Float64Array;
  /** eV. */
  readonly kineticEnergies: Float64Array;
  /** K. */
  readonly temperatures: Float64Array;
  /**
   * |slope| times the length of the run over the standard deviation of the kinetic energy: below 1,
   * the drift is hidden in the thermal noise (MLIPAudit's measure).
   */
  readonly driftOverFluctuation: number;
  readonly result: MdResult;
}

/**
 * Runs NVE and fits the drift of the total energy.
 *
 * @throws MdError, AbortedError as {@link runMd}; `md/invalid-option` for fewer than 20 samples
 */
export async function runNve(options: RunNveOptions): Promise<NveRun> {
  const { steps, stride = 1, timestep, confidence = 0.95 } = options;
  requireInteger('stride', stride, 1);
  const samples = Math.floor(steps / stride) + 1;
  requireInteger('number of samples', samples, MIN_SAMPLES);
  const start = await equilibrate(options);
  const times = new Float64Array(samples);
  const totalEnergies = new Float64Array(samples);
  const kineticEnergies = new Float64Array(samples);
  const temperatures = new Float64Array(samples);
  const result = await runMd({
    ...shared(options),
    ...start,
    integrator: velocityVerlet({ timestep }),
    steps,
    stride,
    onFrame: (frame) => {
      const k = frame.step / stride;
      times[k] = frame.time;
      totalEnergies[k] = frame.total;
      kineticEnergies[k] = frame.kinetic;
      temperatures[k] = frame.temperature;
      return options.onFrame?.(frame);
    },
  });
  const atoms = options.atoms.numbers.length;
  const fit = nveSlope({ times, energies: totalEnergies, atoms, confidence });
  const drift = (Math.abs(fit.slope) * atoms * (times[samples - 1] - times[0])) / 1e6;
  return {
    ...fit,
    times,
    totalEnergies,
    kineticEnergies,
    temperatures,
    driftOverFluctuation: drift / standardDeviation(kineticEnergies),
    result,
  };
}

/** Structure and velocities that the run starts from. */
async function equilibrate(
  options: RunNveOptions,
): Promise<{ readonly atoms: Atoms; readonly velocities: Float64Array }> {
  const { atoms, temperature, seed = 0, timestep, equilibration } = options;
  const velocities = options.velocities ?? initialVelocities(atoms, { temperature, seed });
  if (equilibration === undefined) return { atoms, velocities };
  const friction = equilibration.friction ?? 0.01;
  const { restart } = await runMd({
    ...shared(options),
    atoms,
    velocities,
    integrator: langevin({ timestep, temperature, friction, seed }),
    steps: equilibration.steps,
  });
  // The bath has set the centre of mass moving, which NVE would keep for ever.
  removeDrift(restart.velocities, restart.masses);
  return { atoms: restart.atoms, velocities: restart.velocities };
}

type SharedSettings = Pick<RunSettings, 'calculator' | 'guards' | 'onEvent' | 'signal'>;

function shared(options: RunNveOptions): SharedSettings {
  const { calculator, guards, onEvent, signal } = options;
  return {
    calculator,
    ...(guards === undefined ? {} : { guards }),
    ...(onEvent === undefined ? {} : { onEvent }),
    ...(signal === undefined ? {} : { signal }),
  };
}
