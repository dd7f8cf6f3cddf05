import type { PainnConfig } from './config.ts';

/**
 * Cutoff function and its derivative at a distance outside the graph, in float64; see `cutoffFunction`.
 * Answers stay in fields, so that a loop over edges allocates nothing.
 */
export class Envelope {
  value = 0;
  /** 1/Angstrom */
  slope = 0;
  readonly #cutoff: number;
  readonly #cosine: boolean;

  constructor({ cutoff, cutoffFunction }: PainnConfig) {
    this.#cutoff = cutoff;
    this.#cosine = cutoffFunction === 'cosine';
  }

  /** Computes both at the distance `d`, Angstrom. */
  at(d: number): this {
    const x = d / this.#cutoff;
    if (x >= 1) {
      this.value = 0;
      this.slope = 0;
    } else if (this.#cosine) {
      this.value = 0.5 * (1 + Math.cos(Math.PI * x));
      this.slope = (-0.5 * Math.PI * Math.sin(Math.PI * x)) / this.#cutoff;
    } else {
      const rest = 1 - x;
      const sum = 1 + x * (3 + x * (6 + x * (10 + x * (15 + 21 * x))));
      this.value = rest * rest * rest * sum;
      const x2 = x * x;
      this.slope = (-168 * x2 * x2 * x * rest * rest) / this.#cutoff;
    }
    return this;
  }
}
