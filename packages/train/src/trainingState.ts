import { AdamW } from './adamw.ts';
import type { CheckpointArray } from './checkpointFormat.ts';
import type { TrainConfig } from './config.ts';
import { Ema } from './ema.ts';
import type { CurvePoint } from './curve.ts';
import type { ParameterLayout } from './parameterLayout.ts';
import { initialSchedule } from './schedule.ts';
import type { ScheduleState } from './schedule.ts';

/** Sums over the steps of the epoch under way. */
export interface EpochSums {
  steps: number;
  loss: number;
  energy: number;
  forces: number;
  stress: number;
  /** Over the steps that had the term, of which there are `hessianSteps`; absent without any. */
  hessian?: number;
  hessianSteps?: number;
  /** Over the steps that had the term, of which there are `nodeEnergySteps`; absent without any. */
  nodeEnergies?: number;
  nodeEnergySteps?: number;
  gradientNorm: number;
  largestGradientNorm: number;
  /** Steps whose gradient was clipped; `null` when an older version did not count them from the start. */
  clipped: number | null;
}

/** Everything about a run that is a number; together with the arrays it is the whole state. */
export interface Progress {
  /** Steps of the optimiser that were done. */
  step: number;
  /** Epochs that were finished, validation included. */
  epoch: number;
  /** Batches of the current epoch that were done. */
  cursor: number;
  /** Updates that the optimiser's moments and the average have seen; smaller than `step` after a rollback. */
  optimizerUpdates: number;
  emaUpdates: number;
  schedule: ScheduleState;
  /** The present stage and its first step. */
  stage: { index: number; firstStep: number };
  /** Running mean of the loss, `null` before the first step. */
  lossAverage: number | null;
  /** Learning rate of the last step. */
  learningRate: number;
  /** Factor on the learning rate after rollbacks. */
  learningRateScale: number;
  rollbacks: number;
  /** Structures that were left out of a step because it would have diverged, numbers in the training set. */
  outliers: number[];
  /** State that a rollback returns to. */
  good: { step: number; optimizerUpdates: number; emaUpdates: number };
  best: { metric: number; step: number; epoch: number } | null;
  /** Validations since the best one. */
  waited: number;
  sums: EpochSums;
  curve: CurvePoint[];
  finished: 'completed' | 'early-stopping' | 'diverged' | null;
}

/** Names of the arrays that a rollback restores. */
const ROLLED_BACK = ['parameters', 'ema', 'first', 'second', 'largest'] as const;

/** The complete mutable state of a training run: what a checkpoint holds. */
export class TrainingState {
  /** Weights that are trained, flat, in memory that workers share. */
  readonly parameters: Float32Array;
  readonly optimizer: AdamW;
  readonly ema: Ema;
  /** Average at the best validation. */
  readonly best: Float32Array;
  progress: Progress;
  readonly #good: ReadonlyMap<string, Float32Array>;

  constructor(layout: ParameterLayout, config: TrainConfig, initial: Float32Array) {
    const bytes = layout.length * Float32Array.BYTES_PER_ELEMENT;
    this.parameters = new Float32Array(new SharedArrayBuffer(bytes));
    this.parameters.set(initial);
    this.optimizer = new AdamW(layout, config.optimizer);
    this.ema = new Ema(this.parameters, config.ema.decay);
    this.best = initial.slice();
    this.progress = initialProgress();
    this.#good = new Map(ROLLED_BACK.map((name) => [name, this.#array(name).slice()]));
  }

  #array(name: (typeof ROLLED_BACK)[number]): Float32Array {
    switch (name) {
      case 'parameters':
        return this.parameters;
      case 'ema':
        return this.ema.values;
      default:
        return this.optimizer[name];
    }
  }

  /** Remembers the present weights and moments as a state that can be returned to. */
  markGood(): void {
    for (const name of ROLLED_BACK) this.#goodArray(name).set(this.#array(name));
    this.progress.good = {
      step: this.progress.step,
      optimizerUpdates: this.optimizer.updates,
      emaUpdates: this.ema.updates,
    };
  }

  /** Returns to the state of the last `markGood`; the data go on where they are. */
  rollBack(): void {
    for (const name of ROLLED_BACK) this.#array(name).set(this.#goodArray(name));
    this.optimizer.updates = this.progress.good.optimizerUpdates;
    this.ema.updates = this.progress.good.emaUpdates;
    this.progress.lossAverage = null;
  }

  /** Remembers the present average as the best weights so far. */
  markBest(metric: number): void {
    const { step, epoch } = this.progress;
    this.best.set(this.ema.values);
    this.progress.best = { metric, step, epoch };
    this.progress.waited = 0;
  }

  /** All arrays by name, not copied. */
  arrays(): Record<string, CheckpointArray> {
    const arrays: Record<string, CheckpointArray> = { best: this.best };
    for (const name of ROLLED_BACK) {
      arrays[name] = this.#array(name);
      arrays[`good.${name}`] = this.#goodArray(name);
    }
    return arrays;
  }

  /** The numbers, up to date with optimiser and average. */
  currentProgress(): Progress {
    this.progress.optimizerUpdates = this.optimizer.updates;
    this.progress.emaUpdates = this.ema.updates;
    return this.progress;
  }

  /**
   * Begins a stage: another loss has another mean and other best weights, and a plateau starts anew.
   *
   * @param restart whether the plateau rule also forgets its reductions
   */
  beginStage(index: number, restart: boolean): void {
    const { progress } = this;
    progress.stage = { index, firstStep: progress.step };
    progress.lossAverage = null;
    progress.best = null;
    progress.waited = 0;
    const { plateau } = progress.schedule;
    progress.schedule = { ...initialSchedule(), ...(restart ? {} : { plateau }) };
  }

  /** Takes over what a checkpoint held; one of an older version lacks some numbers. */
  restore(progress: Progress, arrays: Readonly<Record<string, CheckpointArray>>): void {
    for (const [name, target] of Object.entries(this.arrays())) target.set(arrays[name]);
    const initial = initialProgress();
    this.progress = {
      ...initial,
      ...progress,
      schedule: { ...initial.schedule, ...progress.schedule },
      sums: { ...progress.sums, clipped: progress.sums.clipped ?? uncounted(progress.sums) },
    };
    this.optimizer.updates = progress.optimizerUpdates;
    this.ema.updates = progress.emaUpdates;
  }

  #goodArray(name: (typeof ROLLED_BACK)[number]): Float32Array {
    const array = this.#good.get(name);
    if (array === undefined) throw new RangeError(`no snapshot of ${name}`);
    return array;
  }
}

/** Clipped steps in sums of a version that did not count them. */
function uncounted({ steps }: EpochSums): number | null {
  return steps === 0 ? 0 : null;
}

/** Sums before the first step of an epoch. */
export function emptySums(): EpochSums {
  return {
    steps: 0,
    loss: 0,
    energy: 0,
    forces: 0,
    stress: 0,
    gradientNorm: 0,
    largestGradientNorm: 0,
    clipped: 0,
  };
}

function initialProgress(): Progress {
  return {
    step: 0,
    epoch: 0,
    cursor: 0,
    optimizerUpdates: 0,
    emaUpdates: 0,
    schedule: initialSchedule(),
    stage: { index: 0, firstStep: 0 },
    lossAverage: null,
    learningRate: 0,
    learningRateScale: 1,
    rollbacks: 0,
    outliers: [],
    good: { step: 0, optimizerUpdates: 0, emaUpdates: 0 },
    best: null,
    waited: 0,
    sums: emptySums(),
    curve: [],
    finished: null,
  };
}
