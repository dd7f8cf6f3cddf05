import type { Atoms } from '@mlffd/core';
import type { DescentMethod } from './descent.ts';

/** One point of a minimisation; the arrays are copies. */
export interface MinimizeFrame {
  readonly atoms: Atoms;
  /** eV, without the work against a pressure. */
  readonly energy: number;
  /** 3N, eV/Angstrom. */
  readonly forces: Float64Array;
  /** Voigt, eV/Angstrom^3; there when the cell is relaxed. */
  readonly stress?: Float64Array;
  /** Force calls before this one. */
  readonly step: number;
  /** Largest norm of the force on one atom, eV/Angstrom. */
  readonly maxForce: number;
}

/** What a minimisation tells while it goes on. */
export type MinimizeEvent =
  | {
      readonly type: 'progress';
      readonly step: number;
      readonly steps: number;
      /** eV */
      readonly energy: number;
      /** eV/Angstrom */
      readonly maxForce: number;
      readonly stepsPerSecond: number;
    }
  /** A step went wrong: back to the best point, from there with shorter steps. */
  | { readonly type: 'rollback'; readonly step: number; readonly message: string }
  | { readonly type: 'end'; readonly step: number; readonly reason: MinimizeReason };

/**
 * Why a minimisation ended: forces below `fmax`; `maxSteps` done; or every step from the best point
 * led to an energy out of bounds, NaN or a close contact, however short.
 */
export type MinimizeReason = 'converged' | 'max-steps' | 'diverged';

/** Options of `minimize`. */
export interface MinimizeOptions {
  /** Converged when no atom feels more, eV/Angstrom; default 0.01. */
  readonly fmax?: number;
  /** Force calls after the first; default 500. */
  readonly maxSteps?: number;
  /** Default `lbfgs`; `fire` where forces are noisy. */
  readonly method?: DescentMethod;
  /** Longest step, Angstrom; default 0.2. */
  readonly maxStep?: number;
  /** Relax the cell too, of a structure that is periodic along all axes; default false. */
  readonly cell?: boolean;
  /** With `cell`: converged when no stress component is farther from -pressure; default 5e-4 eV/Angstrom^3 (0.08 GPa). */
  readonly stressMax?: number;
  /** With `cell`: external pressure, eV/Angstrom^3; default 0. */
  readonly pressure?: number;
  /** Energy above the lowest so far at which a step is taken back, eV; default 1. */
  readonly maxRise?: number;
  /** Distance between two atoms below which a step is taken back, Angstrom; default 0 (off). */
  readonly minDistance?: number;
  /** Gets every point that is finite, in order. A promise is waited for. What it throws ends the run. */
  readonly onFrame?: (frame: MinimizeFrame) => void | Promise<void>;
  readonly onEvent?: (event: MinimizeEvent) => void;
  readonly signal?: AbortSignal;
}

/** Where a minimisation ended: at the converged point, or else at the lowest one. */
export interface MinimizeResult extends MinimizeFrame {
  readonly converged: boolean;
  readonly reason: MinimizeReason;
  /** Force calls after the first. */
  readonly steps: number;
  /** Steps that were taken back. */
  readonly rollbacks: number;
}
