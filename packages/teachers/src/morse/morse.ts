import {
  type Atoms,
  type Calculator,
  COVALENT_RADII,
  InvalidArgumentError,
  numberOf,
  type Property,
  type Results,
  sha256,
  stableStringify,
  VerletList,
} from '@mlffd/core';
import { checkRequest, requirePositive } from '../checks.ts';
import { PairSums } from '../pairs/pairSums.ts';

/** The well of one pair of elements. */
export interface MorsePair {
  /** Two chemical symbols, in any order. */
  readonly elements: readonly [string, string];
  /** Depth of the well, eV. */
  readonly depth: number;
  /** Distance of the minimum, Angstrom. */
  readonly distance: number;
}

export interface MorseOptions {
  /** Depth of every pair that is not named, eV, default 1. */
  readonly depth?: number;
  /** Distance of the minimum of every pair that is not named, Angstrom; default the sum of the
   * covalent radii, for every element that has one. */
  readonly distance?: number;
  readonly pairs?: readonly MorsePair[];
  /** Steepness: the force constant is 2 depth (steepness / distance)^2; default 6. */
  readonly steepness?: number;
  /** Where the smooth cutoff begins, in units of the pair's distance, default 1.9. */
  readonly inner?: number;
  /** Where the energy is zero, in units of the pair's distance, default 2.7. */
  readonly outer?: number;
  /** Candidates are kept this much farther than the cutoff, Angstrom, default 0.5. */
  readonly skin?: number;
}

/**
 * Morse potential u(r) = D (exp(-2 a (r/r0 - 1)) - 2 exp(-a (r/r0 - 1))) f(r), in float64, answering
 * at once (P. M. Morse, Phys. Rev. 34, 57 (1929)).
 *
 * f goes from 1 to 0 as 6 s^5 - 15 s^4 + 10 s^3, s = (outer - r/r0) / (outer - inner): energy, force
 * and curvature are continuous. Without parameters every pair has its minimum at the sum of the
 * covalent radii: no chemistry, but smooth forces of a sensible size for any elements.
 */
