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
  | { readonly type: 'restart'; readonly step: number; readonly path: string }
  | { readonly type: 'end'; readonly step: number; readonly seconds: number };
