import type { CurvePoint } from './curve.ts';
import type { LossFactors, LossTerm } from './lossConfig.ts';
import type { StepHealth } from './stepHealth.ts';

/** What a trainer tells while it works. */
export type TrainEvent =
  | {
      /** Structures are read and their neighbour lists computed. */
      readonly type: 'prepare';
      readonly set: 'train' | 'validation';
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly type: 'step';
      readonly step: number;
      /** Steps of the whole run, estimated when batches are limited by atoms. */
      readonly steps: number;
      readonly epoch: number;
      readonly loss: number;
      readonly learningRate: number;
      readonly gradientNorm: number;
      /** Structures per second since the start of this process. */
      readonly structuresPerSecond: number;
      /** Part of the time since then that was spent waiting for data; 0 unless they are streamed. */
      readonly waiting: number;
      /** Seconds until the end of training at this rate. */
      readonly secondsLeft: number;
      /** Absent when the step was not taken. */
      readonly health?: StepHealth | undefined;
    }
  | { readonly type: 'epoch'; readonly point: CurvePoint; readonly best: boolean }
  | { readonly type: 'checkpoint'; readonly step: number; readonly path: string }
  | {
      /** A damaged checkpoint was set aside and an older one is used. */
      readonly type: 'checkpoint-rejected';
      readonly path: string;
      readonly error: unknown;
    }
  | { readonly type: 'resumed'; readonly step: number; readonly path: string }
  | {
      /** Training diverged and went back to an earlier state. */
      readonly type: 'rollback';
      readonly step: number;
      readonly to: number;
      readonly reason: string;
      readonly learningRateScale: number;
      /** Structure with the largest part of the loss, as the dataset counts. */
      readonly structure: number;
    }
  | {
      /** A structure was left out of a step, because it alone would have made it diverge. */
      readonly type: 'outlier';
      readonly step: number;
      /** Number in the dataset. */
      readonly structure: number;
      /** The term of the loss that it stands out in. */
      readonly term: LossTerm;
      readonly reason: string;
    }
  | {
      /** A stage begins. */
      readonly type: 'stage';
      readonly step: number;
      /** Counted from 0. */
      readonly stage: number;
      readonly stages: number;
      readonly loss: LossFactors;
    }
  | { readonly type: 'learning-rate-reduced'; readonly step: number; readonly factor: number }
  | TrainWarning
  | { readonly type: 'done'; readonly reason: StopReason; readonly step: number };

/** Something that does not stop training but that its user should know. */
export interface TrainWarning {
  readonly type: 'warning';
  readonly code:
    /** Activations are not finite, or have grown a thousandfold since the first validation. */
    | 'activation-growth'
    | 'charge-ignored'
    | 'charge-missing'
    | 'composition-rank-deficient'
    | 'element-not-in-training'
    | 'energy-outliers'
    | 'force-outliers'
    | 'label-missing'
    | 'no-validation'
    | 'spin-ignored'
    | 'spin-missing'
    | 'version-changed';
  readonly message: string;
}

/** Why a run ended; `diverged` only when a run that gave up is resumed for its best weights. */
export type StopReason = 'completed' | 'early-stopping' | 'time' | 'diverged';
