import type { CompleteConfig, StudentConfig } from '@mlffd/student';
import type {
  LabelTerm,
  LossConfig,
  LossFactors,
  LossKind,
  LossTerm,
  StageConfig,
} from './lossConfig.ts';
import type { MetricName } from './metrics.ts';
import type { ScheduleConfig } from './schedule.ts';

export type { LossConfig, StageConfig } from './lossConfig.ts';

/** AdamW; see `AdamWOptions`. */
export interface OptimizerConfig {
  /** Peak learning rate. Default 1e-3. */
  readonly learningRate: number;
  /** Decoupled decay of weight matrices, never of biases and embeddings. Default 0. */
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;
  /** Longest global norm of the gradient that is used as it is. Default 10. */
  readonly clipNorm: number;
}

/** Weights of errors in a sum that a run is judged by. */
export type MetricFactors = Readonly<Record<LabelTerm, number>>;

/** Which structures carry the Hessian term of the loss, and when. */
export interface HessianConfig {
  /**
   * Part of the structures with products that carry the term in each epoch: each structure in every
   * 1/share-th epoch, along its next direction. Default 0.25: a structure with the term costs
   * two to three times one without it, so an epoch takes one and a half times to twice as long.
   */
  readonly share: number;
}

/** When and by what a run is judged. */
export interface ValidationConfig {
  /** Epochs between validations. Default 1. */
  readonly every: number;
  /**
   * What decides about the best weights: a metric, or a weighted sum of MAE(energy), MAE(forces) and
   * MAE(stress), each over the mean size of its labels above the baseline, so that 1 is what the
   * baseline alone would get. Each stage has best weights of its own; the last one's are returned.
   * Default `force_mae_meV_A`.
   */
  readonly metric: MetricName | MetricFactors;
  /**
   * Validations without improvement after which training stops, in its last stage; 0 never stops.
   * Default 0.
   */
  readonly patience: number;
}

/** What happens when training diverges. */
export interface GuardConfig {
  /** Steps between snapshots that can be returned to. Default 200. */
  readonly every: number;
  /** Loss of one step, over its running mean, that counts as divergence. Default 1000. */
  readonly factor: number;
  /** Factor on the learning rate at each rollback. Default 0.5. */
  readonly learningRate: number;
  /** Rollbacks before training gives up. Default 5. */
  readonly rollbacks: number;
  /**
   * Structures that may be left out of a step because without that one alone the step would not
   * diverge: wrong labels. Each is told of. Default 10.
   */
  readonly outliers: number;
}

/** When checkpoints are written, beside the end of each epoch; does not change the result. */
export interface CheckpointConfig {
  /** Steps between checkpoints; 0 for none. Default 0. */
  readonly everySteps: number;
  /** Seconds between checkpoints; 0 for none. Default 300. */
  readonly everySeconds: number;
}

/** Everything that defines a training run. `parseTrainConfig` fills in the defaults. */
export interface TrainConfig {
  /** Hyper-parameters of the student. */
  readonly model: CompleteConfig;
  /** Seed of the initial weights and of the order of the structures. Default 0. */
  readonly seed: number;
  /** Length of training in passes over the data; this or `steps`. */
  readonly epochs?: number | undefined;
  /** Length of training in steps of the optimiser; this or `epochs`. */
  readonly steps?: number | undefined;
  /** Structures per step, unless `maxAtoms` or `maxEdges` says otherwise. Default 16. */
  readonly batchSize: number;
  /** Atoms per step: a batch ends before it would have more; 0 counts structures. Default 0. */
  readonly maxAtoms: number;
  /** Directed edges per step, in the same way, alone or together with `maxAtoms`. Default 0. */
  readonly maxEdges: number;
  /**
   * Edges per micro-batch, the piece that is computed at once; 0 picks it so that a vector feature
   * of all edges takes about 512 kB and stays in the cache (more for very many parameters). The gradient is a sum over
   * micro-batches, so it changes by rounding only. Default 0.
   */
  readonly microBatchEdges: number;
  readonly loss: LossConfig;
  /** How `loss.hessian` is sampled; absent in runs without that term. */
  readonly hessian?: HessianConfig | undefined;
  /** Parts of the run with losses of their own, in order; none: `loss` all along. Default none. */
  readonly stages: readonly StageConfig[];
  readonly optimizer: OptimizerConfig;
  readonly schedule: ScheduleConfig;
  readonly ema: {
    /** Decay of the average that is validated and returned. Default 0.999. */
    readonly decay: number;
  };
  readonly baseline: {
    /** Ridge of the reference energies, as a part of the largest eigenvalue. Default 1e-8. */
    readonly ridge: number;
    /** Fixed reference energies by chemical symbol, eV, instead of a fit. */
    readonly energies?: Readonly<Record<string, number>> | undefined;
  };
  /** Structures with a longer force than this are left out of training, eV/Angstrom; 0: none. */
  readonly maxForce: number;
  readonly validation: ValidationConfig;
  readonly guard: GuardConfig;
  readonly checkpoint: CheckpointConfig;
  /** Cores to train on. Does not change the result. Default 1. */
  readonly workers: number;
  /**
   * Read structures and compute neighbours anew for each step, in threads ahead of it, instead of
   * keeping all edges of the training set in memory. Needs a `Dataset` on disk. Does not change the
   * result. Default false.
   */
  readonly stream: boolean;
  /** Seconds after which training stops with a checkpoint; 0: no limit. Does not change the definition. */
  readonly maxSeconds: number;
  /** Steps between lines of the log. Default 50. */
  readonly logEvery: number;
}

/** The parts that only say how a run is executed: they may differ when it is resumed. */
export const EXECUTION_KEYS: readonly (keyof TrainConfig)[] = [
  'workers',
  'stream',
  'maxSeconds',
  'checkpoint',
  'logEvery',
];

/** Parts of a configuration that have defaults of their own, inside objects too. */
export type TrainConfigInput = DeepPartial<
  Omit<TrainConfig, 'model' | 'schedule' | 'loss' | 'stages' | 'validation'>
> & {
  readonly model: StudentConfig;
  readonly schedule?: ScheduleInput;
  readonly loss?: LossInput;
  readonly stages?: readonly StageInput[];
  readonly validation?: Partial<Omit<ValidationConfig, 'metric'>> & {
    readonly metric?: MetricName | Partial<MetricFactors>;
  };
};

/** A loss with defaults; `kind` and `delta` for all terms, or for some of them. */
export type LossInput = Partial<Omit<LossConfig, 'kind' | 'delta'>> & {
  readonly kind?: LossKind | Partial<Record<LossTerm, LossKind>>;
  readonly delta?: number | Partial<LossFactors>;
};

/** A stage with defaults. */
export type StageInput = Partial<Omit<StageConfig, 'loss'>> & {
  readonly loss?: Partial<LossFactors>;
};

/** A schedule with defaults: 100 steps of warm-up, cosine to 1 % of the learning rate. */
export type ScheduleInput =
  | { readonly type: 'constant'; readonly warmupSteps?: number }
  | { readonly type?: 'cosine'; readonly warmupSteps?: number; readonly final?: number }
  | {
      readonly type: 'plateau';
      readonly warmupSteps?: number;
      readonly factor?: number;
      readonly patience?: number;
      readonly smoothing?: number;
      readonly final?: number;
    }
  | {
      readonly type: 'one-cycle';
      readonly rise?: number;
      readonly initial?: number;
      readonly final?: number;
    };

type DeepPartial<T> = {
  readonly [K in keyof T]?: T[K] extends object | undefined ? DeepPartial<T[K]> : T[K];
};
