import type { Augmentation } from './augment.ts';
import type { BatchCounts } from './loadedBatch.ts';

/** What every thread of a loader is started with. */
export interface LoaderThreadData {
  readonly path: string;
  /** Content hash of the dataset: a file that was replaced meanwhile is refused. */
  readonly hash: string;
  /** Angstrom. */
  readonly cutoff: number;
  readonly seed: number;
  readonly augment: Augmentation;
  readonly cacheBytes: number | undefined;
}

/** One piece of work. */
export interface LoaderTask {
  /** `count` only counts edges. */
  readonly type: 'load' | 'count';
  readonly indices: Int32Array;
  readonly epoch: number;
  /** Shared: index of the structure at work, so that it is known if the thread ends. */
  readonly progress: Int32Array;
}

/** Value of `progress` while there is no structure to blame. */
export const NO_STRUCTURE = -1;

/** An error as it comes through a message: classes do not. */
export interface PortableError {
  readonly code: string;
  readonly message: string;
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
  readonly where?: string | undefined;
  readonly hint?: string | undefined;
  readonly stack?: string | undefined;
}

/** What a thread answers; its buffers are moved, not copied. */
export type LoaderReply =
  | { readonly type: 'loaded'; readonly buffer: ArrayBuffer; readonly counts: BatchCounts }
  | { readonly type: 'counted'; readonly edges: Int32Array }
  | {
      readonly type: 'failed';
      /** Index in the dataset, or `NO_STRUCTURE`. */
      readonly structure: number;
      readonly error: PortableError;
    };
