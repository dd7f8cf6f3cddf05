import { hillOrder, isSymbol, numberOf, symbolOf } from '@mlffd/core';

/** Number of atoms by atomic number, ascending. */
export type ElementCounts = ReadonlyMap<number, number>;

/** How compositions are told apart: Mg4O4, MgO (the same in any cell), or Mg-O. */
export type CompositionKind = 'formula' | 'reduced' | 'elements';

/** Counts the atoms of each element. */
export function countElements(numbers: Iterable<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const z of numbers) counts.set(z, (counts.get(z) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => a - b));
}

/** Name of a composition, in the order of Hill: C, H, the rest by symbol; without C all by symbol. */
export function compositionName(counts: ElementCounts, kind: CompositionKind): string {
  const symbols = [...counts.keys()].map(symbolOf);
  if (kind === 'elements') return symbols.sort().join('-');
  const divisor = kind === 'reduced' ? [...counts.values()].reduce(greatestCommonDivisor, 0) : 1;
  return hillOrder(symbols)
    .map((name) => {
      const count = (counts.get(numberOf(name)) ?? 0) / divisor;
      return count === 1 ? name : `${name}${count}`;
    })
    .join('');
}

/** Composition of a text such as `NaCl`, `C2H6O`, `Na-Cl`; undefined when it is none. */
export function parseComposition(text: string): Map<number, number> | undefined {
  if (!/^([A-Z][a-z]?\d*[-\s]*)+$/.test(text)) return undefined;
  const counts = new Map<number, number>();
  for (const [, symbol, count] of text.matchAll(/([A-Z][a-z]?)(\d*)/g)) {
    if (!isSymbol(symbol)) return undefined;
    const z = numberOf(symbol);
    counts.set(z, (counts.get(z) ?? 0) + (count === '' ? 1 : Number(count)));
  }
  return new Map([...counts].sort(([a], [b]) => a - b));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
