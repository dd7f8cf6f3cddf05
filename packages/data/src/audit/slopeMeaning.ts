import type { Slope } from './workTable.ts';

/** What a slope means. */
export interface SlopeMeaning {
  readonly slope: number;
  readonly meaning: string;
  readonly fix: string;
}

/** Largest ratio between a perfect slope and its meaning. */
const NEAR = 1.1;

/**
 * What a slope can mean, the nearest first, joined by "or" where several are in reach; undefined when
 * none is. The more the line leaves unexplained, the wider is the reach.
 */
export function meaningOf(
  { slope, unexplained }: Pick<Slope, 'slope' | 'unexplained'>,
  meanings: readonly SlopeMeaning[],
): SlopeMeaning | undefined {
  const distance = (known: SlopeMeaning) =>
    slope / known.slope > 0 ? Math.abs(Math.log(slope / known.slope)) : Infinity;
  const close = meanings
    .filter((known) => distance(known) < Math.log(NEAR + unexplained))
    .sort((a, b) => distance(a) - distance(b));
  if (close.length === 0) return undefined;
  return {
    slope: close[0].slope,
    meaning: close.map(({ meaning }) => meaning).join(', or '),
    fix: close.map(({ fix }) => fix).join(' Or: '),
  };
}
