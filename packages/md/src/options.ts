import type { Atoms, Calculator, Property } from '@mlffd/core';
import type { MdEvent } from './events.ts';
import type { MdFrame } from './frame.ts';
import type { GuardLimits, GuardName } from './guards/limits.ts';
import type { Integrator } from './integrator.ts';
import type { MdRestart } from './restart.ts';

/** Start of a new trajectory. */
export interface FreshStart {
  readonly atoms: Atoms;
  /** 3N, Angstrom/fs. */
  readonly velocities?: Float64Array;
  /** Without `velocities`: draw them at this temperature, K (needs `seed`). */
  readonly temperature?: number;
  readonly seed?: number;
  /** Scale drawn velocities to exactly `temperature`; default false. */
  readonly exactTemperature?: boolean;
  /** N, amu; default the standard atomic masses. */
  readonly masses?: Float64Array;
  /**
   * Indices of atoms that never move. Their forces and velocities are zero, the others take three
   * thermal degrees of freedom each, and the drift of the centre of mass is left in. Not under a
   * barostat.
   */
  readonly fixed?: ArrayLike<number>;
  /** Thermal degrees of freedom; default 3N - 3 where momentum is conserved, else 3N. */
  readonly ndof?: number;
  /** Let NVE start from rest; default false, since a run at 0 K is usually a mistake. */
  readonly allowZeroVelocities?: boolean;
  readonly resume?: undefined;
}

/** Continuation of a trajectory, bit for bit what it would have been without the stop. */
export interface Resume {
  readonly resume: MdRestart;
  readonly atoms?: undefined;
}

/** What is the same for a new trajectory and a continued one. */
export interface RunSettings {
  readonly calculator: Calculator;
  readonly integrator: Integrator;
  /** Step number to run to. Steps that a resumed trajectory has done already count. */
  readonly steps: number;
  /** Frames are given at steps divisible by this; default 1. */
  readonly stride?: number;
  /** Give the frame of the starting step too; default true for a new trajectory, false on resume. */
  readonly initialFrame?: boolean;
  /** More for the frames than energy and forces; asked of the calculator on frame steps only. */
  readonly properties?: readonly Property[];
  /** Gets every frame, in order. A promise is waited for. What it throws ends the run. */
  readonly onFrame?: (frame: MdFrame) => void | Promise<void>;
  readonly onEvent?: (event: MdEvent) => void;
  /** Seconds between two progress events; default 1. */
  readonly eventInterval?: number;
  /** Stops after the step in flight: the restart file is written, then AbortedError thrown. */
  readonly signal?: AbortSignal;
  readonly restart?: {
    readonly path: string;
    /** Steps between two writes; it is also written at the start, at the end and on abort. */
    readonly every?: number;
  };
  readonly guards?: GuardLimits;
  /** Folder for the frame at which a guard stopped the run, extended XYZ; made where it is missing. */
  readonly dumpFolder?: string;
  /**
   * Gets every step for which a guard called the teacher, with the teacher's energy and forces: labelled
   * structures that the calculator should be trained on. A promise is waited for.
   */
  readonly onTeacherCall?: (call: TeacherCall) => void | Promise<void>;
}

/** A step with the forces of the teacher. */
export interface TeacherCall {
  readonly frame: MdFrame;
  /** What asked for the teacher last, and why; absent right after a resume. */
  readonly guard?: GuardName;
  readonly reason?: string;
}

/** Options of `runMd`. */
export type RunMdOptions = RunSettings & (FreshStart | Resume);

/** What a finished run returns. */
export interface MdResult {
  /** The last step, whether or not it was given to `onFrame`. */
  readonly frame: MdFrame;
  /** Start of a continuation. */
  readonly restart: MdRestart;
  /** Steps done by this call. */
  readonly stepsDone: number;
  /** Wall time of this call, s. */
  readonly seconds: number;
  /** Part of `seconds` spent in the calculator. */
  readonly calculatorSeconds: number;
}
