import { InvalidArgumentError, Rng } from '@mlffd/core';
import type { LabelledStructure } from '../structure.ts';

/** How large a batch may be: `batchSize` alone, or `maxAtoms` and `maxEdges`, one or both. */
export interface BatchLimits {
  /** Structures in a batch. */
  readonly batchSize?: number;
  /** Most atoms in a batch; a structure with more is a batch of its own. */
  readonly maxAtoms?: number;
  /** Most directed edges in a batch; a structure with more is a batch of its own. */
  readonly maxEdges?: number;
}

/** How structures are put together. */
export interface BatchOptions extends BatchLimits {
  readonly seed: number;
  /** Number of the pass over the data: another order in each; default 0. */
  readonly epoch?: number;
  /** Default true. */
  readonly shuffle?: boolean;
  /** First batch to give, to go on within an epoch; default 0. */
  readonly position?: number;
}

/** Indices of one batch. */
export interface BatchPlan {
  readonly epoch: number;
  /** Number of the batch in its epoch. */
  readonly position: number;
  readonly indices: Int32Array;
}

/** One batch with its structures. */
export interface Batch extends BatchPlan {
  readonly structures: readonly LabelledStructure[];
}

/** Sizes of structures by their index, known without reading them. */
export interface BatchSizes {
  atomCount(k: number): number;
  /** Directed edges; needed for `maxEdges` only. */
  edgeCount?(k: number): number;
}

/** What batches are taken from, e.g. a `Dataset`. */
export interface BatchSource extends BatchSizes {
  get(k: number): LabelledStructure;
}

/**
 * Which structures are in which batch, without reading any. Every index is in exactly one batch,
 * the last batch may be smaller. The plan depends on (indices, sizes, limits, seed, epoch) alone.
 *
 * @throws InvalidArgumentError unless there is `batchSize`, or else `maxAtoms` or `maxEdges`, or
 * when edges are limited and the source does not know them
 */
export function planBatches(
  source: BatchSizes,
  indices: ArrayLike<number>,
  options: BatchOptions,
): BatchPlan[] {
  const { batchSize = Infinity, maxAtoms = Infinity, maxEdges = Infinity } = options;
  const { seed, epoch = 0, shuffle = true } = options;
  checkLimits(options, source.edgeCount !== undefined);
  const order = Int32Array.from(indices);
  if (shuffle) new Rng(seed, 'batches', epoch).shuffle(order);
  const edgesCount = maxEdges < Infinity;
  const plans: BatchPlan[] = [];
  const push = (start: number, end: number) => {
    plans.push({ epoch, position: plans.length, indices: order.slice(start, end) });
  };
  let start = 0;
  let atoms = 0;
  let edges = 0;
  for (let k = 0; k < order.length; k++) {
    const n = source.atomCount(order[k]);
    const e = edgesCount ? (source.edgeCount?.(order[k]) ?? 0) : 0;
    const full = k - start >= batchSize || atoms + n > maxAtoms || edges + e > maxEdges;
    if (k > start && full) {
      push(start, k);
      start = k;
      atoms = 0;
      edges = 0;
    }
    atoms += n;
    edges += e;
  }
  if (start < order.length) push(start, order.length);
  return plans;
}

/**
 * Batches of one epoch, read when they are asked for. Goes on at `position` with the very batches
 * that an uninterrupted pass would have given.
 *
 * @throws InvalidArgumentError as `planBatches`
 */
export function* batches(
  source: BatchSource,
  indices: ArrayLike<number>,
  options: BatchOptions,
): Generator<Batch, void, undefined> {
  for (const plan of planBatches(source, indices, options).slice(options.position ?? 0)) {
    yield { ...plan, structures: Array.from(plan.indices, (k) => source.get(k)) };
  }
}

function checkLimits(options: BatchOptions, edgesAreKnown: boolean): void {
  const { batchSize, maxAtoms, maxEdges, position = 0 } = options;
  const sizes = [batchSize, maxAtoms, maxEdges].filter((size) => size !== undefined);
  const valid = (size: number) => Number.isInteger(size) && size >= 1;
  const fits = batchSize === undefined ? sizes.length >= 1 : sizes.length === 1;
  if (!fits || !sizes.every(valid) || !Number.isInteger(position) || position < 0) {
    throw new InvalidArgumentError(
      'data/invalid-option',
      'give either batchSize, or maxAtoms and maxEdges',
      {
        expected:
          'batchSize alone, or maxAtoms or maxEdges or both, positive integers; position at least 0',
        found: `batchSize ${batchSize ?? 'absent'}, maxAtoms ${maxAtoms ?? 'absent'}, maxEdges ${maxEdges ?? 'absent'}, position ${position}`,
        where: 'options',
      },
    );
  }
  if (maxEdges === undefined || edgesAreKnown) return;
  throw new InvalidArgumentError('data/edges-unknown', 'maxEdges needs the numbers of edges', {
    expected: 'a source with edgeCount',
    found: 'a source without',
    where: 'maxEdges',
    hint: 'Use BatchLoader, which counts them, or give maxAtoms.',
  });
}
