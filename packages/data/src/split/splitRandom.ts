import { dealClusters } from './deal.ts';
import { checkFractions, DEFAULT_FRACTIONS } from './fractions.ts';
import type { Fractions } from './fractions.ts';
import { metasOf } from './split.ts';
import type { Split, Splittable } from './split.ts';

/** Options of `splitRandom`. */
export interface SplitRandomOptions {
  /** Wanted fractions of the structures; they add up to 1. Default 0.8, 0.1, 0.1. */
  readonly fractions?: Fractions;
  readonly seed: number;
}

/**
 * Draws every structure for itself. **This leaks** whenever structures are related: frames of one
 * trajectory end on both sides, and the test error then tells how well the student remembers, not
 * how well it predicts. It is right for structures that were drawn independently, and for comparing
 * with published figures that were made this way. `checkLeakage` names the groups that are torn.
 *
 * @throws SplitError when there are fewer structures than sides
 */
export function splitRandom(
  source: Splittable,
  { fractions = DEFAULT_FRACTIONS, seed }: SplitRandomOptions,
): Split {
  checkFractions(fractions);
  const singles = Array.from(metasOf(source), (_, k) => [k]);
  const sides = dealClusters(singles, { fractions, seed, noun: 'structures', where: 'dataset' });
  return { ...sides, kind: 'random', criteria: { seed, fractions: { ...fractions } } };
}
