import type { GuardName } from './guards/limits.ts';

/** What a run tells while it goes on. */
export type MdEvent =
  | {
      readonly type: 'start';
      /** Step that the run starts from. */
      readonly step: number;
      /** Step that it goes to. */
      readonly steps: number;
      readonly calculator: string;
      readonly integrator: string;
    }
  | {
      readonly type: 'progress';
      readonly step: number;
      readonly steps: number;
      readonly stepsPerSecond: number;
      readonly secondsLeft: number;
      /** Simulated nanoseconds per day at this rate. */
      readonly nsPerDay: number;
      /** Potential energy, eV. */
      readonly energy: number;
      /** K. */
      readonly temperature: number;
    }
  | {
      /** A limit was passed, and the run goes on. */
      readonly type: 'guard';
      readonly step: number;
      readonly guard: GuardName;
      /** One sentence without a full stop. */
      readonly message: string;
      readonly expected: string;
      readonly found: string;
      /** Breaches of this limit since the last event about it. */
      readonly suppressed: number;
    }
  | {
      /** The teacher gives the forces from here on, or the calculator again. */
      readonly type: 'teacher';
      readonly step: number;
      /** True where the teacher takes over. */
      readonly calls: boolean;
      /** What asked for it. */
      readonly guard?: GuardName;
      readonly message?: string;
    }
  | { readonly type: 'restart'; readonly step: number; readonly path: string }
  | { readonly type: 'end'; readonly step: number; readonly seconds: number };
