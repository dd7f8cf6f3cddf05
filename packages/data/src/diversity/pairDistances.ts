import { symbolOf } from '@mlffd/core';
import type { NeighborList } from '@mlffd/core';
import { covalentRadius } from '../descriptors/elementTraits.ts';
import type { PairEntry } from './diversityReport.ts';

interface Nearest {
  count: number;
  sum: number;
  min: number;
}

/** Distances of nearest neighbours by pair of elements, as structures come. */
export class PairDistances {
  readonly #pairs = new Map<number, Nearest>();

  /** @param list neighbours within any cutoff; what lies beyond is not seen */
  add(numbers: Int32Array, list: NeighborList): void {
    const nearest = new Map<number, number>();
    for (let i = 0; i < numbers.length; i++) {
      nearest.clear();
      for (let e = list.offsets[i]; e < list.offsets[i + 1]; e++) {
        const z = numbers[list.neighbors[e]];
        const d = list.distances[e];
        if (d < (nearest.get(z) ?? Infinity)) nearest.set(z, d);
      }
      for (const [z, d] of nearest) this.#note(numbers[i], z, d);
    }
  }

  #note(a: number, b: number, d: number): void {
    const key = Math.min(a, b) * 1000 + Math.max(a, b);
    const pair = this.#pairs.get(key) ?? { count: 0, sum: 0, min: Infinity };
    pair.count++;
    pair.sum += d;
    pair.min = Math.min(pair.min, d);
    this.#pairs.set(key, pair);
  }

  get entries(): PairEntry[] {
    return [...this.#pairs]
      .sort(([a], [b]) => a - b)
      .map(([key, { count, sum, min }]) => {
        const [a, b] = [Math.floor(key / 1000), key % 1000];
        return {
          pair: `${symbolOf(a)}-${symbolOf(b)}`,
          count,
          min,
          mean: sum / count,
          covalent: covalentRadius(a) + covalentRadius(b),
        };
      });
  }
}
