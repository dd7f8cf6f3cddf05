import { symbolOf } from '@mlffd/core';

/** A composition: how many atoms of each element. */
export interface Composition {
  /** In the order of Hill: carbon, hydrogen, then by alphabet; without carbon all by alphabet. */
  readonly formula: string;
  /** Its elements alone: `C-H-O`. */
  readonly system: string;
  /** Atomic numbers, ascending, and how many atoms of each. */
  readonly elements: readonly number[];
  readonly counts: readonly number[];
  readonly atoms: number;
}

/** Composition of a list of atomic numbers. */
export function compositionOf(numbers: Int32Array): Composition {
  const amounts = new Map<number, number>();
  for (const z of numbers) amounts.set(z, (amounts.get(z) ?? 0) + 1);
  const entries = [...amounts].sort(([a], [b]) => a - b);
  const organic = amounts.has(6);
  const rank = (z: number): string =>
    organic && z === 6 ? '0' : organic && z === 1 ? '1' : symbolOf(z);
  const hill = [...entries].sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1));
  return {
    formula: hill.map(([z, n]) => `${symbolOf(z)}${n === 1 ? '' : n}`).join(''),
    system: hill.map(([z]) => symbolOf(z)).join('-'),
    elements: entries.map(([z]) => z),
    counts: entries.map(([, n]) => n),
    atoms: numbers.length,
  };
}
