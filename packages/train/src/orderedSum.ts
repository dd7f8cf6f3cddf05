import type { LossTerms } from './engine.ts';

/** Sum of micro-batch gradients in float64, always in the order of the micro-batches. */
export class OrderedSum {
  readonly gradient: Float64Array;
  readonly loss: LossTerms = { energy: 0, forces: 0, stress: 0 };

  constructor(length: number) {
    this.gradient = new Float64Array(length);
  }

  reset(): void {
    this.gradient.fill(0);
    this.loss.energy = 0;
    this.loss.forces = 0;
    this.loss.stress = 0;
    this.loss.hessian = undefined;
    this.loss.nodeEnergies = undefined;
  }

  /** Adds a part of a gradient that starts at `offset` of the flat vector. */
  addGradient(part: Float32Array, offset: number): void {
    const { gradient } = this;
    for (let k = 0; k < part.length; k++) gradient[offset + k] += part[k];
  }

  addLoss(loss: LossTerms): void {
    this.loss.energy += loss.energy;
    this.loss.forces += loss.forces;
    this.loss.stress += loss.stress;
    if (loss.hessian !== undefined) this.loss.hessian = (this.loss.hessian ?? 0) + loss.hessian;
    if (loss.nodeEnergies !== undefined) {
      this.loss.nodeEnergies = (this.loss.nodeEnergies ?? 0) + loss.nodeEnergies;
    }
  }
}
