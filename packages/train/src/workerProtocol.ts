import type { LabelWeights, LossTerms } from './engine.ts';
import type { ExecutorData } from './executor.ts';
import type { ModelKey } from './modelSource.ts';

/** What a worker is started with; everything large is shared memory. */
export interface WorkerStart {
  readonly data: ExecutorData;
  /** Memory for results, `slotLength` floats each; a slot is free until a task names it. */
  readonly slots: SharedArrayBuffer;
  readonly slotLength: number;
}

/** One piece of work. */
export type WorkerTask =
  | {
      readonly type: 'gradient';
      readonly piece: number;
      readonly slot: number;
      /** Grows whenever the shared parameters changed. */
      readonly version: number;
      readonly structures: Int32Array;
      readonly weights: LabelWeights;
    }
  | {
      readonly type: 'predict';
      readonly piece: number;
      readonly version: number;
      readonly structures: Int32Array;
    }
  /** Answer to `need-model`. */
  | { readonly type: 'model'; readonly key: ModelKey; readonly bytes: Uint8Array }
  | { readonly type: 'close' };

/** What a worker answers. */
export type WorkerReply =
  | { readonly type: 'ready' }
  | { readonly type: 'need-model'; readonly key: ModelKey }
  | {
      readonly type: 'gradient';
      readonly piece: number;
      readonly slot: number;
      readonly loss: LossTerms;
    }
  | { readonly type: 'predicted'; readonly piece: number }
  | { readonly type: 'failed'; readonly message: string; readonly stack: string | undefined };
