import type { BatchLimits } from './batching.ts';
import { edgeBytes, SharedSet } from './sharedSet.ts';
import type { SharedColumns } from './sharedSet.ts';

/**
 * Largest memory for the edges of a batch, bytes. Exact for batches of a number of structures; for
 * others the limit times what the densest structure needs per atom, or per edge.
 */
export function largestBatch(
  { atoms, edges }: Pick<SharedColumns, 'atoms' | 'edges'>,
  { batchSize, maxAtoms, maxEdges }: BatchLimits,
): number {
  const blocks = Float64Array.from(atoms, (count, k) => edgeBytes(count, edges[k]));
  const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
  if (maxAtoms === 0 && maxEdges === 0) {
    return sum(blocks.slice().sort().subarray(-batchSize));
  }
  const single = blocks.reduce((a, b) => Math.max(a, b), 0);
  const perAtom = blocks.reduce((most, bytes, k) => Math.max(most, bytes / atoms[k]), 0);
  const perEdge = blocks.reduce(
    (most, bytes, k) => (edges[k] === 0 ? most : Math.max(most, bytes / edges[k])),
    0,
  );
  // Structures without edges do not count for `maxEdges`: all of them may be in one batch.
  const free = sum(blocks.filter((_, k) => edges[k] === 0));
  const byAtoms = maxAtoms === 0 ? Infinity : maxAtoms * perAtom;
  const byEdges = maxEdges === 0 ? Infinity : maxEdges * perEdge + free;
  return 8 * Math.ceil(Math.max(single, Math.min(byAtoms, byEdges)) / 8);
}

/** The same set with a last page that the edges of one batch fit into. */
export function addEdgeWindow({ columns }: SharedSet, limits: BatchLimits): SharedSet {
  const window = new SharedArrayBuffer(largestBatch(columns, limits));
  return new SharedSet({ ...columns, pages: [...columns.pages, window] });
}
