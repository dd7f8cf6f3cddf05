/**
 * Exponential moving average of the parameters.
 *
 * The decay ramps up as min(d, (1 + n) / (10 + n)) with the number n of updates, so that short runs
 * are not held back by their initial weights.
 */
export class Ema {
  readonly values: Float32Array;
  /** Updates made so far. */
  updates = 0;
  readonly #decay: number;

  constructor(initial: Float32Array, decay: number) {
    this.values = initial.slice();
    this.#decay = decay;
  }

  /** Moves the average towards `parameters`. */
  update(parameters: Float32Array): void {
    const decay = rampedDecay(this.#decay, this.updates);
    this.updates += 1;
    const { values } = this;
    for (let k = 0; k < values.length; k++) {
      values[k] += (1 - decay) * (parameters[k] - values[k]);
    }
  }
}

/** Decay in use after `updates` updates. */
export function rampedDecay(decay: number, updates: number): number {
  return Math.min(decay, (1 + updates) / (10 + updates));
}
