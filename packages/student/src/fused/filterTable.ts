import type { PainnConfig } from '../config.ts';
import type { Parameters } from '../parameters.ts';
import { RadialFunctions } from './radialFunctions.ts';

/** Where in an interval a cubic through values and slopes of its ends is farthest off: value, slope. */
const WORST_VALUE = 0.5;
const WORST_SLOPE = 0.2113248654051871;

/** One of so many intervals is compared with the filters; between neighbours the error hardly changes. */
const CHECKED = 4;

/** Which filters of a network: those of `parts` (0 scalar, 1 radial, 2 vector) of a block. */
export interface FilterChoice {
  readonly config: PainnConfig;
  readonly parameters: Parameters;
  readonly block: number;
  readonly parts: readonly number[];
}

/** Filters at a distance, one value for each part and feature, in float64. */
export class Filters {
  readonly values: Float64Array;
  /** 1/Angstrom. */
  readonly slopes: Float64Array;
  readonly #functions: RadialFunctions;
  readonly #weights: Float64Array;
  readonly #width: number;

  constructor({ config, parameters, block, parts }: FilterChoice) {
    const F = config.features;
    const { count } = config.radialBasis;
    const start = config.sharedFilters === true ? 0 : 3 * F * block;
    const weight = parameters.get('filter_net.weight') ?? new Float32Array(0);
    const bias = parameters.get('filter_net.bias') ?? new Float32Array(0);
    this.#functions = new RadialFunctions(config);
    this.#width = count + 1;
    this.#weights = new Float64Array(parts.length * F * this.#width);
    this.values = new Float64Array(parts.length * F);
    this.slopes = new Float64Array(parts.length * F);
    parts.forEach((part, p) => {
      for (let f = 0; f < F; f++) {
        const row = start + part * F + f;
        const at = (p * F + f) * this.#width;
        for (let k = 0; k < count; k++) this.#weights[at + k] = weight[row * count + k];
        this.#weights[at + count] = bias[row];
      }
    });
  }

  /** Weight of a radial function (the last is the cutoff function alone) in a filter. */
  weight(filter: number, radial: number): number {
    return this.#weights[filter * this.#width + radial];
  }

  at(distance: number): this {
    const { values, slopes } = this.#functions.at(distance);
    for (let k = 0; k < this.values.length; k++) {
      let value = 0;
      let slope = 0;
      for (let r = 0; r < this.#width; r++) {
        const w = this.#weights[k * this.#width + r];
        value += w * values[r];
        slope += w * slopes[r];
      }
      this.values[k] = value;
      this.slopes[k] = slope;
    }
    return this;
  }
}

/** How far a table is from the filters. */
export interface TableError {
  /** Largest difference of a filter over the largest filter. */
  readonly value: number;
  /** Largest difference of a derivative over the largest derivative. */
  readonly slope: number;
}

/** Cubics of the filters in equal intervals from 0 to the cutoff. */
export interface FilterTable {
  /** [intervals + 1][blocks of four features][parts][4 coefficients][4 features]; zero from the cutoff on. */
  readonly coefficients: Float32Array;
  readonly error: TableError;
}

/**
 * Tabulates filters: through values and derivatives at the ends of each interval, so that the table
 * has a continuous derivative and forces are exact derivatives of its energy.
 */
export function tabulate(choice: FilterChoice, intervals: number): FilterTable {
  const { config, parts } = choice;
  const F = config.features;
  const blocks = Math.ceil(F / 4);
  const filters = new Filters(choice);
  const record = blocks * parts.length * 16;
  const coefficients = new Float32Array((intervals + 1) * record);
  const size = parts.length * F;
  const h = config.cutoff / intervals;
  const cubic = new Float64Array(4 * size);
  const worst = new Worst();
  let from = ends(filters.at(0));
  for (let n = 0; n < intervals; n++) {
    const to = ends(filters.at((n + 1) * h));
    for (let k = 0; k < size; k++) {
      const f0 = from.values[k];
      const f1 = to.values[k];
      const d0 = h * from.slopes[k];
      const d1 = h * to.slopes[k];
      cubic[4 * k] = f0;
      cubic[4 * k + 1] = d0;
      cubic[4 * k + 2] = 3 * (f1 - f0) - 2 * d0 - d1;
      cubic[4 * k + 3] = 2 * (f0 - f1) + d0 + d1;
      const feature = k % F;
      const group = (feature >> 2) * parts.length + Math.floor(k / F);
      const at = n * record + group * 16 + (feature % 4);
      for (let c = 0; c < 4; c++) coefficients[at + 4 * c] = cubic[4 * k + c];
    }
    if (n % CHECKED === 0) {
      worst.compare(cubic, filters.at((n + WORST_VALUE) * h), { t: WORST_VALUE, h });
      worst.compare(cubic, filters.at((n + WORST_SLOPE) * h), { t: WORST_SLOPE, h });
    }
    from = to;
  }
  return { coefficients, error: worst.error };
}

function ends({ values, slopes }: Filters): { values: Float64Array; slopes: Float64Array } {
  return { values: values.slice(), slopes: slopes.slice() };
}

/** Largest differences so far. */
class Worst {
  #value = 0;
  #slope = 0;
  #largestValue = 0;
  #largestSlope = 0;

  compare(cubic: Float64Array, exact: Filters, { t, h }: { t: number; h: number }): void {
    for (let k = 0; k < exact.values.length; k++) {
      const c0 = cubic[4 * k];
      const c1 = cubic[4 * k + 1];
      const c2 = cubic[4 * k + 2];
      const c3 = cubic[4 * k + 3];
      const value = c0 + t * (c1 + t * (c2 + t * c3));
      const slope = (c1 + t * (2 * c2 + t * 3 * c3)) / h;
      this.#value = Math.max(this.#value, Math.abs(value - exact.values[k]));
      this.#slope = Math.max(this.#slope, Math.abs(slope - exact.slopes[k]));
      this.#largestValue = Math.max(this.#largestValue, Math.abs(exact.values[k]));
      this.#largestSlope = Math.max(this.#largestSlope, Math.abs(exact.slopes[k]));
    }
  }

  get error(): TableError {
    return {
      value: this.#value / (this.#largestValue || 1),
      slope: this.#slope / (this.#largestSlope || 1),
    };
  }
}
