import { InvalidArgumentError, Rng } from '@mlffd/core';
import type { LabelledStructure } from './structure.ts';

/** How structures are put together. */
export interface BatchOptions {
  /** Structures in a batch; give this or `maxAtoms`. */
  readonly batchSize?: number;
  /** Most atoms in a batch; a structure with more is a batch of its own. */
  readonly maxAtoms?: number;
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

/** What batches are taken from, e.g. a `Dataset`. */
export interface BatchSource {
  atomCount(k: number): number;
  get(k: number): LabelledStructure;
}

/**
 * Which structures are in which batch, without reading any. Every index is in exactly one batch,
 * the last batch may be smaller. The plan depends on (indices, seed, epoch) alone.
 *
 * @throws InvalidArgumentError unless exactly one of `batchSize` and `maxAtoms` is given
 */
export function planBatches(
  source: Pick<BatchSource, 'atomCount'>,
  indices: ArrayLike<number>,
  options: BatchOptions,
): BatchPlan[] {
  const { batchSize = Infinity, maxAtoms = Infinity, seed, epoch = 0, shuffle = true } = options;
  checkSizes(options);
  const order = Int32Array.from(indices);
  if (shuffle) new Rng(seed, 'batches', epoch).shuffle(order);
  const plans: BatchPlan[] = [];
  const push = (start: number, end: number) => {
    plans.push({ epoch, position: plans.length, indices: order.slice(start, end) });
  };
  let start = 0;
  let atoms = 0;
  for (let k = 0; k < order.length; k++) {
    const n = source.atomCount(order[k]);
    if (k > start && (k - start >= batchSize || atoms + n > maxAtoms)) {
      push(start, k);
      start = k;
      atoms = 0;
    }
    atoms += n;
  }
  if (start < order.length) push(start, order.length);
  return plans;
}

/**
 * Batches of one epoch, read when they are asked for. Goes on at `position` with the very batches
 * that an uninterrupted pass would have given.
 *
 * @throws InvalidArgumentError unless exactly one of `batchSize` and `maxAtoms` is given
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

function checkSizes({ batchSize, maxAtoms, position = 0 }: BatchOptions): void {
  const sizes = [batchSize, maxAtoms].filter((size) => size !== undefined);
  const valid = (size: number) => Number.isInteger(size) && size >= 1;
  if (sizes.length === 1 && valid(sizes[0]) && Number.isInteger(position) && position >= 0) return;
  throw new InvalidArgumentError('data/invalid-option', 'give either batchSize or maxAtoms', {
    expected: 'one of batchSize and maxAtoms, a positive integer; position at least 0',
    found: `batchSize ${batchSize ?? 'absent'}, maxAtoms ${maxAtoms ?? 'absent'}, position ${position}`,
    where: 'options',
  });
}
