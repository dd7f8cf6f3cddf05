import type { Atoms, MlffdErrorDetails } from '@mlffd/core';

/** What the reader of the page chooses. */
export interface Settings {
  /** Of the bath, and of the velocities at the start, K. */
  readonly temperature: number;
  /** fs. */
  readonly timestep: number;
  /** Langevin dynamics instead of constant energy. */
  readonly thermostat: boolean;
}

/** The student as the page introduces it. */
export interface StudentFacts {
  readonly name: string;
  readonly parameters: number;
  readonly features: number;
  readonly interactions: number;
  /** Angstrom. */
  readonly cutoff: number;
  /** Chemical symbols. */
  readonly elements: readonly string[];
  /** How the kernels are run, e.g. `relaxed SIMD`. */
  readonly backend: string;
}

/** A structure to start from. */
export interface StartStructure {
  readonly label: string;
  readonly atoms: Atoms;
}

/** What is shown about one moment. */
export interface Sample {
  readonly step: number;
  /** fs. */
  readonly time: number;
  /** K. */
  readonly temperature: number;
  /** Potential energy, eV. */
  readonly potential: number;
  /** Potential plus kinetic energy, eV. */
  readonly total: number;
  /** Conserved energy less its mean over the first hundred steps, meV/atom. */
  readonly drift: number;
  /** Over about the last second; 0 before the first. */
  readonly stepsPerSecond: number;
  readonly nsPerDay: number;
}

/** An error as it crosses from the worker to the page. */
export interface Trouble extends Pick<MlffdErrorDetails, 'expected' | 'found' | 'hint'> {
  readonly message: string;
  readonly code: string;
}

/** From the page to the worker. `run` numbers the structure that a message is about. */
export type Order =
  | {
      readonly type: 'start';
      readonly run: number;
      readonly atoms: Atoms;
      readonly settings: Settings;
    }
  | { readonly type: 'settings'; readonly settings: Settings }
  | { readonly type: 'play' }
  | { readonly type: 'pause' };

/** From the worker to the page. */
export type News =
  | {
      readonly type: 'ready';
      readonly student: StudentFacts;
      readonly structures: readonly StartStructure[];
    }
  | {
      readonly type: 'frame';
      readonly run: number;
      readonly positions: Float64Array;
      readonly sample: Sample;
    }
  | { readonly type: 'stopped'; readonly run: number; readonly trouble: Trouble }
  | { readonly type: 'failed'; readonly trouble: Trouble };
