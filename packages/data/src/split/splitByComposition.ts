import { SplitError } from '../errors.ts';
import type { StructureMeta } from '../structure.ts';
import { ancestryClusters } from './ancestry.ts';
import { dealClusters } from './deal.ts';
import type { Cluster } from './deal.ts';
import { checkFractions, DEFAULT_FRACTIONS } from './fractions.ts';
import type { Fractions } from './fractions.ts';
import { compositionName, countElements, parseComposition } from '../composition.ts';
import type { CompositionKind } from '../composition.ts';
import type { Split } from './split.ts';

/** Options of `splitByComposition`. */
export interface SplitByCompositionOptions {
  /**
   * What is held together: `formula` (Mg4O4), `reduced` (MgO, the same in any supercell) or
   * `elements` (Mg-O, whatever the amounts). Default `reduced`.
   */
  readonly by?: CompositionKind;
  /** Wanted fractions of the structures; they add up to 1. Default 0.8, 0.1, 0.1. */
  readonly fractions?: Fractions;
  readonly seed: number;
  /** Compositions to hold out for the test side, e.g. `['MgO', 'NaCl']`, instead of random ones. */
  readonly hold?: readonly string[];
}

/** A dataset whose elements can be had without reading positions. */
export interface CompositionSource {
  readonly metas: readonly StructureMeta[];
  numbers(k: number): Int32Array;
}

/**
 * Splits by what structures are made of, to see how a student does on compounds that it has never
 * seen: a composition is on one side only, and so are groups and parents.
 *
 * @throws SplitError when there are fewer compositions than sides, or a held one does not occur
 */
export function splitByComposition(
  source: CompositionSource,
  options: SplitByCompositionOptions,
): Split {
  const { by = 'reduced', fractions = DEFAULT_FRACTIONS, seed, hold = [] } = options;
  checkFractions(fractions);
  const names = source.metas.map((_, k) => compositionName(countElements(source.numbers(k)), by));
  const wanted = new Set(hold.map((text) => heldName(text, by, names)));
  const free: Cluster[] = [];
  const held: Cluster[] = [];
  for (const cluster of ancestryClusters(source.metas, (k) => names[k])) {
    (cluster.some((k) => wanted.has(names[k])) ? held : free).push(cluster);
  }
  const sides = dealClusters(free, {
    fractions,
    seed,
    held,
    noun: 'compositions that share no ancestors',
    where: `elements (by ${by}), group and parent of the structures`,
  });
  return {
    ...sides,
    kind: 'composition',
    criteria: {
      by,
      seed,
      fractions: { ...fractions },
      testCompositions: [...new Set(Array.from(sides.test, (k) => names[k]))].sort(),
    },
  };
}

function heldName(text: string, by: CompositionKind, names: readonly string[]): string {
  const counts = parseComposition(text);
  const name = counts === undefined ? text : compositionName(counts, by);
  if (names.includes(name)) return name;
  throw new SplitError('data/no-such-composition', `no structure is ${text} (by ${by})`, {
    expected: `one of ${[...new Set(names)].sort().slice(0, 20).join(', ')}`,
    found: text,
    where: 'hold',
    hint: 'Write formulas as NaCl or C2H6O, sets of elements as Na-Cl.',
  });
}
