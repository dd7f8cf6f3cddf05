import type { PainnConfig } from '../config.ts';
import { Envelope } from '../envelope.ts';

/** Below this, sin(x) / x and its derivative are taken from their series: no digits cancel, none are missed. */
const NEAR_ZERO = 1e-3;

/**
 * Radial basis times cutoff function, and the cutoff function in the last place (count + 1 values, see
 * `filterBasis`), with their derivatives by the distance, in float64.
 */
export class RadialFunctions {
  readonly values: Float64Array;
  /** 1/Angstrom. */
  readonly slopes: Float64Array;
  readonly #config: PainnConfig;
  readonly #envelope: Envelope;

  constructor(config: PainnConfig) {
    this.#config = config;
    this.#envelope = new Envelope(config);
    this.values = new Float64Array(config.radialBasis.count + 1);
    this.slopes = new Float64Array(config.radialBasis.count + 1);
  }

  /** Computes values and slopes at a distance, Angstrom, from 0 on. */
  at(d: number): this {
    const { radialBasis, cutoff } = this.#config;
    const { type, count } = radialBasis;
    const { value: f, slope: df } = this.#envelope.at(d);
    for (let k = 0; k < count; k++) {
      const [g, dg] =
        type === 'bessel'
          ? wave(((k + 1) * Math.PI) / cutoff, d)
          : gaussian(d, (k * cutoff) / (count - 1), cutoff / (count - 1));
      this.values[k] = g * f;
      this.slopes[k] = dg * f + g * df;
    }
    this.values[count] = f;
    this.slopes[count] = df;
    return this;
  }
}

function wave(k: number, d: number): [number, number] {
  const x = k * d;
  if (x < NEAR_ZERO) return [k * (1 - (x * x) / 6), (-k * k * x) / 3];
  const value = Math.sin(x) / d;
  return [value, (k * Math.cos(x) - value) / d];
}

function gaussian(d: number, centre: number, width: number): [number, number] {
  const t = (d - centre) / width;
  const value = Math.exp(-0.5 * t * t);
  return [value, (-t / width) * value];
}
