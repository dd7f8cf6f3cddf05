import type { ParameterLayout } from './parameterLayout.ts';

/** How a block of the model fares in one step. */
export interface BlockHealth {
  /** Norm of its gradient before clipping. */
  readonly gradient: number;
  /** Norm of its change over the norm of its weights; `null` while these are all zero. */
  readonly update: number | null;
}

/** How the parts of a model fare in one step. */
export interface StepHealth {
  /** Part of the steps of this epoch so far whose gradient was clipped; `null` if that was not counted. */
  readonly clipped: number | null;
  /** By block: `embedding`, `filters`, `interaction.0`, `mixing.0`, `readout` ... */
  readonly blocks: Readonly<Record<string, BlockHealth>>;
}

/** Looks at single steps block by block; in between it costs nothing. */
export class HealthProbe {
  readonly #layout: ParameterLayout;
  #before = new Float32Array(0);

  constructor(layout: ParameterLayout) {
    this.#layout = layout;
  }

  /** Remembers the weights before an update. */
  start(parameters: Float32Array): void {
    if (this.#before.length === 0) this.#before = new Float32Array(parameters.length);
    this.#before.set(parameters);
  }

  /** Compares with the weights after the update. */
  finish(parameters: Float32Array, gradient: Float64Array): StepHealth['blocks'] {
    const sums = new Map<string, { gradient: number; change: number; weight: number }>();
    const { specs, offsets, sizes } = this.#layout;
    specs.forEach(({ block }, k) => {
      const sum = sums.get(block) ?? { gradient: 0, change: 0, weight: 0 };
      sums.set(block, sum);
      for (let i = offsets[k]; i < offsets[k] + sizes[k]; i++) {
        sum.gradient += gradient[i] ** 2;
        sum.change += (parameters[i] - this.#before[i]) ** 2;
        sum.weight += this.#before[i] ** 2;
      }
    });
    return Object.fromEntries(
      [...sums].map(([block, { gradient: g, change, weight }]) => [
        block,
        { gradient: Math.sqrt(g), update: weight > 0 ? Math.sqrt(change / weight) : null },
      ]),
    );
  }
}

/** Name of the first parameter with a value that is not finite. */
export function firstNotFinite(
  { specs, offsets, sizes }: ParameterLayout,
  values: Float64Array,
): string | undefined {
  return specs.find((_, k) => {
    for (let i = offsets[k]; i < offsets[k] + sizes[k]; i++) {
      if (!Number.isFinite(values[i])) return true;
    }
    return false;
  })?.name;
}
