import type { Count } from './diversityReport.ts';

/** Adds one to the count of a name. */
export function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The most frequent names, then by name. */
export function mostFrequent(counts: ReadonlyMap<string, number>, most: number): Count[] {
  return [...counts]
    .map(([name, structures]) => ({ name, structures }))
    .sort((a, b) => b.structures - a.structures || (a.name < b.name ? -1 : 1))
    .slice(0, most);
}

/** Effective number of classes: (sum n)^2 / sum n^2; that many equally frequent ones are as uneven. */
export function effectiveNumber(counts: Iterable<number>): number {
  let sum = 0;
  let squares = 0;
  for (const count of counts) {
    sum += count;
    squares += count * count;
  }
  return squares > 0 ? (sum * sum) / squares : 0;
}
