import { InvalidArgumentError, Rng } from '@mlffd/core';

/** A part of a training set. */
export interface Subset {
  /** What was asked for. */
  readonly fraction: number;
  /** Numbers of the structures, ascending. */
  readonly indices: readonly number[];
}

/** What subsets are made of. */
export interface NestedSubsetsOptions {
  /** Numbers of the structures of the whole set. */
  readonly indices: ArrayLike<number>;
  /** Group of a structure, by its number: groups are taken whole. */
  readonly groupOf: (index: number) => string;
  /**
   * What no subset should lack, as elements: groups that bring something new come first. Default
   * nothing.
   */
  readonly featuresOf?: (index: number) => Iterable<string | number>;
  /** Parts of the set, above 0 up to 1. */
  readonly fractions: readonly number[];
  readonly seed: number;
}

/**
 * Subsets of a training set, smallest first, each part of the next one. Groups are taken whole and
 * in one random order, so the sizes are as near to the fractions as the groups allow.
 *
 * @throws InvalidArgumentError for a fraction out of range, or groups so few that two subsets are equal
 */
export function nestedSubsets(options: NestedSubsetsOptions): Subset[] {
  const { indices, groupOf, seed } = options;
  const fractions = [...options.fractions].sort((a, b) => a - b);
  const groups = new Map<string, number[]>();
  for (const index of Array.from(indices)) {
    const name = groupOf(index);
    const members = groups.get(name);
    if (members === undefined) groups.set(name, [index]);
    else members.push(index);
  }
  const shuffled = [...groups.values()];
  new Rng(seed, 'subsets').shuffle(shuffled);
  const order = options.featuresOf ? varied(shuffled, options.featuresOf) : shuffled;
  const ends = prefixSums(order.map(({ length }) => length));
  const counts = fractions.map((fraction) => nearest(ends, fraction * indices.length));
  requireDistinct(fractions, counts, order.length);
  return fractions.map((fraction, k) => ({
    fraction,
    indices: order
      .slice(0, counts[k])
      .flat()
      .sort((a, b) => a - b),
  }));
}

/** The groups that bring something new, then the others, both in their order. */
function varied(
  groups: readonly number[][],
  featuresOf: (index: number) => Iterable<string | number>,
): number[][] {
  const seen = new Set<string | number>();
  const [first, rest]: number[][][] = [[], []];
  for (const group of groups) {
    const before = seen.size;
    for (const index of group) for (const feature of featuresOf(index)) seen.add(feature);
    (seen.size > before ? first : rest).push(group);
  }
  return [...first, ...rest];
}

function prefixSums(lengths: readonly number[]): number[] {
  let sum = 0;
  return lengths.map((length) => (sum += length));
}

/** Number of groups, at least one, whose structures are nearest to a wanted number. */
function nearest(ends: readonly number[], wanted: number): number {
  let best = 0;
  for (let k = 1; k < ends.length; k++) {
    if (Math.abs(ends[k] - wanted) < Math.abs(ends[best] - wanted)) best = k;
  }
  return best + 1;
}

function requireDistinct(
  fractions: readonly number[],
  counts: readonly number[],
  groups: number,
): void {
  const bad = fractions.find((fraction) => !(fraction > 0 && fraction <= 1));
  const distinct = new Set(counts).size === counts.length;
  if (bad === undefined && distinct && groups > 0) return;
  throw new InvalidArgumentError('train/subsets', 'the training set has no such subsets', {
    expected: 'different fractions above 0 up to 1, and a group or more between any two of them',
    found: bad === undefined ? `${groups} groups for ${fractions.join(', ')}` : String(bad),
    where: 'fractions',
    hint: 'Give fractions that are further apart, or a dataset of more groups.',
  });
}