export class Morse implements Calculator {
  readonly name = 'morse';
  readonly properties: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];
  readonly elements?: readonly number[];
  /** SHA-256 of everything that decides the energies. */
  readonly fingerprint: string;
  readonly #depth: number;
  readonly #distance: number | undefined;
  readonly #pairs = new Map<number, MorsePair>();
  readonly #steepness: number;
  readonly #inner: number;
  readonly #outer: number;
  readonly #skin: number;
  #list: VerletList | undefined;
  #reach = 0;
  // Parameters by pair of elements of the structure at hand.
  readonly #kinds = new Int32Array(COVALENT_RADII.length);
  #members: readonly number[] = [];
  #depths = new Float64Array();
  #distances = new Float64Array();

  /** @throws InvalidArgumentError for parameters that make no potential */
  constructor(options: MorseOptions = {}) {
    const { depth = 1, distance, pairs = [], steepness = 6, inner = 1.9, outer = 2.7 } = options;
    requirePositive(depth, 'depth', 'eV');
    if (distance !== undefined) requirePositive(distance, 'distance', 'Angstrom');
    requirePositive(steepness, 'steepness', '');
    requirePositive(inner, 'inner', 'units of the distance');
    if (!(outer > inner && Number.isFinite(outer))) throw invalidOuter(inner, outer);
    for (const pair of pairs) {
      requirePositive(pair.depth, `depth of ${pair.elements.join('-')}`, 'eV');
      requirePositive(pair.distance, `distance of ${pair.elements.join('-')}`, 'Angstrom');
      const [a, b] = pair.elements.map((symbol) => numberOf(symbol));
      if (this.#pairs.has(keyOf(a, b))) throw doubledPair(pair);
      this.#pairs.set(keyOf(a, b), pair);
    }
    this.#depth = depth;
    this.#distance = distance;
    this.#steepness = steepness;
    this.#inner = inner;
    this.#outer = outer;
    this.#skin = options.skin ?? 0.5;
    if (distance === undefined) {
      this.elements = Array.from({ length: LAST_MEASURED }, (_, k) => k + 1);
    }
    this.fingerprint = sha256(
      stableStringify({
        type: 'morse',
        depth,
        ...(distance === undefined ? {} : { distance }),
        pairs: [...this.#pairs].map(([key, pair]) => [key, pair.depth, pair.distance]),
        steepness,
        inner,
        outer,
      }),
    );
  }

  calculate(atoms: Atoms, properties: readonly Property[]): Results {
    checkRequest(this, atoms, properties);
    this.#prepare(atoms.numbers);
    const sums = new PairSums(atoms.numbers.length);
    const list = this.#listOf(atoms);
    const { numbers } = atoms;
    const count = this.#members.length;
    const depths = this.#depths;
    const distances = this.#distances;
    const kinds = this.#kinds;
    const steepness = this.#steepness;
    const inner = this.#inner;
    const outer = this.#outer;
    const width = outer - inner;
    for (let e = 0; e < list.count; e++) {
      const pair = kinds[numbers[list.centers[e]]] * count + kinds[numbers[list.neighbors[e]]];
      const r0 = distances[pair];
      const x = list.distances[e] / r0;
      if (x >= outer) continue;
      const decay = Math.exp(steepness * (1 - x));
      const pure = depths[pair] * decay * (decay - 2);
      const slope = (2 * depths[pair] * steepness * decay * (1 - decay)) / r0;
      if (x <= inner) {
        sums.add(list, e, pure, slope);
        continue;
      }
      const s = (outer - x) / width;
      const f = s * s * s * (10 + s * (6 * s - 15));
      const df = (-30 * s * s * (1 - s) * (1 - s)) / (width * r0);
      sums.add(list, e, f * pure, f * slope + df * pure);
    }
    return sums.results(atoms, properties);
  }

  dispose(): void {
    // Nothing is held outside the memory of JavaScript.
  }

  /** Looks up the parameters of all pairs, unless the elements are those of the last structure. */
  #prepare(numbers: Int32Array): void {
    const kinds = this.#kinds;
    if (numbers.every((z) => this.#members[kinds[z]] === z)) return;
    const members = [...new Set(numbers)];
    for (const [kind, z] of members.entries()) kinds[z] = kind;
    this.#members = members;
    this.#depths = new Float64Array(members.length ** 2);
    this.#distances = new Float64Array(members.length ** 2);
    for (const [k, a] of members.entries()) {
      for (const [m, b] of members.entries()) {
        const named = this.#pairs.get(keyOf(a, b));
        const radii = COVALENT_RADII[a] + COVALENT_RADII[b];
        this.#depths[k * members.length + m] = named?.depth ?? this.#depth;
        this.#distances[k * members.length + m] = named?.distance ?? this.#distance ?? radii;
      }
    }
  }

  #listOf(atoms: Atoms): ReturnType<VerletList['update']> {
    const reach = this.#outer * this.#distances.reduce((most, r0) => Math.max(most, r0), 0);
    if (this.#list === undefined || reach !== this.#reach) {
      this.#list = new VerletList({ cutoff: reach, skin: this.#skin });
      this.#reach = reach;
    }
    return this.#list.update(atoms);
  }
}

/** Curium: beyond it nobody has measured a covalent radius. */
const LAST_MEASURED = 96;

const keyOf = (a: number, b: number): number => Math.min(a, b) * 1000 + Math.max(a, b);

function invalidOuter(inner: number, outer: number): InvalidArgumentError {
  return new InvalidArgumentError('teachers/invalid-option', `outer is ${outer}`, {
    expected: `a number above inner, ${inner}`,
    found: String(outer),
    where: 'outer',
  });
}

function doubledPair({ elements }: MorsePair): InvalidArgumentError {
  return new InvalidArgumentError('teachers/invalid-option', 'a pair is given twice', {
    expected: 'one entry per pair of elements',
    found: elements.join('-'),
    where: 'pairs',
    hint: 'Keep one of the two.',
  });
}
