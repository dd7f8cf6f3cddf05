import {
  type Atoms,
  type Calculator,
  type DomainMargins,
  InvalidArgumentError,
  type TrainingDomain,
} from '@mlffd/core';
import { requireInteger } from '../errors.ts';

/** What can be watched, by the name of its limit. */
export type GuardName =
  | 'maxTemperature'
  | 'temperatureSpike'
  | 'maxForce'
  | 'forceSpike'
  | 'minDistance'
  | 'maxStretch'
  | 'newBonds'
  | 'domain'
  | 'maxUncertainty'
  | 'maxDrift';

/**
 * What a breach does.
 *
 * - `stop` (default): the run ends with an MdError that holds the frame.
 * - `warn`: an event says so, and the run goes on.
 * - `teacher`: `teacher` gives energy and forces in the place of the calculator from this step on, until
 *   nothing was out of bounds for `teacherSteps` steps.
 */
export type GuardAction = 'stop' | 'warn' | 'teacher';

/**
 * What a run watches. NaN and Infinity in energy, forces and stress always stop it. Limits on
 * temperature, forces and energy are looked at in every step, which costs next to nothing; those on
 * the structure and the uncertainty every `stride` steps.
 */
export interface GuardLimits {
  /** K; default 100,000, which only an exploding system reaches. Infinity switches it off. */
  readonly maxTemperature?: number;
  /**
   * How many times its running mean the temperature may be, above 1; default off. Small molecules
   * fluctuate: N_f degrees of freedom by sqrt(2/N_f) of the mean.
   */
  readonly temperatureSpike?: number;
  /** Largest norm of the force on one atom, eV/Angstrom; default 1000. Infinity switches it off. */
  readonly maxForce?: number;
  /** How many times its running mean the largest norm of a force may be, above 1; default off. */
  readonly forceSpike?: number;
  /** Steps that running means go back, and before which they are no limit; default 100. */
  readonly levelSteps?: number;
  /** Smallest distance between two atoms (periodic images too), Angstrom; default 0 (off). */
  readonly minDistance?: number;
  /** How much longer than in `reference` a bond may be, Angstrom; default off. 0.5 is usual. */
  readonly maxStretch?: number;
  /** Watch for bonds that `reference` has not: atoms nearer than the sum of covalent radii. */
  readonly newBonds?: boolean;
  /** Structure whose bonds count; default that at the start of the trajectory. */
  readonly reference?: Atoms;
  /** What the calculator was trained on, as `StudentCalculator.domain`; default off. */
  readonly domain?: TrainingDomain;
  /** How far beyond the domain is still inside. */
  readonly domainMargins?: DomainMargins;
  /**
   * Largest standard deviation of the force on one atom, eV/Angstrom, by `uncertainty` of the
   * calculator; default off.
   */
  readonly maxUncertainty?: number;
  /**
   * How far the conserved quantity may be from its value at the start of the trajectory, eV per atom;
   * default off.
   */
  readonly maxDrift?: number;
  /** Steps between two looks at the structure and the uncertainty; default 10. */
  readonly stride?: number;
  /** What a breach does, where it is not `stop`. */
  readonly actions?: Readonly<Partial<Record<Exclude<GuardName, 'maxDrift'>, GuardAction>>> & {
    readonly maxDrift?: 'stop' | 'warn';
  };
  /** Needed for the action `teacher`; the caller disposes of it. */
  readonly teacher?: Calculator;
  /** Steps that the teacher goes on after the last breach; default 10, and at least `stride`. */
  readonly teacherSteps?: number;
  /** Steps between two warnings about the same limit; default 100. */
  readonly warningStride?: number;
}

/** Limits with their defaults; Infinity, or 0 for the distance, is off. */
export interface CompleteLimits {
  readonly maxTemperature: number;
  readonly temperatureSpike: number;
  readonly maxForce: number;
  readonly forceSpike: number;
  readonly levelSteps: number;
  readonly minDistance: number;
  readonly maxStretch: number;
  readonly maxUncertainty: number;
  readonly maxDrift: number;
  readonly stride: number;
  readonly teacherSteps: number;
  readonly warningStride: number;
}

/** @throws InvalidArgumentError for a limit that is negative or not a number, or a teacher that is missing */
export function completeLimits(limits: GuardLimits): CompleteLimits {
  const { stride = 10 } = limits;
  const complete: CompleteLimits = {
    maxTemperature: limits.maxTemperature ?? 1e5,
    temperatureSpike: limits.temperatureSpike ?? Infinity,
    maxForce: limits.maxForce ?? 1000,
    forceSpike: limits.forceSpike ?? Infinity,
    levelSteps: limits.levelSteps ?? 100,
    minDistance: limits.minDistance ?? 0,
    maxStretch: limits.maxStretch ?? Infinity,
    maxUncertainty: limits.maxUncertainty ?? Infinity,
    maxDrift: limits.maxDrift ?? Infinity,
    stride,
    teacherSteps: limits.teacherSteps ?? Math.max(10, stride),
    warningStride: limits.warningStride ?? 100,
  };
  for (const name of LIMITS) requireLimit(name, complete[name], 0);
  for (const name of ['temperatureSpike', 'forceSpike'] as const) {
    requireLimit(name, complete[name], 1);
  }
  requireInteger('guards.levelSteps', complete.levelSteps, 1);
  requireInteger('guards.stride', stride, 1);
  requireInteger('guards.teacherSteps', complete.teacherSteps, stride);
  requireInteger('guards.warningStride', complete.warningStride, 1);
  requireTeacher(limits);
  return complete;
}

const LIMITS = [
  'maxTemperature',
  'maxForce',
  'minDistance',
  'maxStretch',
  'maxUncertainty',
  'maxDrift',
] as const;

function requireLimit(name: string, value: number, least: number): void {
  if (value >= least) return;
  throw new InvalidArgumentError(
    'md/invalid-option',
    `guards.${name} must be a number of at least ${least}`,
    {
      expected: `a number >= ${least}`,
      found: String(value),
      where: `guards.${name}`,
      hint: 'Give Infinity (or 0 for minDistance) to switch the guard off.',
    },
  );
}

function requireTeacher({ actions = {}, teacher }: GuardLimits): void {
  for (const [name, action] of Object.entries(actions)) {
    if (action !== 'teacher' || (teacher !== undefined && name !== 'maxDrift')) continue;
    throw new InvalidArgumentError(
      'md/invalid-option',
      name === 'maxDrift'
        ? 'a teacher does not undo a drift'
        : `guards.actions.${name} asks for a teacher that is not there`,
      {
        expected: name === 'maxDrift' ? "'stop' or 'warn'" : 'guards.teacher, a calculator',
        found: name === 'maxDrift' ? "'teacher'" : 'nothing',
        where: `guards.actions.${name}`,
        hint: "Give guards.teacher, or another action: 'stop' or 'warn'.",
      },
    );
  }
}
