import type { TeacherFloor } from '@mlffd/teachers';
import type { Metrics } from '@mlffd/train';

/** Speed of teacher and student at one size, measured in one run on one machine. */
export interface SpeedRow {
  readonly atoms: number;
  /** Median time of a call for energy and forces, ms. */
  readonly teacher_ms: number;
  readonly student_ms: number;
  /** `teacher_ms / student_ms`. */
  readonly speedup: number;
}

/** Drift of the total energy in a run at constant energy with the student. */
export interface NveFigures {
  readonly atoms: number;
  readonly temperature_K: number;
  readonly picoseconds: number;
  readonly timestep_fs: number;
  /** meV/atom/ps. */
  readonly slope: number;
  /** Ends of the 95 % confidence band, meV/atom/ps. */
  readonly low: number;
  readonly high: number;
  /** Root mean square fluctuation about the line, meV/atom. */
  readonly rms_meV_atom: number;
}

/** One goal and what was measured. */
export interface GateResult {
  readonly name: string;
  readonly relation: string;
  readonly goal: number;
  readonly measured: number | null;
  readonly unit?: string;
  readonly passed: boolean;
}

/** `results.json`: every figure of a distillation, with what is needed to make it again. */
export interface DistillResults {
  readonly name: string;
  readonly verdict: 'pass' | 'fail';
  readonly gates: readonly GateResult[];
  /** On frames of held-out trajectories of the teacher. */
  readonly force_mae_meV_A: number;
  readonly force_rmse_meV_A: number;
  readonly force_r2: number;
  /** 1 - force MAE / mean |force component|. */
  readonly accuracy: number;
  readonly energy_mae_meV_atom: number;
  /** `null` where a system is not periodic: there is no stress. */
  readonly stress_mae_GPa: number | null;
  /** |.| of slope and both ends of its band have to stay below the goal. */
  readonly nve_slope_meV_atom_ps: number;
  readonly nve_band_meV_atom_ps: readonly [number, number];
  /** Teacher's time over student's, by number of atoms. */
  readonly speedup_vs_teacher: Readonly<Record<string, number>>;
  readonly test: Metrics;
  readonly own_trajectory: {
    /** Against the teacher, on frames that the student's own dynamics went through. */
    readonly frames: number;
    readonly force_mae_meV_A: number;
    readonly force_rmse_meV_A: number;
    readonly accuracy: number;
  };
  readonly nve: NveFigures;
  readonly speed: readonly SpeedRow[];
  /** How far the teacher agrees with itself: no student can be better. */
  readonly teacher_floor: TeacherFloor;
  readonly student: {
    readonly parameters: number;
    readonly config: unknown;
  };
  readonly data: {
    readonly structures: number;
    readonly training: number;
    readonly validation: number;
    readonly test: number;
    readonly elements: readonly string[];
  };
  readonly seed: number;
  /** Seconds of each stage, interrupted attempts included where they ended in order. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly seconds_total: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly hashes: {
    readonly config: string;
    readonly teacher: string;
    readonly dataset: string;
    readonly student: string;
  };
  readonly machine: { readonly cpu: string; readonly cores: number; readonly platform: string };
}
