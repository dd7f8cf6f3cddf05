import { availableParallelism } from 'node:os';
import { AbortedError, InvalidArgumentError, sha256, stableStringify } from '@mlffd/core';
import type { Dataset } from '../store/dataset.ts';
import type { Augmentation } from './augment.ts';
import { planBatches } from './batches.ts';
import type { BatchLimits, BatchPlan, BatchSizes } from './batches.ts';
import { edgeCounts } from './edgeCounts.ts';
import type { EdgeCountEvent } from './edgeCounts.ts';
import { viewBatch } from './loadedBatch.ts';
import type { LoadedBatch } from './loadedBatch.ts';
import { LoaderPool } from './loaderPool.ts';
import type { LoaderOutcome } from './loaderPool.ts';
import type { LoaderReply } from './loaderProtocol.ts';

/** Threads by default, if there are as many cores beside that of the consumer. */
const DEFAULT_WORKERS = 4;
/** Batches ahead for each thread: one that it works at, one that waits. */
const AHEAD_PER_WORKER = 2;

/** Where a loader stands; JSON, for a checkpoint. */
export interface LoaderCursor {
  readonly epoch: number;
  /** Number of the next batch in its epoch. */
  readonly position: number;
  /** Identifies data, limits and seed: a cursor of another loader is refused. */
  readonly plan: string;
}

