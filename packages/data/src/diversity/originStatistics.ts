import { coarseHash } from '../contentHash.ts';
import type { LabelledStructure } from '../structure.ts';
import { effectiveNumber, increment, mostFrequent } from './counts.ts';
import { binsOf, distributionOf } from './distribution.ts';
import type { DiversityReport } from './diversityReport.ts';

/** Structures that agree on this grid are the same, Angstrom. */
const SAME = 1e-3;
/** Digits of the hash that are kept: 96 bits, far from any collision among millions. */
const HASH_DIGITS = 24;
/** Sources that a report lists. */
const LISTED = 30;

/** Where structures come from, and which come twice, as they come. */
export class OriginStatistics {
  readonly #sources = new Map<string, number>();
  readonly #groups = new Map<string, number>();
  readonly #temperatures: number[] = [];
  readonly #known = new Set<string>();
  #structures = 0;
  #duplicates = 0;

  add({ atoms, meta }: LabelledStructure): void {
    this.#structures++;
    increment(this.#sources, meta.source);
    increment(this.#groups, meta.group);
    if (meta.temperature !== undefined) this.#temperatures.push(meta.temperature);
    const hash = coarseHash(atoms, SAME).slice(0, HASH_DIGITS);
    if (this.#known.has(hash)) this.#duplicates++;
    this.#known.add(hash);
  }

  get sources(): DiversityReport['sources'] {
    return mostFrequent(this.#sources, LISTED);
  }

  get groups(): DiversityReport['groups'] {
    const [largest] = mostFrequent(this.#groups, 1);
    return {
      count: this.#groups.size,
      effective: effectiveNumber(this.#groups.values()),
      largest,
    };
  }

  get temperatures(): DiversityReport['temperatures'] {
    const distribution = distributionOf(this.#temperatures);
    if (distribution === null) return { distribution, bins: null };
    const { min, max } = distribution;
    return { distribution, bins: binsOf(this.#temperatures, [min, max], 20) };
  }

  /** Share of structures that repeat an earlier one, 0..1. */
  get duplicates(): number {
    return this.#duplicates / Math.max(1, this.#structures);
  }
}
