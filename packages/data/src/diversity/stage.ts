import { setImmediate as turn } from 'node:timers/promises';
import { AbortedError } from '@mlffd/core';

/** What an analysis tells while it goes on. */
export interface DiversityEvent {
  readonly type: 'progress';
  readonly stage: 'read' | 'compare' | 'rmsd';
  /** Steps of this stage: structures, rows of the comparison, formulas. */
  readonly done: number;
  readonly total: number;
  /** Time since the stage began, s. */
  readonly seconds: number;
  /** Time until it ends at the rate so far, s; undefined at its start. */
  readonly secondsLeft: number | undefined;
}

/** How a long analysis is watched and stopped. */
export interface StageOptions {
  /** Ends with AbortedError; nothing is written, so nothing is lost. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: DiversityEvent) => void;
}

/** The program answers to signals, and tells how far it is, this often, ms. */
const BREATH = 50;

/** One stage of an analysis. */
export class Stage {
  readonly #name: DiversityEvent['stage'];
  readonly #total: number;
  readonly #options: StageOptions;
  readonly #start = performance.now();
  #breath = this.#start;

  constructor(name: DiversityEvent['stage'], total: number, options: StageOptions) {
    this.#name = name;
    this.#total = total;
    this.#options = options;
    this.#tell(0);
  }

  /**
   * Call after each step; gives way to others now and then.
   *
   * @throws AbortedError when the signal has fired
   */
  async step(done: number): Promise<void> {
    const now = performance.now();
    if (now - this.#breath < BREATH && done < this.#total) return;
    this.#breath = now;
    this.#tell(done);
    await turn();
    if (this.#options.signal?.aborted !== true) return;
    throw new AbortedError('data/aborted', 'the analysis of diversity was stopped', {
      where: `stage ${this.#name}, ${done} of ${this.#total}`,
      hint: 'Nothing was written; start it again.',
    });
  }

  #tell(done: number): void {
    const seconds = (performance.now() - this.#start) / 1000;
    this.#options.onEvent?.({
      type: 'progress',
      stage: this.#name,
      done,
      total: this.#total,
      seconds,
      secondsLeft: done > 0 ? (seconds / done) * (this.#total - done) : undefined,
    });
  }
}
