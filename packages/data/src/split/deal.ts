import { Rng } from '@mlffd/core';
import { SplitError } from '../errors.ts';
import type { Fractions } from './fractions.ts';
import { SIDES } from './split.ts';
import type { Side, Split } from './split.ts';

/** Indices that stay together. */
export type Cluster = readonly number[];

/** How clusters are dealt out. */
export interface DealOptions {
  readonly fractions: Fractions;
  readonly seed: number;
  /** Clusters that are on the test side whatever is drawn; no other then is. */
  readonly held?: readonly Cluster[];
  /** What a cluster is, for the message: `groups that share no ancestors`. */
  readonly noun: string;
  /** Where the user has to look. */
  readonly where: string;
}

/**
 * Deals out whole clusters, large ones first, each to the side that lacks most of what has been dealt
 * so far: so every side gets its part of the large clusters and of the small ones, and the small ones
 * even out the fractions at last. Measured by the whole set, the sides with small fractions would be
 * filled with small clusters only, and a test side would be no sample of what is trained on.
 *
 * @throws SplitError `data/too-few-groups` when a side would stay empty
 */
export function dealClusters(clusters: readonly Cluster[], options: DealOptions): Split {
  const { fractions, held = [], seed, noun, where } = options;
  const sides: Record<Side, number[]> = { train: [], validation: [], test: held.flat() };
  const wanted = SIDES.filter(
    (side) => fractions[side] > 0 && !(held.length > 0 && side === 'test'),
  );
  const total = sides.test.length + clusters.reduce((sum, { length }) => sum + length, 0);
  if (clusters.length < wanted.length) {
    throw new SplitError(
      'data/too-few-groups',
      `${clusters.length} ${noun} cannot fill ${wanted.length} sides`,
      {
        expected: `at least ${wanted.length} ${noun}`,
        found: `${clusters.length} in ${total} structures`,
        where,
        hint: 'Make more trajectories or parents, or ask for fewer sides (a fraction of 0).',
      },
    );
  }
  const free = [...clusters];
  new Rng(seed, 'split').shuffle(free);
  // Stable: clusters of one size keep their random order.
  free.sort((a, b) => b.length - a.length);
  const whole = wanted.reduce((sum, side) => sum + fractions[side], 0);
  let dealt = 0;
  const lack = (side: Side) => (fractions[side] / whole) * dealt - sides[side].length;
  for (const [k, cluster] of free.entries()) {
    dealt += cluster.length;
    const empty = wanted.filter((side) => sides[side].length === 0);
    // The last clusters are kept for the sides that would get none.
    const open = free.length - k <= empty.length ? empty : wanted;
    const side = open.reduce((best, next) => (lack(next) > lack(best) ? next : best));
    for (const index of cluster) sides[side].push(index);
  }
  return {
    train: ascending(sides.train),
    validation: ascending(sides.validation),
    test: ascending(sides.test),
  };
}

/** The indices in ascending order. */
export function ascending(indices: Iterable<number>): Int32Array {
  return Int32Array.from(indices).sort();
}
