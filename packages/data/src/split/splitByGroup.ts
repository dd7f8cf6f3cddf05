import type { StructureMeta } from '../structure.ts';
import { ancestryClusters } from './ancestry.ts';
import { dealClusters } from './deal.ts';
import type { Cluster } from './deal.ts';
import { checkFractions, DEFAULT_FRACTIONS } from './fractions.ts';
import type { Fractions } from './fractions.ts';
import { metasOf } from './split.ts';
import type { Split, Splittable } from './split.ts';

/** Options of `splitByGroup`. */
export interface SplitOptions {
  /** Wanted fractions of the structures; they add up to 1. Default 0.8, 0.1, 0.1. */
  readonly fractions?: Fractions;
  readonly seed: number;
  /**
   * Structures to hold out for the test side, instead of some drawn at random: a temperature, a
   * composition. Their whole groups go along.
   */
  readonly hold?: (meta: StructureMeta, k: number) => boolean;
}

/**
 * Splits without tearing a group apart: structures of one group, or with a parent in common, end on
 * the same side. Every side gets its part of the large groups and of the small ones; the fractions are
 * met as well as the groups allow.
 *
 * @throws SplitError when there are fewer groups than sides, or a side would stay empty
 */
export function splitByGroup(source: Splittable, options: SplitOptions): Split {
  const metas = metasOf(source);
  const { fractions = DEFAULT_FRACTIONS, seed, hold } = options;
  checkFractions(fractions);
  const free: Cluster[] = [];
  const held: Cluster[] = [];
  for (const cluster of ancestryClusters(metas)) {
    const isHeld = hold !== undefined && cluster.some((k) => hold(metas[k], k));
    (isHeld ? held : free).push(cluster);
  }
  const sides = dealClusters(free, {
    fractions,
    seed,
    held,
    noun: 'groups that share no ancestors',
    where: 'group and parent of the structures',
  });
  const heldIds = held.flat().map((k) => metas[k].group);
  return {
    ...sides,
    kind: 'group',
    criteria: {
      seed,
      fractions: { ...fractions },
      ...(hold === undefined ? {} : { heldGroups: [...new Set(heldIds)].sort() }),
    },
  };
}
