import { evaluateDim, symbolsOf } from '../dim.ts';
import type { Dim } from '../dim.ts';

/** What a symbolic size counts for when costs are compared; only the order of magnitude matters. */
const TYPICAL_SIZE = 50;

/** Number of elements with typical numbers for symbolic sizes. */
export function estimateSize(shape: readonly Dim[]): number {
  return shape.reduce<number>((size, dim) => {
    const sizes = new Map(symbolsOf(dim).map((name) => [name, TYPICAL_SIZE]));
    return size * evaluateDim(dim, sizes);
  }, 1);
}
