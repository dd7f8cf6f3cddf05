import { constants, PerformanceObserver } from 'node:perf_hooks';
import type { PerformanceEntry } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** One pause of the garbage collector. */
export interface Pause {
  /** ms, on the clock of `performance`. */
  readonly start: number;
  /** ms. */
  readonly duration: number;
  /** `minor`, `major`, `incremental` or `weak`. */
  readonly kind: string;
}

const KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak',
};

/** Collects the pauses of the garbage collector of this thread until it is stopped. */
export class PauseWatch {
  readonly #pauses: Pause[] = [];
  readonly #observer: PerformanceObserver;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      this.#take(list.getEntries());
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** All pauses, in order. */
  async stop(): Promise<readonly Pause[]> {
    // Node tells of a pause in a later turn of the event loop.
    await nextTurn();
    await nextTurn();
    this.#take(this.#observer.takeRecords());
    this.#observer.disconnect();
    return this.#pauses.sort((a, b) => a.start - b.start);
  }

  #take(entries: readonly PerformanceEntry[]): void {
    for (const entry of entries) {
      const { detail } = entry as PerformanceEntry & { readonly detail?: { kind?: number } };
      const kind = KINDS[detail?.kind ?? 0] ?? 'other';
      this.#pauses.push({ start: entry.startTime, duration: entry.duration, kind });
    }
  }
}
