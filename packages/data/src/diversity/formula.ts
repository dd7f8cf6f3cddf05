import { compositionName, countElements } from '../composition.ts';

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
  const counts = countElements(numbers);
  return {
    formula: compositionName(counts, 'formula'),
    system: compositionName(counts, 'elements'),
    elements: [...counts.keys()],
    counts: [...counts.values()],
    atoms: numbers.length,
  };
}
