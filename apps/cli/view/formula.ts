import { type Atoms, symbolOf } from '@mlffd/core';

const DIGITS = '₀₁₂₃₄₅₆₇₈₉';

/** `C₂H₆O`: Hill order, carbon and hydrogen first, then the alphabet. */
export function formulaOf({ numbers }: Pick<Atoms, 'numbers'>): string {
  const counts = new Map<string, number>();
  for (const z of numbers) counts.set(symbolOf(z), (counts.get(symbolOf(z)) ?? 0) + 1);
  const rank = (symbol: string): string =>
    counts.has('C') && (symbol === 'C' || symbol === 'H') ? ` ${symbol}` : symbol;
  return [...counts]
    .sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1))
    .map(([symbol, count]) => symbol + (count > 1 ? subscript(count) : ''))
    .join('');
}

function subscript(count: number): string {
  return String(count).replace(/\d/g, (digit) => DIGITS[Number(digit)]);
}
