import type { Calculator } from '@mlffd/core';
import type { Runs } from './runs.ts';
import type { ValidationSettings } from './settings.ts';
import type { StoredFrame } from './store.ts';
import type {
  CheckResult,
  TeacherInconsistency,
  ValidationStudent,
  ValidationSystem,
} from './types.ts';

/** What a check may use. */
export interface CheckContext {
  readonly teacher: Calculator;
  readonly student: ValidationStudent;
  /** The system in question; for a check of the student as a whole, the first one. */
  readonly system: ValidationSystem;
  readonly systems: readonly ValidationSystem[];
  readonly settings: ValidationSettings;
  readonly seed: number;
  readonly runs: Runs;
  readonly inconsistency: TeacherInconsistency;
  readonly signal: AbortSignal;
  readonly progress: (progress: CheckProgress) => void;
  /** Keeps a frame in the folder of the validation; returns its path in there. */
  readonly keepFrame: (name: string, frame: StoredFrame) => string;
}

/** How far a check is. */
export interface CheckProgress {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
}

/** One question about a student, answered on its own. */
export interface Check {
  readonly id: string;
  /** A noun, for people. */
  readonly title: string;
  /** What it asks and how, in a sentence or two. */
  readonly about: string;
  /** Asked for each system, or once for the student with all systems. */
  readonly per: 'system' | 'student';
  /** Raised whenever it would find something else with the same inputs. */
  readonly version: number;
  /** Figures that it gives; listed as skipped where it does not apply. */
  readonly figures: readonly {
    readonly key: string;
    readonly label: string;
    readonly unit?: string;
  }[];
  /** Why it cannot be asked here; undefined where it can. */
  readonly obstacle?: (context: CheckContext) => string | undefined;
  readonly run: (context: CheckContext) => Promise<CheckResult>;
}
