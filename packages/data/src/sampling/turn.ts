import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AbortedError } from '@mlffd/core';

/** Time that synchronous calculations may hold up the rest of the program, ms. */
const TURN_INTERVAL = 20;

/** Lets signals and timers through during long work, and stops it when asked to. */
export class Turn {
  readonly #what: string;
  readonly #signal: AbortSignal | undefined;
  #last: number = performance.now();

  /** @param what is being done, for the message: `the Hessian of H2O` */
  constructor(what: string, signal: AbortSignal | undefined) {
    this.#what = what;
    this.#signal = signal;
  }

  /**
   * To be called between two pieces of work; a promise comes back only when it is time to wait.
   *
   * @throws AbortedError when the signal has fired
   */
  pass(): Promise<void> | undefined {
    this.#check();
    if (performance.now() - this.#last < TURN_INTERVAL) return undefined;
    return nextTurn().then(() => {
      this.#last = performance.now();
      this.#check();
    });
  }

  #check(): void {
    if (this.#signal?.aborted !== true) return;
    throw new AbortedError('data/aborted', `${this.#what} was stopped`, {
      hint: 'Start it again: what was finished before is kept where structures are labelled as units.',
      cause: this.#signal.reason,
    });
  }
}
