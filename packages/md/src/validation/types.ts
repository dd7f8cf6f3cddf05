import type { Atoms, Calculator } from '@mlffd/core';

/** How a figure stands to its goal. `info`: no goal, or the measurement is too coarse to tell. */
export type FigureStatus = 'pass' | 'fail' | 'info' | 'skipped';

/** Range that a figure has to be in, ends excluded; one end may be open. */
export interface FigureGoal {
  readonly min?: number;
  readonly max?: number;
}

/** One number that a check found. */
export interface Figure {
  /** Unique within its check: `nve-slope`. */
  readonly key: string;
  /** What it is, for people. */
  readonly label: string;
  /** Null where it could not be measured; `why` then says so. */
  readonly value: number | null;
  /** Empty for ratios and counts. */
  readonly unit: string;
  readonly goal?: FigureGoal;
  /** Ends of its confidence band, where it has one. */
  readonly low?: number;
  readonly high?: number;
  readonly status: FigureStatus;
  readonly why?: string;
}

/** A curve of a plot: of teacher, student, or something else that `name` tells. */
export interface Curve {
  readonly of: 'teacher' | 'student' | 'other';
  readonly name?: string;
  readonly x: readonly number[];
  /** Null leaves a gap. */
  readonly y: readonly (number | null)[];
}

/** What a curve is drawn over. */
export interface PlotAxis {
  readonly label: string;
  readonly unit?: string;
  readonly scale?: 'linear' | 'log';
  /** Range worth seeing; default all. */
  readonly domain?: readonly [number, number];
}

/**
 * Data of a plot. `lines`: curves; `parity`: `x` is the teacher's, `y` the student's; `bars`: one bar per
 * entry of `bars`.
 */
export interface Plot {
  /** Plots of several students with the same id belong into one. */
  readonly id: string;
  readonly kind: 'lines' | 'parity' | 'bars';
  readonly title: string;
  readonly caption: string;
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  readonly curves: readonly Curve[];
  readonly bars?: readonly PlotBar[];
  /** A value worth a line across the plot. */
  readonly goal?: { readonly value: number; readonly label: string };
}

/** One bar of a plot. */
export interface PlotBar {
  readonly label: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** `fatal`: the run ended or its result is worthless; `serious`: physics is wrong; `note`: worth knowing. */
export type Severity = 'fatal' | 'serious' | 'note';

/** A way in which a student fails, by name. */
export interface FailureMode {
  readonly code: FailureCode;
  readonly what: string;
  readonly severity: Severity;
  /** File of the frame, relative to the folder of the validation. */
  readonly frame?: string;
  /** fs since the start of the run. */
  readonly time?: number;
}

/** Names of failures. */
export type FailureCode =
  | 'explosion'
  | 'close-contact'
  | 'non-finite'
  | 'broken-bond'
  | 'detached-hydrogen'
  | 'energy-drift'
  | 'force-error'
  | 'soft-repulsion'
  | 'spurious-minimum'
  | 'rough-bond'
  | 'not-a-gradient'
  | 'not-invariant'
  | 'not-extensive'
  | 'imaginary-frequency'
  | 'no-minimum'
  | 'unseen-element'
  | 'no-answer';

/** A frame that is worth a look in 3D. */
export interface KeyFrame {
  readonly label: string;
  readonly role: 'start' | 'teacher-end' | 'student-end' | 'worst-force' | 'failure';
  /** File, relative to the folder of the validation. */
  readonly file: string;
}

/** What a check found; plain JSON. */
export interface CheckResult {
  readonly figures: readonly Figure[];
  readonly plots?: readonly Plot[];
  readonly notes?: readonly string[];
  readonly failures?: readonly FailureMode[];
  readonly frames?: readonly KeyFrame[];
}

/** A structure to validate on. */
export interface ValidationSystem {
  /** Unique; letters, digits and dashes: part of file names. */
  readonly name: string;
  readonly atoms: Atoms;
  /** Runs start where the teacher relaxes it to, for structures that were distorted; default false: as it is. */
  readonly relax?: boolean;
}

/** A student, and what is needed to tell it from others. */
export interface ValidationStudent {
  /** Unique; letters, digits and dashes: part of file names. */
  readonly name: string;
  readonly calculator: Calculator;
  /** Hash of what decides about its answers. */
  readonly hash: string;
  /** The same with nothing kept from earlier calls: a new neighbour list. */
  readonly fresh?: () => Calculator | Promise<Calculator>;
  /**
   * The same model computed in other ways, to find what owns a drift: in float64, with exact filters,
   * without a skin of the neighbour list.
   */
  readonly references?: readonly StudentReference[];
}

/** One other way to compute a student. */
export interface StudentReference {
  /** What is changed. */
  readonly name: string;
  readonly factor: 'precision' | 'list';
  readonly calculator: Calculator;
  /** Fast enough for dynamics; else it is asked about single frames only. */
  readonly dynamics: boolean;
  /** Larger structures are too much for it; default none are. */
  readonly mostAtoms?: number;
}

/** What is known of a teacher's inconsistencies: no student can be better. */
export interface TeacherInconsistency {
  /** Its forces are the gradient of its energy. */
  readonly conservative: boolean;
  readonly figures: readonly Figure[];
  readonly notes?: readonly string[];
}
