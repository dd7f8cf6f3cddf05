import type { MdState } from './state.ts';

/** What identifies an integrator in a restart file: plain JSON values. */
export type IntegratorSettings = Readonly<Record<string, string | number>>;

/**
 * One step in two halves around the only force call:
 * `beforeForces()`, new energy and forces for the new positions, `afterForces()`.
 */
export interface Stepper {
  /**
   * Moves positions to their place after the step; `state.step` still counts the steps done before.
   * A promise, where forces of its own come later, is waited for.
   */
  beforeForces(): void | Promise<void>;
  /** Finishes velocities and heat; the state then is that after the step. */
  afterForces(): void;
}

/** Steps that need nothing but the forces of the state. */
export interface PureStepper extends Stepper {
  beforeForces(): void;
}

/** Equations of motion with their parameters; knows no system until it is bound to one. */
export interface Integrator {
  readonly name: string;
  /** fs. */
  readonly timestep: number;
  /** True where the total momentum is a constant of motion, so that 3N - 3 degrees of freedom are thermal. */
  readonly conservesMomentum: boolean;
  /** Temperature that it holds, K; absent in NVE. */
  readonly temperature?: number;
  /** True where it only scales velocities, so that atoms at rest would stay at rest. */
  readonly needsVelocities?: boolean;
  /** True where each step needs the stress: barostats. */
  readonly needsStress?: boolean;
  /** Length of `state.extended`, its own variables, for a number of atoms; default 0. */
  readonly extendedLength?: number | ((atoms: number) => number);
  /** All that must be equal for a restart to continue the same trajectory. */
  readonly settings: IntegratorSettings;
  /**
   * Allocates the scratch that the steps on this state need, and sets `state.heat` where it is a
   * function of the other variables.
   *
   * @throws InvalidArgumentError for a system that it cannot move
   */
  bind(state: MdState): Stepper;
}

/** Length of `state.extended` for a system. */
export function extendedLengthOf({ extendedLength = 0 }: Integrator, atoms: number): number {
  return typeof extendedLength === 'number' ? extendedLength : extendedLength(atoms);
}
