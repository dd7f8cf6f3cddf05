/** How far a stage is; the terminal turns it into one line with rate and time left. */
export interface Progress {
  readonly done: number;
  /** Absent where nobody knows before the end. */
  readonly total?: number;
  /** What is counted: `structures`, `epochs`, `steps`. */
  readonly unit: string;
  /** Figures worth seeing now: `force MAE 14.2 meV/A`. */
  readonly detail?: string;
}

/** What the pipeline says about itself. Everything a user sees while it runs comes from these. */
export type PipelineEvent =
  | {
      readonly type: 'stage-started';
      readonly stage: string;
      readonly index: number;
      readonly of: number;
    }
  | {
      readonly type: 'stage-reused';
      readonly stage: string;
      readonly index: number;
      readonly of: number;
      readonly summary: string;
    }
  | {
      readonly type: 'stage-finished';
      readonly stage: string;
      readonly seconds: number;
      readonly summary: string;
    }
  | { readonly type: 'progress'; readonly stage: string; readonly progress: Progress }
  | {
      readonly type: 'note';
      readonly stage: string;
      readonly level: 'info' | 'warning';
      readonly message: string;
    };

export type OnEvent = (event: PipelineEvent) => void;
