import { BatchLoader } from '@mlffd/data';
import type { LoadedBatch } from '@mlffd/data';
import { limitsOf } from './batching.ts';
import type { TrainConfig } from './config.ts';
import { ResumeMismatchError } from './errors.ts';
import { edgeBytes, edgeViews, NO_PAGE } from './sharedSet.ts';
import type { SharedSet } from './sharedSet.ts';
import type { EdgeSource } from './trainingData.ts';

/** What is streamed, into where. */
export interface EdgeStreamOptions {
  readonly source: EdgeSource;
  /** The training set; its last page takes the edges of one batch. */
  readonly set: SharedSet;
  readonly config: TrainConfig;
  /** First batch. */
  readonly start: { readonly epoch: number; readonly position: number };
}

/** Brings the edges of one batch after the other into the shared memory that workers read. */
export class EdgeStream {
  readonly #loader: BatchLoader;
  readonly #source: EdgeSource;
  readonly #set: SharedSet;
  #present: Int32Array = new Int32Array(0);

  private constructor(loader: BatchLoader, { source, set }: EdgeStreamOptions) {
    this.#loader = loader;
    this.#source = source;
    this.#set = set;
  }

  /** Starts the threads. */
  static async open(options: EdgeStreamOptions): Promise<EdgeStream> {
    const { source, set, config, start } = options;
    const { dataset, indices } = source;
    const edges = new Int32Array(dataset.length);
    indices.forEach((index, k) => {
      edges[index] = set.columns.edges[k];
    });
    const loader = await BatchLoader.open(dataset, indices, {
      ...limitsOf(config),
      cutoff: config.model.cutoff,
      seed: config.seed,
      epochs: Infinity,
      cursor: start,
      edgeCount: (index) => edges[index],
    });
    return new EdgeStream(loader, options);
  }

  /** Time spent waiting so far, s. */
  get waited(): number {
    return this.#loader.waited / 1000;
  }

  /**
   * Waits for the next batch and puts its edges where those of the last one were.
   *
   * @param structures numbers of its members in the training set
   * @throws LoaderError when a structure cannot be read
   */
  async load(structures: Int32Array): Promise<void> {
    const { value } = await this.#loader.next();
    const { columns } = this.#set;
    for (const k of this.#present) columns.edgePage[k] = NO_PAGE;
    this.#present = structures;
    let at = 0;
    structures.forEach((k, b) => {
      if (value?.indices[b] !== this.#source.indices[k] || edgesOf(value, b) !== columns.edges[k]) {
        throw this.#changed(k);
      }
      columns.edgePage[k] = columns.pages.length - 1;
      columns.edgeStart[k] = at / 8;
      copyEdges(value, b, edgeViews(columns, k));
      at += edgeBytes(columns.atoms[k], columns.edges[k]);
    });
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#loader.close();
  }

  #changed(k: number): ResumeMismatchError {
    const { dataset, indices } = this.#source;
    return new ResumeMismatchError('train/data-changed', 'the dataset has changed while in use', {
      expected: `${this.#set.columns.edges[k]} edges`,
      where: `structure ${indices[k]} of ${dataset.path}`,
      hint: 'Leave the file alone during training, and resume the run.',
    });
  }
}

function edgesOf({ edgeOffsets }: LoadedBatch, b: number): number {
  return edgeOffsets[b + 1] - edgeOffsets[b];
}

function copyEdges(
  { atomOffsets, edgeOffsets, firstEdges, neighbors, vectors }: LoadedBatch,
  b: number,
  out: ReturnType<typeof edgeViews>,
): void {
  const [atom, first, last] = [atomOffsets[b], edgeOffsets[b], edgeOffsets[b + 1]];
  out.vectors.set(vectors.subarray(3 * first, 3 * last));
  for (let i = 0; i < out.offsets.length; i++) out.offsets[i] = firstEdges[atom + i] - first;
  for (let e = 0; e < out.neighbors.length; e++) out.neighbors[e] = neighbors[first + e] - atom;
}
