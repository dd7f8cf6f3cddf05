import { symbolOf } from './elements.ts';

/** Symbols in the order of Hill: carbon and hydrogen first, then the alphabet; without carbon the alphabet. */
export function hillOrder(symbols: Iterable<string>): string[] {
  const sorted = [...symbols].sort();
  const first = sorted.includes('C') ? ['C', 'H'].filter((symbol) => sorted.includes(symbol)) : [];
  return [...first, ...sorted.filter((symbol) => !first.includes(symbol))];
}

/** `C2H6O`: how many atoms of each element, in the order of Hill. */
export function chemicalFormula(numbers: Iterable<number>): string {
  const counts = new Map<string, number>();
  for (const z of numbers) counts.set(symbolOf(z), (counts.get(symbolOf(z)) ?? 0) + 1);
  return hillOrder(counts.keys())
    .map((symbol) => {
      const count = counts.get(symbol);
      return count === 1 ? symbol : `${symbol}${count}`;
    })
    .join('');
}
