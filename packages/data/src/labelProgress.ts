import type { LabelFailure, LabelSummary } from './labelTypes.ts';

/** What a labelling run tells while it goes on. */
export type LabelEvent =
  | {
      readonly type: 'start';
      /** Structures that an earlier run has finished, labelled or failed. */
      readonly done: number;
      readonly total: number | undefined;
    }
  | {
      readonly type: 'progress';
      /** Structures finished so far, of all runs. */
      readonly done: number;
      readonly failed: number;
      readonly total: number | undefined;
      /** Labels per hour of this run. */
      readonly perHour: number;
      /** Time left, s; undefined where the number of structures is not known. */
      readonly secondsLeft: number | undefined;
    }
  | ({ readonly type: 'failure' } & LabelFailure)
  | { readonly type: 'commit'; readonly structures: number; readonly shards: number }
  | { readonly type: 'end'; readonly summary: LabelSummary };

/** Rate and time left of a labelling run. */
export class LabelProgress {
  readonly #onEvent: ((event: LabelEvent) => void) | undefined;
  readonly #total: number | undefined;
  readonly #start = performance.now();
  #done: number;
  #failed: number;
  #finished = 0;

  constructor(
    onEvent: ((event: LabelEvent) => void) | undefined,
    counts: { done: number; failed: number; total: number | undefined },
  ) {
    this.#onEvent = onEvent;
    this.#done = counts.done;
    this.#failed = counts.failed;
    this.#total = counts.total;
    onEvent?.({ type: 'start', done: counts.done, total: counts.total });
  }

  /** Wall time since the start, s. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  count(failure: LabelFailure | undefined): void {
    this.#done++;
    this.#finished++;
    if (failure !== undefined) {
      this.#failed++;
      const { id, code, message } = failure;
      this.#onEvent?.({ type: 'failure', id, code, message });
    }
    const perSecond = this.#finished / Math.max(this.seconds, 1e-9);
    this.#onEvent?.({
      type: 'progress',
      done: this.#done,
      failed: this.#failed,
      total: this.#total,
      perHour: 3600 * perSecond,
      secondsLeft: this.#total === undefined ? undefined : (this.#total - this.#done) / perSecond,
    });
  }
}
