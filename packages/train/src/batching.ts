import { planBatches } from '@mlffd/data';
import type { BatchLimits as LimitOptions } from '@mlffd/data';

/** Sizes of prepared structures, by their number in the set. */
export interface StructureSizes {
  /** Atoms of each structure. */
  readonly atoms: ArrayLike<number>;
  /** Directed edges of each structure. */
  readonly edges: ArrayLike<number>;
}

/** The same, and whether a structure may have a slot for every pair of its atoms. */
export interface PieceSizes extends StructureSizes {
  /** 1 where no axis is periodic. */
  readonly open: ArrayLike<number>;
}

/** Limits of a batch. */
export interface BatchLimits {
  /** Structures, unless atoms or edges are counted. */
  readonly batchSize: number;
  /** Atoms; 0 for no limit. */
  readonly maxAtoms: number;
  /** Directed edges; 0 for no limit. */
  readonly maxEdges: number;
}

/** The limits that count, as `@mlffd/data` knows them. */
export function limitsOf({ batchSize, maxAtoms, maxEdges }: BatchLimits): LimitOptions {
  if (maxAtoms === 0 && maxEdges === 0) return { batchSize };
  return { ...(maxAtoms > 0 ? { maxAtoms } : {}), ...(maxEdges > 0 ? { maxEdges } : {}) };
}

/** Where the order of an epoch comes from: a counter-based generator, so this is its whole state. */
export interface SamplerState {
  readonly seed: number;
  readonly epoch: number;
}

/** Bytes of a vector feature of all edges of a micro-batch that stay in a private cache with its neighbours. */
const MICRO_BATCH_BYTES = 512 * 1024;
/** Further bytes per parameter: each micro-batch costs a pass over all gradients, too. */
const BYTES_PER_PARAMETER = 1;

/** Pairs of atoms, over edges, up to which a slot for every pair is the faster way. */
const PAIRS_PER_EDGE = 1.75;
/** Slots for pairs of a micro-batch, over the edges that it would have otherwise: each costs less memory. */
const PAIR_SLOTS = 2.5;

/** Cuts a shuffled epoch into batches of structure numbers; the same state gives the same batches. */
export function epochBatches(
  sizes: StructureSizes,
  limits: BatchLimits,
  { seed, epoch }: SamplerState,
): Int32Array[] {
  const structures = Int32Array.from({ length: sizes.atoms.length }, (_, k) => k);
  const source = {
    atomCount: (k: number) => sizes.atoms[k],
    edgeCount: (k: number) => sizes.edges[k],
  };
  const plans = planBatches(source, structures, { ...limitsOf(limits), seed, epoch });
  return plans.map(({ indices }) => indices);
}

/**
 * Edges of a micro-batch whose [E, 3, F] float32 tensor takes 512 kB, and a byte per parameter more.
 *
 * Measured on one core with 2 MB of cache: 64 features are fastest at 2 or 3 molecules of 21 atoms
 * (500 to 700 kB), 128 features at 1 or 2 (500 to 900 kB) before the sum of 589,057 gradients.
 */
export function microBatchEdges(features: number, parameters: number): number {
  const bytes = MICRO_BATCH_BYTES + BYTES_PER_PARAMETER * parameters;
  return Math.max(1, Math.floor(bytes / (3 * features * Float32Array.BYTES_PER_ELEMENT)));
}

/** Whether a structure is computed with a slot for every pair of its atoms. */
export function hasPairSlots({ atoms, edges, open }: PieceSizes, k: number): boolean {
  return open[k] === 1 && atoms[k] ** 2 <= PAIRS_PER_EDGE * edges[k];
}

/**
 * Cuts a batch into the pieces whose gradients are computed at once: structures with a slot for every
 * pair of atoms, sorted by size, as all have as many slots as the largest; then the others, in order.
 *
 * `edges` is the limit of a piece of the others; see `microBatchEdges`.
 */
export function gradientPieces(batch: Int32Array, sizes: PieceSizes, edges: number): Int32Array[] {
  const others = batch.filter((k) => !hasPairSlots(sizes, k));
  const paired = batch.filter((k) => hasPairSlots(sizes, k));
  // The sort is stable: equal sizes stay in the order of the batch.
  const sorted = Array.from(paired).sort((a, b) => sizes.atoms[a] - sizes.atoms[b]);
  const pieces: Int32Array[] = [];
  let start = 0;
  sorted.forEach((structure, k) => {
    const slots = (k - start + 1) * sizes.atoms[structure] ** 2;
    if (k === start || slots <= PAIR_SLOTS * edges) return;
    pieces.push(Int32Array.from(sorted.slice(start, k)));
    start = k;
  });
  if (start < sorted.length) pieces.push(Int32Array.from(sorted.slice(start)));
  return [...pieces, ...microBatches(others, sizes, edges)];
}

/** Cuts a batch, in order, into pieces of at most `edges` edges; a larger structure is a piece alone. */
export function microBatches(
  structures: Int32Array,
  sizes: StructureSizes,
  edges: number,
): Int32Array[] {
  const pieces: Int32Array[] = [];
  let start = 0;
  let sum = 0;
  structures.forEach((structure, k) => {
    if (k > start && sum + sizes.edges[structure] > edges) {
      pieces.push(structures.subarray(start, k));
      start = k;
      sum = 0;
    }
    sum += sizes.edges[structure];
  });
  if (start < structures.length) pieces.push(structures.subarray(start));
  return pieces;
}
