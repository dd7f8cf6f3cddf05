import type { ParameterLayout } from './parameterLayout.ts';

/** Settings of AdamW; the defaults are those of torch, except for no weight decay. */
export interface AdamWOptions {
  /** Decay of the running mean of gradients. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the running mean of squared gradients. Default 0.999. */
  readonly beta2?: number;
  /** Added to the denominator. Default 1e-8. */
  readonly epsilon?: number;
  /** Decoupled weight decay, applied to parameters whose spec says so. Default 0. */
  readonly weightDecay?: number;
  /** Divide by the largest second moment so far (Reddi et al. 2018). Default false. */
  readonly amsgrad?: boolean;
}

/** A run of elements of the flat vector that is decayed. */
type DecayRange = readonly [start: number, end: number];

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2; AMSGrad as in torch).
 *
 * Parameters and moments are stored in float32, as torch does; each update is computed in float64
 * from a float64 gradient and rounded once.
 */
export class AdamW {
  /** Running mean of gradients. */
  readonly first: Float32Array;
  /** Running mean of squared gradients. */
  readonly second: Float32Array;
  /** Largest `second` so far; empty without AMSGrad. */
  readonly largest: Float32Array;
  /** Updates made; enters the bias correction. */
  updates = 0;
  readonly #options: Required<AdamWOptions>;
  readonly #decayed: readonly DecayRange[];

  constructor(layout: ParameterLayout, options: AdamWOptions = {}) {
    this.#options = {
      beta1: options.beta1 ?? 0.9,
      beta2: options.beta2 ?? 0.999,
      epsilon: options.epsilon ?? 1e-8,
      weightDecay: options.weightDecay ?? 0,
      amsgrad: options.amsgrad ?? false,
    };
    this.first = new Float32Array(layout.length);
    this.second = new Float32Array(layout.length);
    this.largest = new Float32Array(this.#options.amsgrad ? layout.length : 0);
    this.#decayed = layout.specs.flatMap((spec, k): DecayRange[] =>
      spec.decay ? [[layout.offsets[k], layout.offsets[k] + layout.sizes[k]]] : [],
    );
  }

  /**
   * Changes `parameters` in place by one step along `gradient * gradientScale`.
   *
   * @param gradientScale factor from clipping, 1 when the gradient is taken as it is
   */
  update(
    parameters: Float32Array,
    gradient: Float64Array,
    learningRate: number,
    gradientScale = 1,
  ): void {
    const { beta1, beta2, epsilon, weightDecay, amsgrad } = this.#options;
    this.updates += 1;
    const stepSize = learningRate / (1 - beta1 ** this.updates);
    const correction = Math.sqrt(1 - beta2 ** this.updates);
    if (weightDecay !== 0) {
      const keep = 1 - learningRate * weightDecay;
      for (const [start, end] of this.#decayed) {
        for (let k = start; k < end; k++) parameters[k] *= keep;
      }
    }
    const { first, second, largest } = this;
    for (let k = 0; k < parameters.length; k++) {
      const g = gradient[k] * gradientScale;
      const m = beta1 * first[k] + (1 - beta1) * g;
      const v = beta2 * second[k] + (1 - beta2) * g * g;
      first[k] = m;
      second[k] = v;
      let spread = v;
      if (amsgrad) {
        if (v > largest[k]) largest[k] = v;
        else spread = largest[k];
      }
      parameters[k] -= (stepSize * m) / (Math.sqrt(spread) / correction + epsilon);
    }
  }
}

/** Euclidean norm of a whole gradient, summed in order of the elements. */
export function globalNorm(gradient: Float64Array): number {
  let sum = 0;
  for (const value of gradient) sum += value * value;
  return Math.sqrt(sum);
}

/** Factor that brings a gradient of this norm down to `limit`; 1 when it is shorter. */
export function clipFactor(norm: number, limit: number): number {
  return norm > limit ? limit / norm : 1;
}
