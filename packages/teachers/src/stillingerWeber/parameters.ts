import { InvalidArgumentError, MAX_ATOMIC_NUMBER, numberOf } from '@mlffd/core';

/**
 * One line of a LAMMPS `.sw` file: an angle at the first element between the second and the third.
 * Two-body terms of i and j, and the range and `gamma` of that side of an angle, are those of `i j j`.
 */
export interface StillingerWeberEntry {
  /** Chemical symbols: centre, neighbour, neighbour. */
  readonly elements: readonly [string, string, string];
  /** eV. */
  readonly epsilon: number;
  /** Angstrom. */
  readonly sigma: number;
  /** Range in units of sigma. */
  readonly a: number;
  readonly lambda: number;
  readonly gamma: number;
  /** Cosine of the angle without energy, default -1/3. */
  readonly cosTheta0?: number;
  readonly A: number;
  readonly B: number;
  readonly p: number;
  readonly q: number;
}

/**
 * Silicon, F. H. Stillinger and T. A. Weber, Phys. Rev. B 31, 5262 (1985), epsilon as all later work
 * has it: the cohesive energy of the diamond structure is 2 epsilon.
 */
export const STILLINGER_WEBER_SILICON: StillingerWeberEntry = {
  elements: ['Si', 'Si', 'Si'],
  epsilon: 2.1683,
  sigma: 2.0951,
  a: 1.8,
  lambda: 21,
  gamma: 1.2,
  cosTheta0: -1 / 3,
  A: 7.049556277,
  B: 0.6022245584,
  p: 4,
  q: 0,
};

/** Parameters by kinds of atoms. */
export interface StillingerWeberTable {
  /** Kind of each atomic number, -1 for none. */
  readonly kinds: Int32Array;
  readonly elements: readonly number[];
  /** Entry `i j j` of each ordered pair of kinds. */
  readonly pairs: readonly StillingerWeberEntry[];
  /** a sigma of each ordered pair, Angstrom. */
  readonly ranges: Float64Array;
  /** lambda epsilon of each triple of kinds, eV. */
  readonly strengths: Float64Array;
  readonly cosines: Float64Array;
}

/** @throws InvalidArgumentError unless the entries make a potential, one that is complete */
export function stillingerWeberTable(
  entries: readonly StillingerWeberEntry[],
): StillingerWeberTable {
  const given = new Map<string, StillingerWeberEntry>();
  for (const entry of entries) {
    checkEntry(entry);
    const key = entry.elements.join('-');
    if (given.has(key)) throw invalid('entries', `${key} twice`, 'one entry for each triple');
    given.set(key, entry);
  }
  const symbols = [...new Set(entries.flatMap(({ elements }) => elements))];
  if (symbols.length === 0) throw invalid('entries', 'none', 'at least one entry');
  const elements = symbols.map((symbol) => numberOf(symbol));
  const kinds = new Int32Array(MAX_ATOMIC_NUMBER + 1).fill(-1);
  for (const [kind, z] of elements.entries()) kinds[z] = kind;
  const find = (...[i, j, k]: readonly string[]): StillingerWeberEntry => {
    const [entry, mirrored] = [given.get(`${i}-${j}-${k}`), given.get(`${i}-${k}-${j}`)];
    const either = entry ?? mirrored;
    if (either === undefined) {
      throw invalid('entries', `no ${i}-${j}-${k}`, 'an entry for every triple of elements');
    }
    if (entry !== undefined && mirrored !== undefined) requireSame(entry, mirrored, ANGLE);
    return either;
  };
  const pairs = symbols.flatMap((i) => symbols.map((j) => find(i, j, j)));
  const triples = symbols.flatMap((i) => symbols.flatMap((j) => symbols.map((k) => find(i, j, k))));
  for (const [k, pair] of pairs.entries()) {
    const [i, j] = [Math.floor(k / symbols.length), k % symbols.length];
    requireSame(pair, pairs[j * symbols.length + i], PAIR);
  }
  return {
    kinds,
    elements,
    pairs,
    ranges: Float64Array.from(pairs, ({ a, sigma }) => a * sigma),
    strengths: Float64Array.from(triples, ({ lambda, epsilon }) => lambda * epsilon),
    cosines: Float64Array.from(triples, ({ cosTheta0 }) => cosTheta0 ?? -1 / 3),
  };
}

const PAIR = ['epsilon', 'sigma', 'a', 'A', 'B', 'p', 'q'] as const;
const ANGLE = ['epsilon', 'lambda', 'cosTheta0'] as const;
const NOT_NEGATIVE = ['epsilon', 'sigma', 'a', 'lambda', 'gamma', 'A', 'B', 'p', 'q'] as const;

function checkEntry(entry: StillingerWeberEntry): void {
  const where = entry.elements.join('-');
  for (const name of NOT_NEGATIVE) {
    if (entry[name] >= 0 && Number.isFinite(entry[name])) continue;
    throw invalid(`${name} of ${where}`, entry[name], 'a finite number, 0 or more');
  }
  // Lines of three elements have no range of their own, and files give zeros there.
  const isPair = entry.elements[1] === entry.elements[2];
  if (isPair && entry.a * entry.sigma === 0) {
    throw invalid(`a and sigma of ${where}`, 0, 'a positive range, a sigma');
  }
  const { cosTheta0 = 0 } = entry;
  if (Math.abs(cosTheta0) <= 1) return;
  throw invalid(`cosTheta0 of ${where}`, cosTheta0, 'a cosine, from -1 to 1');
}

function requireSame(
  one: StillingerWeberEntry,
  other: StillingerWeberEntry,
  names: readonly (typeof PAIR | typeof ANGLE)[number][],
): void {
  for (const name of names) {
    if (one[name] === other[name]) continue;
    const [a, b] = [one, other].map(({ elements }) => elements.join('-'));
    throw invalid(
      `${name} of ${a} and ${b}`,
      `${String(one[name])} and ${String(other[name])}`,
      'the same value: the two entries describe the same pair or angle',
    );
  }
}

function invalid(where: string, value: unknown, expected: string): InvalidArgumentError {
  const found = String(value);
  return new InvalidArgumentError('teachers/invalid-option', `${where}: ${found}`, {
    expected,
    found,
    where,
  });
}
