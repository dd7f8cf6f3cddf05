import type { Ranked } from './bestByGroup.ts';

/** What the students' uncertainty makes of a structure. */
export type TrustClass = 'accurate' | 'candidate' | 'failed';

/** A structure that could not be measured. */
export interface QueryFailure {
  readonly id: string;
  readonly group: string;
  /** Stable code of the error, or the name of its class. */
  readonly code: string;
  readonly message: string;
}

/** What became of all structures. */
export interface QueryStatistics {
  readonly seen: number;
  readonly accurate: number;
  readonly candidate: number;
  /** Above the upper level, or not measured. */
  readonly failed: number;
  /** Candidates that were chosen. */
  readonly selected: number;
  /**
   * Number of structures by reason: `below-lower`, `within`, `above-upper`, or the code of the error
   * of those that could not be measured.
   */
  readonly reasons: Readonly<Record<string, number>>;
  /** Of the structures that were measured; NaN without any. */
  readonly meanUncertainty: number;
  readonly largestUncertainty: number;
}

/** What a selection tells while it goes on. */
export type QueryEvent =
  | ({ readonly type: 'structure'; readonly class: TrustClass } & Ranked)
  | ({ readonly type: 'failure' } & QueryFailure)
  | {
      readonly type: 'progress';
      readonly seen: number;
      readonly candidates: number;
      readonly total: number | undefined;
      readonly perSecond: number;
      /** Time left, s; undefined where the number of structures is not known. */
      readonly secondsLeft: number | undefined;
    }
  | { readonly type: 'end'; readonly statistics: QueryStatistics };

/** Failures that are kept. */
const MOST_FAILURES = 100;

const REASONS = {
  accurate: 'below-lower',
  candidate: 'within',
  failed: 'above-upper',
} as const;

/** Counts the structures of a selection by class and reason, and reports them. */
export class QueryTally {
  readonly #onEvent: ((event: QueryEvent) => void) | undefined;
  readonly #total: number | undefined;
  readonly #start = performance.now();
  readonly #classes: Record<TrustClass, number> = { accurate: 0, candidate: 0, failed: 0 };
  readonly #reasons = new Map<string, number>();
  readonly #failures: QueryFailure[] = [];
  #unmeasured = 0;
  #sum = 0;
  #largest = NaN;

  constructor(onEvent: ((event: QueryEvent) => void) | undefined, total: number | undefined) {
    this.#onEvent = onEvent;
    this.#total = total;
  }

  /** Structures so far. */
  get seen(): number {
    const { accurate, candidate, failed } = this.#classes;
    return accurate + candidate + failed;
  }

  /** Structures that could not be measured. */
  get unmeasured(): number {
    return this.#unmeasured;
  }

  get failures(): readonly QueryFailure[] {
    return this.#failures;
  }

  count(ranked: Ranked, trust: TrustClass): void {
    const { value } = ranked;
    this.#sum += value;
    this.#largest = value <= this.#largest ? this.#largest : value;
    this.#onEvent?.({ type: 'structure', class: trust, ...ranked });
    this.#add(trust, REASONS[trust]);
  }

  fail(failure: QueryFailure): void {
    this.#unmeasured++;
    if (this.#failures.length < MOST_FAILURES) this.#failures.push(failure);
    this.#onEvent?.({ type: 'failure', ...failure });
    this.#add('failed', failure.code);
  }

  statistics(selected: number): QueryStatistics {
    const reasons = [...this.#reasons].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      seen: this.seen,
      ...this.#classes,
      selected,
      reasons: Object.fromEntries(reasons),
      meanUncertainty: this.#sum / (this.seen - this.#unmeasured),
      largestUncertainty: this.#largest,
    };
  }

  #add(trust: TrustClass, reason: string): void {
    this.#classes[trust]++;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    const { seen } = this;
    const perSecond = (1000 * seen) / Math.max(performance.now() - this.#start, 1e-6);
    this.#onEvent?.({
      type: 'progress',
      seen,
      candidates: this.#classes.candidate,
      total: this.#total,
      perSecond,
      secondsLeft: this.#total === undefined ? undefined : (this.#total - seen) / perSecond,
    });
  }
}
