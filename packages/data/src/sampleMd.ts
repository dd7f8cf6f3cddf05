import { AbortedError, InvalidArgumentError, Rng } from '@mlffd/core';
import type { Atoms, Calculator } from '@mlffd/core';
import { langevin, MdError, runMd } from '@mlffd/md';
import type { GuardLimits, MdFrame } from '@mlffd/md';
import { SamplingError } from './errors.ts';
import type { StructureUnit } from './label.ts';
import type { Parent } from './perturbedSet.ts';
import type { LabelProperty, Structure } from './structure.ts';

/** How trajectories are run and what is taken from them. */
export interface MdSampling {
  /** The teacher that drives the dynamics; its labels are kept. */
  readonly calculator: Calculator;
  readonly seed: number;
  /** Frames taken from each trajectory. */
  readonly frames: number;
  /** Steps between two frames; default 20. */
  readonly stride?: number;
  /** Steps before the first frame; default 500. */
  readonly equilibration?: number;
  /** fs; default 1. */
  readonly timestep?: number;
  /** Coupling to the bath, 1/fs; default 0.02. */
  readonly friction?: number;
  /**
   * Labels to keep of each frame; default energy and forces. Energies of atoms are no part of the
   * dynamics: `labelStructures` asks the teacher for them once more.
   */
  readonly properties?: readonly LabelProperty[];
  /**
   * What ends a trajectory. Default: a distance below 0.5 Angstrom, a force above 100 eV/Angstrom,
   * a temperature above ten times the wanted one (at least 5000 K).
   */
  readonly guards?: GuardLimits;
  readonly onEvent?: (event: SampleEvent) => void;
}

/** What sampling tells while it goes on. */
export type SampleEvent =
  | {
      readonly type: 'progress';
      readonly trajectory: string;
      readonly step: number;
      readonly steps: number;
      readonly stepsPerSecond: number;
      readonly secondsLeft: number;
    }
  | ({ readonly type: 'stopped'; readonly trajectory: string } & Stopped)
  | { readonly type: 'trajectory'; readonly trajectory: string; readonly frames: number };

/** Why a trajectory ended before its time. */
export interface Stopped {
  readonly code: string;
  readonly message: string;
}

/** One trajectory to run. */
export interface TrajectoryOptions extends MdSampling {
  /** Stable id; the group of all frames. */
  readonly id: string;
  readonly atoms: Atoms;
  /** K. */
  readonly temperature: number;
  readonly signal?: AbortSignal;
}

/** Frames of one trajectory, with the labels that the teacher gave on the way. */
export interface Trajectory {
  readonly id: string;
  readonly structures: readonly Structure[];
  /** Set when a guard ended it; the frames before are good. */
  readonly stopped?: Stopped;
}

/**
 * Runs Langevin dynamics with the teacher and takes frames. The result depends on the options and
 * the id alone, so that a trajectory that was lost is made again exactly.
 *
 * @throws InvalidArgumentError for an option out of range
 * @throws AbortedError when `signal` fires; the frames are dropped
 */
