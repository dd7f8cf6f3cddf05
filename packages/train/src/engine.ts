import type { HessianTurn } from './hessianTurn.ts';
import type { LossFactors } from './lossConfig.ts';
import type { Metrics } from './metrics.ts';

/** Loss of a batch: each term as a mean, before its weight; `null` when it is not trained on. */
export interface LossTerms {
  energy: number;
  forces: number;
  stress: number;
  /** Absent where no structure of the batch carries the term. */
  hessian?: number | undefined;
  /** Absent where no atom of the batch has an energy to be compared with. */
  nodeEnergies?: number | undefined;
}

/**
 * Weights of a batch's labels: one over the number of values of each kind in the whole batch, and the
 * weights of the terms.
 */
export interface LabelWeights {
  readonly energy: number;
  readonly forces: number;
  readonly stress: number;
  /** Absent where no structure of the batch carries the term. */
  readonly hessian?: HessianWeight | undefined;
  /** Absent where no atom of the batch has an energy to be compared with. */
  readonly nodeEnergies?: number | undefined;
  /** Weights of the terms themselves. */
  readonly factors: LossFactors;
}

/** Weight of products, and which structures are compared in one. */
export interface HessianWeight {
  /** One over the number of components of all products in the batch. */
  readonly weight: number;
  readonly turn: HessianTurn;
}

/** Computes gradients and predictions in pieces, on one core or several. */
export interface Engine {
  /** Sum of the gradients of the last `gradient`, flat, float64. */
  readonly sum: Float64Array;
  /**
   * Gradient of the loss of a batch with respect to the shared parameters, into `sum`. Pieces are
   * added in their order, whoever computed them, so the result does not depend on the number of
   * workers.
   */
  gradient(pieces: readonly Int32Array[], weights: LabelWeights): Promise<LossTerms>;
  /** Predicts some of the validation set with the given parameters. */
  predict(parameters: Float32Array, pieces: readonly Int32Array[]): Promise<void>;
  /** Metrics of the validation set, once all of it was predicted. */
  metrics(): Metrics;
  /** Releases sessions and workers; calling it twice is harmless. */
  close(): Promise<void>;
}