/** What is loaded and how. Give `batchSize`, or else `maxAtoms` or `maxEdges` or both. */
export interface BatchLoaderOptions extends BatchLimits {
  /** Of the neighbour lists, Angstrom. */
  readonly cutoff: number;
  readonly seed: number;
  /** Default true. */
  readonly shuffle?: boolean;
  /** Passes over the data, counted from the first one; `Infinity` never ends. Default 1. */
  readonly epochs?: number;
  /** Go on where another loader of the same data and options was; checked if it has a `plan`. */
  readonly cursor?: (Omit<LoaderCursor, 'plan'> & Partial<LoaderCursor>) | undefined;
  readonly augment?: Augmentation;
  /** Threads; default one for each core but one, at most 4. Does not change what is loaded. */
  readonly workers?: number;
  /** Batches that are being made or ready beside the one in use; default two for each worker. */
  readonly prefetch?: number;
  /** Memory of each thread for chunks of the file, bytes; default as `Dataset.open`. */
  readonly cacheBytes?: number;
  /** Directed edges of a structure, for `maxEdges`, where they are known: none are counted then. */
  readonly edgeCount?: (index: number) => number;
  /** Keep the counts that `maxEdges` needs in a file beside the dataset; default true. */
  readonly keepEdgeCounts?: boolean;
  readonly onEvent?: ((event: EdgeCountEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A batch that is on its way. */
interface Pending {
  readonly plan: BatchPlan;
  /** Where the loader stands once it was given. */
  readonly after: Pick<LoaderCursor, 'epoch' | 'position'>;
  readonly outcome: Promise<LoaderOutcome<Extract<LoaderReply, { type: 'loaded' }>>>;
}

/**
 * Batches with neighbour lists, made ahead in threads of its own.
 *
 * Their order and content depend on (dataset, indices, limits, seed, epoch) alone, not on the
 * number of threads or on when they are asked for. Memory is bounded by `prefetch` + 1 batches and
 * what the threads hold: each has the tables of the dataset and `cacheBytes` of its chunks.
 */
export class BatchLoader implements AsyncIterableIterator<LoadedBatch, undefined> {
  readonly #parts: LoaderParts;
  readonly #pending: Pending[] = [];
  #cursor: Pick<LoaderCursor, 'epoch' | 'position'>;
  /** First batch that was not sent to a thread yet. */
  #ahead: Pick<LoaderCursor, 'epoch' | 'position'>;
  #plans: BatchPlan[] = [];
  #plansOf = -1;
  #turn: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;
  #closed = false;
  #waited = 0;
  readonly #onAbort = (): void => {
    void this.close();
  };

  private constructor(parts: LoaderParts, start: Pick<LoaderCursor, 'epoch' | 'position'>) {
    this.#parts = parts;
    this.#cursor = start;
    this.#ahead = start;
    parts.signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#fill();
  }

  /**
   * Starts the threads and the first batches. `dataset` is only asked for sizes, names and its
   * hash, and may be closed afterwards.
   *
   * @throws InvalidArgumentError for unusable options, or a cursor of other data or options
   * @throws LoaderError when edges have to be counted and a structure cannot be read
   * @throws AbortedError when the signal fires
   */
  static async open(
    dataset: Dataset,
    indices: ArrayLike<number>,
    options: BatchLoaderOptions,
  ): Promise<BatchLoader> {
    const { cutoff, seed, augment = {}, signal } = options;
    const { workers, prefetch, epochs } = checkOptions(options, indices);
    if (isAborted(signal)) throw aborted(dataset.path);
    const { path, hash, length } = dataset;
    // Refuses an index that is not there before anything is started.
    for (const k of Array.from(indices)) dataset.atomCount(k);
    const own = Int32Array.from(indices);
    const atoms = Int32Array.from({ length }, (_, k) => dataset.atomCount(k));
    const pool = new LoaderPool({
      threads: workers,
      tasksAhead: Math.ceil(prefetch / workers),
      data: { path, hash, cutoff, seed, augment, cacheBytes: options.cacheBytes },
      idOf: (k) => idOf(dataset, k),
    });
    const stop = (): void => void pool.close();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const sizes = await measure(atoms, dataset, { ...options, pool });
      const { cursor } = options;
      const identity = identityOf(hash, own, options);
      const parts = {
        path,
        sizes,
        indices: own,
        options,
        prefetch,
        epochs,
        pool,
        identity,
        signal,
      };
      return new BatchLoader(parts, startOf(cursor, parts));
    } catch (error) {
      await pool.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** Where the loader stands: the batch that `next` gives next. */
  get cursor(): LoaderCursor {
    return { ...this.#cursor, plan: this.#parts.identity };
  }

  /** How long `next` has waited for batches so far, ms. */
  get waited(): number {
    return this.#waited;
  }

  /**
   * The next batch. Once the last one was given, or after `close`, `done` is true. After an error
   * every call gives the same error, and the threads are gone.
   *
   * @throws LoaderError naming the structure that cannot be read, or where a thread ended
   * @throws AbortedError when the signal has fired
   */
  next(): Promise<IteratorResult<LoadedBatch, undefined>> {
    const result = this.#turn.then(() => this.#take());
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Ends the threads; a batch that is waited for will not come. A second call is harmless. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#parts.signal?.removeEventListener('abort', this.#onAbort);
    await this.#parts.pool.close();
  }

  /** As `close`: called when a `for await` loop is left. */
  async return(): Promise<IteratorResult<LoadedBatch, undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #take(): Promise<IteratorResult<LoadedBatch, undefined>> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isStopped()) return this.#stop();
    this.#fill();
    const pending = this.#pending.shift();
    if (pending === undefined) return this.return();
    const start = performance.now();
    const outcome = await pending.outcome;
    this.#waited += performance.now() - start;
    // Closing makes whatever is under way fail: what was asked for says more than that.
    if (this.#isStopped()) return this.#stop();
    if ('error' in outcome) return this.#fail(outcome.error);
    this.#cursor = pending.after;
    this.#fill();
    const { buffer, counts } = outcome.value;
    const { cutoff } = this.#parts.options;
    const facts = { ...pending.plan, counts, cutoff, bytes: buffer.byteLength };
    return { done: false, value: { ...facts, ...viewBatch(buffer, counts) } };
  }

  #isStopped(): boolean {
    return this.#closed || isAborted(this.#parts.signal);
  }

  async #stop(): Promise<IteratorResult<LoadedBatch, undefined>> {
    const { signal, path } = this.#parts;
    return isAborted(signal) ? this.#fail(aborted(path)) : this.return();
  }

  async #fail(error: Error): Promise<never> {
    this.#failure = error;
    await this.close();
    throw error;
  }

  /** Sends batches to the threads until enough are on their way. */
  #fill(): void {
    const { pool, prefetch, epochs } = this.#parts;
    while (this.#pending.length < prefetch && this.#ahead.epoch < epochs) {
      const { epoch, position } = this.#ahead;
      const plan = this.#plansFor(epoch)[position];
      const last = position + 1 === this.#plans.length;
      const after = last ? { epoch: epoch + 1, position: 0 } : { epoch, position: position + 1 };
      this.#pending.push({ plan, after, outcome: pool.load(plan.indices, epoch) });
      this.#ahead = after;
    }
  }

  #plansFor(epoch: number): readonly BatchPlan[] {
    if (epoch !== this.#plansOf) {
      this.#plans = plansOf(this.#parts, epoch);
      this.#plansOf = epoch;
    }
    return this.#plans;
  }
}

/** What a loader works with. */
interface LoaderParts {
  readonly path: string;
  readonly sizes: BatchSizes;
  readonly indices: Int32Array;
  readonly options: BatchLoaderOptions;
  readonly prefetch: number;
  readonly epochs: number;
  readonly pool: LoaderPool;
  readonly identity: string;
  readonly signal: AbortSignal | undefined;
}

