import { InvalidArgumentError, MAX_ATOMIC_NUMBER, numberOf, symbolOf } from '@mlffd/core';
import { requirePositive } from '../checks.ts';

/** Depth and size of one pair potential. */
export interface LennardJonesPair {
  /** Two chemical symbols, in any order. */
  readonly elements: readonly [string, string];
  /** Depth of the well, eV. */
  readonly epsilon: number;
  /** Distance of zero energy, Angstrom. */
  readonly sigma: number;
}

/** Parameters that hold for every pair without an entry of its own. */
export interface CommonPair {
  readonly epsilon: number;
  readonly sigma: number;
}

/**
 * Parameters by pair of kinds: `kinds[Z]` is -1 for an element without any, and the pair (a, b) of
 * kinds has its values at index a * count + b.
 */
export interface PairTable {
  readonly count: number;
  readonly kinds: Int32Array;
  readonly epsilons: Float64Array;
  readonly sigmas: Float64Array;
}

/**
 * Looks up or mixes the parameters of every pair.
 *
 * Without `common`, elements are those named in `pairs`, and a mixed pair without an entry takes
 * sigma = (s_a + s_b) / 2, epsilon = sqrt(e_a e_b) (Lorentz, Berthelot) from the like pairs.
 * @throws InvalidArgumentError for values that are not positive, doubled pairs, and pairs that can
 * not be mixed
 */
export function pairTable(
  pairs: readonly LennardJonesPair[],
  common: CommonPair | undefined,
): PairTable {
  const named = new Map<string, LennardJonesPair>();
  const numbers = new Set<number>();
  for (const pair of pairs) {
    const [a, b] = pair.elements.map((symbol) => numberOf(symbol));
    checkValues(pair, pair.elements.join('-'));
    if (named.has(key(a, b))) throw badPair(a, b, 'given twice', 'Keep one of the two.');
    named.set(key(a, b), pair);
    numbers.add(a).add(b);
  }
  if (common !== undefined) checkValues(common, 'all pairs');
  const kinds = new Int32Array(MAX_ATOMIC_NUMBER + 1).fill(-1);
  const members = [...numbers].sort((a, b) => a - b);
  members.forEach((z, kind) => (kinds[z] = kind));
  if (common !== undefined) {
    // One more kind for everything that is not named.
    for (let z = 0; z < kinds.length; z++) if (kinds[z] < 0) kinds[z] = members.length;
    members.push(0);
  }
  const count = members.length;
  const epsilons = new Float64Array(count * count);
  const sigmas = new Float64Array(count * count);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) {
      const found = named.get(key(members[a], members[b])) ?? common;
      const { epsilon, sigma } = found ?? mixed(named, members[a], members[b]);
      epsilons[a * count + b] = epsilon;
      sigmas[a * count + b] = sigma;
    }
  }
  return { count, kinds, epsilons, sigmas };
}

function key(a: number, b: number): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}

function mixed(named: ReadonlyMap<string, LennardJonesPair>, a: number, b: number): CommonPair {
  const first = named.get(key(a, a));
  const second = named.get(key(b, b));
  if (first === undefined || second === undefined) {
    throw badPair(
      a,
      b,
      'missing',
      'Give it, or both like pairs, or epsilon and sigma for all pairs.',
    );
  }
  return {
    epsilon: Math.sqrt(first.epsilon * second.epsilon),
    sigma: 0.5 * (first.sigma + second.sigma),
  };
}

function badPair(a: number, b: number, found: string, hint: string): InvalidArgumentError {
  const name = `${symbolOf(a)}-${symbolOf(b)}`;
  return new InvalidArgumentError('lj/invalid-pairs', `the pair ${name} is ${found}`, {
    expected: 'one entry per pair of elements',
    found: `${name} ${found}`,
    where: 'pairs',
    hint,
  });
}

function checkValues({ epsilon, sigma }: CommonPair, where: string): void {
  requirePositive(epsilon, `epsilon of ${where}`, 'eV');
  requirePositive(sigma, `sigma of ${where}`, 'Angstrom');
}
