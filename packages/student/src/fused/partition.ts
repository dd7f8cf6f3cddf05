import type { PartStruct } from './structs.ts';

/** What is to be shared. */
export interface Work {
  readonly atoms: number;
  /** Candidates for pairs, or undefined where all pairs of atoms are looked at. */
  readonly candidates: number | undefined;
  readonly parts: number;
}

/** What one part does: atoms `first` to `last` (excluded), candidates or first atoms of pairs `from` to `to`. */
export interface Share {
  readonly first: number;
  readonly last: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Atoms of a part are a multiple of this. Products of matrices take four rows at a time, or six and at most two
 * times four for the rest, so that none is left alone; and the rows of two parts share no cache line.
 */
const TOGETHER = 4;

/** Shares of equal size. The same work is always shared in the same way, whence sums have the same bits. */
export function shareOut({ atoms, candidates, parts }: Work): Share[] {
  const atomsBefore = (k: number): number =>
    k === parts ? atoms : Math.min(atoms, TOGETHER * Math.round((k * atoms) / parts / TOGETHER));
  const pairsBefore = (k: number): number =>
    candidates === undefined
      ? firstAtomsBefore(atoms, k / parts)
      : Math.round((k * candidates) / parts);
  return Array.from({ length: parts }, (_, k) => ({
    first: atomsBefore(k),
    last: atomsBefore(k + 1),
    from: pairsBefore(k),
    to: pairsBefore(k + 1),
  }));
}

/** Writes shares where the kernels read them. */
export function putShares(parts: readonly PartStruct[], shares: readonly Share[]): void {
  shares.forEach(({ first, last, from, to }, k) => {
    parts[k].setWord('first', first);
    parts[k].setWord('last', last);
    parts[k].setWord('from', from);
    parts[k].setWord('to', to);
  });
}

/** How many atoms are the first of `fraction` of all pairs, where atom a is the first of N - 1 - a. */
function firstAtomsBefore(atoms: number, fraction: number): number {
  return fraction === 1 ? atoms : Math.round(atoms * (1 - Math.sqrt(1 - fraction)));
}
