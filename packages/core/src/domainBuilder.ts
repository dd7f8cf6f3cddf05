import type { Atoms } from './atoms.ts';
import { MAX_ATOMIC_NUMBER, symbolOf } from './elements.ts';
import { neighborList, validateCutoff } from './neighborList.ts';
import { type NeighborRange, pairKey, type TrainingDomain } from './trainingDomain.ts';

const SIZE = MAX_ATOMIC_NUMBER + 1;

/** Choices of {@link DomainBuilder}. */
export interface DomainOptions {
  /** Neighbours are counted within this, Angstrom; default 4: bonds and what lies next to them. */
  readonly radius?: number;
}

/** Makes a {@link TrainingDomain} of structures that come one after the other; keeps none of them. */
export class DomainBuilder {
  readonly radius: number;
  #structures = 0;
  /** Atoms by element. */
  readonly #atoms = new Float64Array(SIZE);
  /** By centre and neighbour: smallest distance, Angstrom. */
  readonly #distances = new Float64Array(SIZE * SIZE).fill(Infinity);
  /** By centre and neighbour: fewest and most neighbours of centres that have one, and such centres. */
  readonly #fewest = new Float64Array(SIZE * SIZE).fill(Infinity);
  readonly #most = new Float64Array(SIZE * SIZE);
  readonly #carriers = new Float64Array(SIZE * SIZE);
  /** Neighbours of one atom by element. */
  readonly #counts = new Int32Array(SIZE);

  /** @throws InvalidArgumentError for a radius that is not positive */
  constructor({ radius = 4 }: DomainOptions = {}) {
    validateCutoff(radius);
    this.radius = radius;
  }

  /** @throws InvalidAtomsError for a structure that `validateAtoms` refuses */
  add(atoms: Atoms): void {
    const { numbers } = atoms;
    const counts = this.#counts;
    const list = neighborList(atoms, this.radius);
    for (let i = 0; i < numbers.length; i += 1) {
      const row = SIZE * numbers[i];
      this.#atoms[numbers[i]] += 1;
      for (let e = list.offsets[i]; e < list.offsets[i + 1]; e += 1) {
        const z = numbers[list.neighbors[e]];
        counts[z] += 1;
        this.#distances[row + z] = Math.min(this.#distances[row + z], list.distances[e]);
      }
      for (let e = list.offsets[i]; e < list.offsets[i + 1]; e += 1) {
        const z = numbers[list.neighbors[e]];
        if (counts[z] === 0) continue;
        this.#carriers[row + z] += 1;
        this.#fewest[row + z] = Math.min(this.#fewest[row + z], counts[z]);
        this.#most[row + z] = Math.max(this.#most[row + z], counts[z]);
        counts[z] = 0;
      }
    }
    this.#structures += 1;
  }

  /** What was seen so far. */
  domain(): TrainingDomain {
    const seen = [...this.#atoms.keys()].filter((z) => this.#atoms[z] > 0);
    const distances: Record<string, number> = {};
    const neighbors: Record<string, Record<string, NeighborRange>> = {};
    for (const a of seen) {
      const around: Record<string, NeighborRange> = {};
      for (const b of seen) {
        const k = SIZE * a + b;
        const everyOne = this.#carriers[k] === this.#atoms[a];
        around[symbolOf(b)] = [everyOne ? this.#fewest[k] : 0, this.#most[k]];
        if (this.#distances[k] === Infinity) continue;
        distances[pairKey(symbolOf(a), symbolOf(b))] = this.#distances[k];
      }
      neighbors[symbolOf(a)] = around;
    }
    return {
      radius: this.radius,
      structures: this.#structures,
      elements: seen.map((z) => symbolOf(z)),
      distances,
      neighbors,
    };
  }
}
