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
      /** At most ten per second, beside the first and the last one. */
      readonly type: 'progress';
      /** Structures finished so far, of all runs. */
      readonly done: number;
      readonly failed: number;
      readonly total: number | undefined;
      /** Labels per hour, over the last half minute. */
      readonly perHour: number;
      /** Time left, s; undefined where the number of structures is not known. */
      readonly secondsLeft: number | undefined;
    }
  /** The first hundred, then at most ten per second: the journal has all. */
  | ({ readonly type: 'failure' } & LabelFailure)
  /** A call that is made again; counted with the failures. */
  | ({ readonly type: 'retry' } & LabelFailure)
  /** A damaged shard whose structures are labelled again. */
  | { readonly type: 'damaged'; readonly file: string; readonly message: string }
  | { readonly type: 'commit'; readonly structures: number; readonly shards: number }
  | { readonly type: 'end'; readonly summary: LabelSummary };

/** Least time between two events of a kind, ms. */
const PAUSE = 100;
/** Failures that are told whatever their rate. */
const FREE_FAILURES = 100;
/** The rate is that of the last `SAMPLES` times `SAMPLE_TIME` ms. */
const SAMPLES = 30;
const SAMPLE_TIME = 1000;

/** Rate and time left of a labelling run. */
export class LabelProgress {
  readonly #onEvent: ((event: LabelEvent) => void) | undefined;
  readonly #total: number | undefined;
  readonly #now: () => number;
  readonly #start: number;
  /** Time (ms) and number of finished structures, about once in `SAMPLE_TIME`, as a ring. */
  readonly #times = new Float64Array(SAMPLES);
  readonly #counts = new Float64Array(SAMPLES);
  #samples = 1;
  #done: number;
  #failed: number;
  #finished = 0;
  #told = 0;
  #lastProgress = -Infinity;
  #lastFailure = -Infinity;
  #untold = false;

  constructor(
    onEvent: ((event: LabelEvent) => void) | undefined,
    counts: { done: number; failed: number; total: number | undefined },
    now: () => number = () => performance.now(),
  ) {
    this.#onEvent = onEvent;
    this.#done = counts.done;
    this.#failed = counts.failed;
    this.#total = counts.total;
    this.#now = now;
    this.#start = now();
    this.#times[0] = this.#start;
    onEvent?.({ type: 'start', done: counts.done, total: counts.total });
  }

  /** Wall time since the start, s. */
  get seconds(): number {
    return (this.#now() - this.#start) / 1000;
  }

  count(failure: LabelFailure | undefined): void {
    this.#done++;
    this.#finished++;
    const now = this.#now();
    if (failure !== undefined) {
      this.#failed++;
      this.#tell('failure', failure, now);
    }
    if (now - this.#times[(this.#samples - 1) % SAMPLES] >= SAMPLE_TIME) {
      const k = this.#samples++ % SAMPLES;
      this.#times[k] = now;
      this.#counts[k] = this.#finished;
    }
    this.#untold = true;
    if (now - this.#lastProgress >= PAUSE) this.#report(now);
  }

  retry(failure: LabelFailure): void {
    this.#tell('retry', failure, this.#now());
  }

  /** Tells of the last structures, which may have come too soon for an event of their own. */
  flush(): void {
    if (this.#untold) this.#report(this.#now());
  }

  #tell(type: 'failure' | 'retry', failure: LabelFailure, now: number): void {
    if (this.#told >= FREE_FAILURES && now - this.#lastFailure < PAUSE) return;
    this.#told++;
    this.#lastFailure = now;
    const { id, code, message, attempts } = failure;
    this.#onEvent?.({
      type,
      id,
      code,
      message,
      ...(attempts === undefined ? {} : { attempts }),
    });
  }

  #report(now: number): void {
    this.#lastProgress = now;
    this.#untold = false;
    // The oldest sample that is still there.
    const k = this.#samples <= SAMPLES ? 0 : this.#samples % SAMPLES;
    const perMs = (this.#finished - this.#counts[k]) / Math.max(now - this.#times[k], 1e-6);
    const left = this.#total === undefined ? undefined : Math.max(0, this.#total - this.#done);
    this.#onEvent?.({
      type: 'progress',
      done: this.#done,
      failed: this.#failed,
      total: this.#total,
      perHour: 3_600_000 * perMs,
      secondsLeft: left === undefined ? undefined : left === 0 ? 0 : left / perMs / 1000,
    });
  }
}