export async function sampleTrajectory(options: TrajectoryOptions): Promise<Trajectory> {
  const { id, calculator, temperature, seed, timestep = 1, friction = 0.02 } = options;
  const { frames, stride = 20, equilibration = 500, properties = ['energy', 'forces'] } = options;
  if (!(Number.isInteger(frames) && frames >= 1)) {
    throw new InvalidArgumentError('data/invalid-option', `frames ${frames} must be positive`, {
      expected: 'an integer of at least 1',
      found: String(frames),
      where: 'frames',
    });
  }
  const structures: Structure[] = [];
  const keep = (frame: MdFrame) => {
    structures.push(structureOf(frame, { id, temperature, calculator, properties }));
  };
  const common = {
    calculator,
    guards: {
      minDistance: 0.5,
      maxForce: 100,
      maxTemperature: Math.max(5000, 10 * temperature),
      ...options.guards,
    },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const noise = (part: string) => new Rng(seed, 'md', id, part).integer(2 ** 31);
  const bath = (part: string) => langevin({ timestep, temperature, friction, seed: noise(part) });
  const report = (offset: number) => progressReporter(options, offset);
  try {
    const start = await runMd({
      ...common,
      atoms: options.atoms,
      temperature,
      seed: noise('velocities'),
      integrator: bath('equilibration'),
      steps: equilibration,
      onEvent: report(0),
    });
    await runMd({
      ...common,
      atoms: start.frame.atoms,
      velocities: start.frame.velocities,
      integrator: bath('production'),
      steps: frames * stride,
      stride,
      properties: properties.filter((property) => property !== 'energies'),
      initialFrame: false,
      onFrame: keep,
      onEvent: report(equilibration),
    });
  } catch (error) {
    if (!(error instanceof MdError)) throw error;
    const stopped = { code: error.code, message: error.message };
    options.onEvent?.({ type: 'stopped', trajectory: id, ...stopped });
    return { id, structures, stopped };
  }
  return { id, structures };
}

function progressReporter(
  { id, frames, stride = 20, equilibration = 500, onEvent }: TrajectoryOptions,
  offset: number,
): NonNullable<Parameters<typeof runMd>[0]['onEvent']> {
  const steps = equilibration + frames * stride;
  return (event) => {
    if (event.type !== 'progress') return;
    const step = offset + event.step;
    const { stepsPerSecond } = event;
    const secondsLeft = (steps - step) / stepsPerSecond;
    onEvent?.({ type: 'progress', trajectory: id, step, steps, stepsPerSecond, secondsLeft });
  };
}

function structureOf(
  frame: MdFrame,
  of: Pick<TrajectoryOptions, 'id' | 'temperature' | 'calculator'> & {
    readonly properties: readonly LabelProperty[];
  },
): Structure {
  const { id, temperature, calculator, properties } = of;
  const { energy, forces, stress } = frame;
  return {
    atoms: frame.atoms,
    meta: {
      id: `${id}/step-${String(frame.step).padStart(7, '0')}`,
      group: id,
      source: 'md',
      temperature,
      details: { step: frame.step },
    },
    known: {
      teacher: calculator.name,
      results: {
        ...(properties.includes('energy') ? { energy } : {}),
        ...(properties.includes('forces') ? { forces } : {}),
        ...(stress === undefined || !properties.includes('stress') ? {} : { stress }),
      },
    },
  };
}

/** Options of `trajectoryUnits` and `sampleMd`. */
export interface SampleMdOptions extends MdSampling {
  /** Structures to start from, for instance a crystal at several volumes. */
  readonly starts: readonly Parent[];
  /** K. */
  readonly temperatures: readonly number[];
  /** Trajectories of each start and temperature, with other noise; default 1. */
  readonly replicas?: number;
}

/**
 * All trajectories of a sampling, each as a unit that `labelStructures` makes when its turn comes
 * and never makes twice. A trajectory that gave no frame counts as a failure.
 */
export function trajectoryUnits(options: SampleMdOptions): StructureUnit[] {
  const { starts, temperatures, replicas = 1, ...sampling } = options;
  return starts.flatMap((start) =>
    temperatures.flatMap((temperature) =>
      Array.from({ length: replicas }, (_, replica) => {
        const unit = `${start.id}/md-${temperature}K-${replica}`;
        return {
          unit,
          count: sampling.frames,
          make: async (signal: AbortSignal | undefined) => {
            const trajectory = await sampleTrajectory({
              ...sampling,
              id: unit,
              atoms: start.atoms,
              temperature,
              ...(signal === undefined ? {} : { signal }),
            });
            return framesOf(trajectory, sampling.onEvent);
          },
        };
      }),
    ),
  );
}

function framesOf(
  { id, structures, stopped }: Trajectory,
  onEvent: MdSampling['onEvent'],
): readonly Structure[] {
  if (stopped !== undefined && structures.length === 0) {
    throw new SamplingError(
      stopped.code,
      `${id} ended before its first frame: ${stopped.message}`,
      {
        where: id,
        hint: 'Shorten the time step, lower the temperature, or look at the start.',
      },
    );
  }
  onEvent?.({ type: 'trajectory', trajectory: id, frames: structures.length });
  return structures;
}

/**
 * Frames of all trajectories, one after the other, without storing anything.
 *
 * @throws SamplingError when a trajectory ends before its first frame
 * @throws AbortedError when `signal` fires
 */
export async function* sampleMd(
  options: SampleMdOptions & { readonly signal?: AbortSignal },
): AsyncGenerator<Structure, void, undefined> {
  for (const unit of trajectoryUnits(options)) {
    if (options.signal?.aborted === true) {
      throw new AbortedError('data/aborted', `sampling was stopped before ${unit.unit}`, {
        hint: 'Label with trajectoryUnits to go on where it was.',
      });
    }
    yield* await unit.make(options.signal);
  }
}
