import type { Activations } from './activationHealth.ts';
import type { Metrics } from './metrics.ts';

/** One point of the learning curve: the end of an epoch. */
export interface CurvePoint {
  readonly epoch: number;
  readonly step: number;
  /** Learning rate of the last step. */
  readonly learningRate: number;
  /** Means over the steps of the epoch: weighted sum and each term, in units of the scale squared. */
  readonly loss: number;
  readonly energyLoss: number;
  readonly forceLoss: number;
  readonly stressLoss: number;
  /** Mean over the steps that had the term; absent without any. */
  readonly hessianLoss?: number;
  /** Mean over the steps that had the term; absent without any. */
  readonly nodeEnergyLoss?: number;
  /** Mean and largest global norm of the gradient before clipping. */
  readonly gradientNorm: number;
  readonly largestGradientNorm: number;
  /** Part of the steps whose gradient was clipped; absent in points of older versions. */
  readonly clipped?: number;
  /** Stage, counted from 0; absent in runs without stages. */
  readonly stage?: number;
  /**
   * Largest activations of the weights in training, by block, on a few structures that stay the same;
   * absent when the epoch was not validated, and in points of older versions.
   */
  readonly activations?: Activations;
  /** Metrics of the averaged weights on the validation set; `null` when it was not evaluated. */
  readonly validation: Metrics | null;
}