function plansOf({ sizes, indices, options }: LoaderParts, epoch: number): BatchPlan[] {
  const { batchSize, maxAtoms, maxEdges, seed, shuffle = true } = options;
  return planBatches(sizes, indices, {
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(maxAtoms === undefined ? {} : { maxAtoms }),
    ...(maxEdges === undefined ? {} : { maxEdges }),
    seed,
    epoch,
    shuffle,
  });
}

async function measure(
  atoms: Int32Array,
  { path, hash, length }: Dataset,
  options: BatchLoaderOptions & { pool: LoaderPool },
): Promise<BatchSizes> {
  const atomCount = (k: number): number => atoms[k];
  const { maxEdges, edgeCount, cutoff, pool, keepEdgeCounts = true, onEvent, signal } = options;
  if (maxEdges === undefined) return { atomCount };
  if (edgeCount !== undefined) return { atomCount, edgeCount };
  const edges = await edgeCounts({
    path,
    hash,
    length,
    cutoff,
    pool,
    keep: keepEdgeCounts,
    onEvent: onEvent ?? ignore,
    signal,
  });
  return { atomCount, edgeCount: (k) => edges[k] };
}

function ignore(): void {
  // Nobody listens.
}

/** Everything that decides which structures are in which batch, and what they look like there. */
function identityOf(hash: string, indices: Int32Array, options: BatchLoaderOptions): string {
  const { batchSize, maxAtoms, maxEdges, cutoff, seed, shuffle = true, augment } = options;
  const { rotation = false, permutation = false } = augment ?? {};
  const limits = [batchSize ?? 0, maxAtoms ?? 0, maxEdges ?? 0];
  const key = { hash, indices: sha256(indices.join(' ')), limits, cutoff, seed, shuffle };
  return sha256(stableStringify({ ...key, rotation, permutation })).slice(0, 16);
}

function startOf(
  cursor: BatchLoaderOptions['cursor'],
  parts: LoaderParts,
): Pick<LoaderCursor, 'epoch' | 'position'> {
  if (cursor === undefined) return { epoch: 0, position: 0 };
  const { epoch, position, plan = parts.identity } = cursor;
  const natural = (value: number): boolean => Number.isInteger(value) && value >= 0;
  const usable = plan === parts.identity && natural(epoch) && natural(position);
  if (usable && (position === 0 || position < plansOf(parts, epoch).length)) {
    return { epoch, position };
  }
  throw new InvalidArgumentError('data/cursor-mismatch', 'the cursor is not of this loader', {
    expected: `a cursor of the same dataset, indices, limits, cutoff, seed and augmentation (plan ${parts.identity})`,
    found: `plan ${plan}, epoch ${epoch}, position ${position}`,
    where: 'cursor',
    hint: 'Open the loader with the data and options that the cursor comes from, or without it.',
  });
}

function checkOptions(
  options: BatchLoaderOptions,
  indices: ArrayLike<number>,
): { workers: number; prefetch: number; epochs: number } {
  const spare = Math.max(1, availableParallelism() - 1);
  const { workers = Math.min(DEFAULT_WORKERS, spare), epochs = 1 } = options;
  const { prefetch = AHEAD_PER_WORKER * workers } = options;
  const counts = { workers, prefetch, epochs: epochs === Infinity ? 1 : epochs };
  for (const [where, value] of Object.entries(counts)) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new InvalidArgumentError('data/invalid-option', `${where} is ${value}`, {
      expected: 'a positive integer',
      found: String(value),
      where,
    });
  }
  const { cutoff } = options;
  if (!(cutoff > 0 && Number.isFinite(cutoff))) {
    throw new InvalidArgumentError('data/invalid-option', `the cutoff is ${cutoff} Angstrom`, {
      expected: 'a positive, finite cutoff in Angstrom',
      found: String(cutoff),
      where: 'cutoff',
    });
  }
  if (indices.length > 0) return { workers, prefetch, epochs };
  throw new InvalidArgumentError('data/no-structures', 'there is nothing to load', {
    expected: 'at least one index',
    found: 'none',
    where: 'indices',
  });
}

function idOf(dataset: Dataset, k: number): string | undefined {
  try {
    return dataset.meta(k).id;
  } catch {
    // It was closed, or is damaged there, too.
    return undefined;
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function aborted(where: string): AbortedError {
  return new AbortedError('data/aborted', 'loading was stopped', {
    found: 'the signal to stop',
    where,
    hint: 'Open a loader with the cursor of this one to go on.',
  });
}
