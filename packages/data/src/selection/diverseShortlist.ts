import type { Structure } from '../structure.ts';
import { SelectionError } from './selectionError.ts';

/** How some structures are chosen from a shortlist of uncertain ones. */
export interface DiverseShortlist {
  /** How many of the most uncertain structures to choose from; at least as many as are wanted. */
  readonly shortlist: number;
  /**
   * Gives different indices of the list, which begins with the most uncertain structure, for
   * instance `(list, count) => selectDiverse(list, { count, start: 0 }).order`.
   */
  readonly choose: (
    structures: readonly Structure[],
    count: number,
  ) => ArrayLike<number> | Promise<ArrayLike<number>>;
}

/**
 * The entries that were chosen, in the order of the shortlist; all of a list that is short enough.
 *
 * @throws SelectionError when `choose` gives too many indices, or some that cannot be right
 */
export async function chooseDiverse<T extends { readonly structure: Structure }>(
  shortlist: readonly T[],
  count: number,
  { choose }: DiverseShortlist,
): Promise<readonly T[]> {
  if (shortlist.length <= count) return shortlist;
  const structures = shortlist.map(({ structure }) => structure);
  const chosen = Array.from(await choose(structures, count));
  const isIndex = (k: number) => Number.isInteger(k) && k >= 0 && k < shortlist.length;
  if (chosen.length > count || !chosen.every(isIndex) || new Set(chosen).size < chosen.length) {
    throw new SelectionError('data/bad-choice', 'the choice from the shortlist cannot be right', {
      expected: `at most ${count} different indices from 0 to ${shortlist.length - 1}`,
      found: chosen.slice(0, 20).join(', '),
      where: 'diversity.choose',
    });
  }
  return chosen.sort((a, b) => a - b).map((k) => shortlist[k]);
}
