import type { Atoms } from './atoms.ts';
import { MAX_ATOMIC_NUMBER, numberOf, symbolOf } from './elements.ts';
import { InvalidArgumentError } from './errors.ts';
import { type NeighborList, neighborList } from './neighborList.ts';
import { pairKey, type TrainingDomain } from './trainingDomain.ts';

const SIZE = MAX_ATOMIC_NUMBER + 1;

/** How far beyond what was seen is still inside. */
export interface DomainMargins {
  /** Distances may be smaller by this part; default 0.05. */
  readonly distance?: number;
  /** Neighbours may be this many fewer or more; default 1. */
  readonly neighbors?: number;
}

/** Something about a structure that no training structure had. */
export interface DomainViolation {
  /** An element, a distance smaller than any, or a number of neighbours outside of the range. */
  readonly kind: 'element' | 'distance' | 'neighbors';
  /** Index of the atom. */
  readonly atom: number;
  /** For a distance: index of the other atom (the same for an image of itself). */
  readonly other?: number;
  /** Distance in Angstrom, number of neighbours, or atomic number. */
  readonly found: number;
  /** What was seen, in words. */
  readonly expected: string;
  /** One sentence without a full stop. */
  readonly message: string;
}

/** Compares structures with a domain; tables are made once, so that many comparisons are cheap. */
export class DomainChecker {
  readonly domain: TrainingDomain;
  readonly #neighborMargin: number;
  readonly #known = new Uint8Array(SIZE);
  /** By centre and neighbour: distances below are unseen, Angstrom. */
  readonly #nearest = new Float64Array(SIZE * SIZE);
  readonly #fewest = new Float64Array(SIZE * SIZE);
  readonly #most = new Float64Array(SIZE * SIZE);
  readonly #counts = new Int32Array(SIZE);
  readonly #elements: Int32Array;

  /** @throws InvalidArgumentError for margins that are negative, or of 1 and more for distances */
  constructor(domain: TrainingDomain, margins: DomainMargins = {}) {
    const { distance = 0.05, neighbors = 1 } = margins;
    requireMargin('distance', distance, 1);
    requireMargin('neighbors', neighbors, Infinity);
    this.domain = domain;
    this.#neighborMargin = neighbors;
    this.#elements = Int32Array.from(domain.elements, (symbol) => numberOf(symbol));
    for (const a of this.#elements) {
      this.#known[a] = 1;
      for (const b of this.#elements) {
        const k = SIZE * a + b;
        const range = domain.neighbors[symbolOf(a)]?.[symbolOf(b)] ?? [0, 0];
        const seen = domain.distances[pairKey(symbolOf(a), symbolOf(b))] ?? domain.radius;
        this.#nearest[k] = seen * (1 - distance);
        this.#fewest[k] = range[0] - neighbors;
        this.#most[k] = range[1] + neighbors;
      }
    }
  }

  /**
   * What is outside of the domain, in the order of the atoms.
   *
   * @param options.list of `atoms`, with a cutoff of at least the domain's radius; default: one is made
   * @param options.limit stop when this many are found
   */
  check(
    atoms: Atoms,
    options: { readonly list?: NeighborList; readonly limit?: number } = {},
  ): DomainViolation[] {
    const { limit = Infinity, list = neighborList(atoms, this.domain.radius) } = options;
    const { numbers } = atoms;
    const found: DomainViolation[] = [];
    for (let i = 0; i < numbers.length && found.length < limit; i += 1) {
      if (this.#known[numbers[i]] === 1) this.#checkAtom(i, { numbers, list, found });
      else found.push(this.#unknownElement(i, numbers[i]));
    }
    return found.length > limit ? found.slice(0, limit) : found;
  }

  #checkAtom(
    i: number,
    {
      numbers,
      list,
      found,
    }: { numbers: Atoms['numbers']; list: NeighborList; found: DomainViolation[] },
  ): void {
    const { radius } = this.domain;
    const counts = this.#counts;
    const row = SIZE * numbers[i];
    for (let e = list.offsets[i]; e < list.offsets[i + 1]; e += 1) {
      const distance = list.distances[e];
      if (distance >= radius) continue;
      const j = list.neighbors[e];
      const z = numbers[j];
      counts[z] += 1;
      // Both atoms of a pair list it; with an unknown element it is that which is reported.
      if (i > j || this.#known[z] === 0 || distance >= this.#nearest[row + z]) continue;
      // An image of the atom itself is listed in both directions.
      if (i === j && found.at(-1)?.atom === i && found.at(-1)?.other === i) continue;
      found.push(this.#tooNear(numbers, { i, j, distance }));
    }
    for (const z of this.#elements) {
      const count = counts[z];
      counts[z] = 0;
      if (count < this.#fewest[row + z] || count > this.#most[row + z]) {
        found.push(this.#crowding(i, { center: numbers[i], neighbor: z, count }));
      }
    }
    // Those of elements that the domain does not know.
    for (let e = list.offsets[i]; e < list.offsets[i + 1]; e += 1) {
      counts[numbers[list.neighbors[e]]] = 0;
    }
  }

  #unknownElement(atom: number, z: number): DomainViolation {
    const expected = `one of ${this.domain.elements.join(', ')}`;
    const message = `atom ${atom} is ${symbolOf(z)}, which was not in the training structures`;
    return { kind: 'element', atom, found: z, expected, message };
  }

  #tooNear(
    numbers: Atoms['numbers'],
    { i, j, distance }: { i: number; j: number; distance: number },
  ): DomainViolation {
    const [a, b] = [symbolOf(numbers[i]), symbolOf(numbers[j])];
    const seen = this.domain.distances[pairKey(a, b)];
    const expected =
      seen === undefined
        ? `${pairKey(a, b)} at ${this.domain.radius} A and more`
        : `${pairKey(a, b)} at ${seen.toFixed(3)} A and more`;
    const message = `atoms ${i} (${a}) and ${j} (${b}) are ${distance.toFixed(3)} A apart`;
    return { kind: 'distance', atom: i, other: j, found: distance, expected, message };
  }

  #crowding(
    atom: number,
    { center, neighbor, count }: { center: number; neighbor: number; count: number },
  ): DomainViolation {
    const [a, b] = [symbolOf(center), symbolOf(neighbor)];
    const { radius, neighbors } = this.domain;
    const [least, most] = neighbors[a]?.[b] ?? [0, 0];
    const expected = `${least} to ${most} ${b}${margin(this.#neighborMargin)}`;
    const message = `atom ${atom} (${a}) has ${count} ${b} within ${radius} A`;
    return { kind: 'neighbors', atom, found: count, expected, message };
  }
}

/** What about a structure is outside of a domain, in the order of the atoms; empty: nothing. */
export function checkDomain(
  atoms: Atoms,
  domain: TrainingDomain,
  margins: DomainMargins = {},
): DomainViolation[] {
  return new DomainChecker(domain, margins).check(atoms);
}

function margin(neighbors: number): string {
  return neighbors === 0 ? '' : `, and ${neighbors} fewer or more`;
}

function requireMargin(name: string, value: number, below: number): void {
  if (value >= 0 && (value < below || below === Infinity)) return;
  throw new InvalidArgumentError('domain/invalid-margin', `the margin for ${name} is ${value}`, {
    expected: below === Infinity ? 'a number >= 0' : `a number >= 0 and < ${below}`,
    found: String(value),
    where: `margins.${name}`,
    hint: 'Leave it out for the default.',
  });
}
