import { rankCorrelation } from '@mlffd/core';
import type { ForceFigures, PairedValues, PairFigures } from './report.ts';

/** Below this length of a reference force its direction is noise, eV/Angstrom. */
const SHORTEST_DIRECTION = 1e-3;

/** Agreement of two lists of the same length, at least one value. */
export function pairFigures({ a, b }: PairedValues): PairFigures {
  const count = a.length;
  const mean = a.reduce((sum, value) => sum + value, 0) / count;
  let [absolute, squares, signed, max, spread] = [0, 0, 0, 0, 0];
  for (let k = 0; k < count; k++) {
    const difference = b[k] - a[k];
    absolute += Math.abs(difference);
    squares += difference * difference;
    signed += difference;
    max = Math.max(max, Math.abs(difference));
    spread += (a[k] - mean) ** 2;
  }
  return {
    count,
    mae: absolute / count,
    rmse: Math.sqrt(squares / count),
    max,
    bias: signed / count,
    r2: spread > 0 ? 1 - squares / spread : null,
  };
}

/** Spearman's rank correlation; null where either is constant. */
export function rankAgreement({ a, b }: PairedValues): number | null {
  const found = rankCorrelation(a, b);
  return Number.isNaN(found) ? null : found;
}

/** Differences of the forces on a group of atoms. */
export class ForceTally {
  #atoms = 0;
  #absolute = 0;
  #squares = 0;
  #max = 0;
  #cosines = 0;
  #directed = 0;

  /** Adds atom `i` of both, eV/Angstrom. */
  add(a: Float64Array, b: Float64Array, i: number): void {
    let [dot, aa, bb] = [0, 0, 0];
    for (let k = 3 * i; k < 3 * i + 3; k++) {
      const difference = Math.abs(b[k] - a[k]);
      this.#absolute += difference;
      this.#squares += difference * difference;
      this.#max = Math.max(this.#max, difference);
      dot += a[k] * b[k];
      aa += a[k] * a[k];
      bb += b[k] * b[k];
    }
    this.#atoms++;
    if (aa < SHORTEST_DIRECTION ** 2) return;
    this.#directed++;
    if (bb > 0) this.#cosines += dot / Math.sqrt(aa * bb);
  }

  get atoms(): number {
    return this.#atoms;
  }

  /** Of at least one atom. */
  figures(): ForceFigures {
    const components = 3 * this.#atoms;
    return {
      atoms: this.#atoms,
      mae_meV_A: (1000 * this.#absolute) / components,
      rmse_meV_A: 1000 * Math.sqrt(this.#squares / components),
      max_meV_A: 1000 * this.#max,
      cosine: this.#directed > 0 ? this.#cosines / this.#directed : null,
    };
  }
}
