import type { Atoms } from '@mlffd/core';
import type { WireAnswer, WireStructure } from '@mlffd/core/ipi';

/** A structure that drivers are asked about; neither part may change before the answer. */
export interface Question {
  readonly atoms: Atoms;
  /** The same as it is sent. */
  readonly structure: WireStructure;
}

/** Whoever has drivers and asks them. */
export interface DriverService {
  /** Drivers that can be asked. */
  readonly size: number;
  /** Structures that drivers take at once, all together. */
  readonly capacity: number;
  readonly ask: (question: Question, signal?: AbortSignal) => Promise<WireAnswer>;
  readonly dispose: () => Promise<void>;
}

/** A question that waits for a driver. */
export interface Job extends Question {
  /** Counts from 0 in the order of the calls. */
  readonly number: number;
  /** What drivers must have been started for. */
  readonly key: string;
  readonly resolve: (answer: WireAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Questions in the order in which they were asked. */
export class JobQueue implements Iterable<Job> {
  readonly #jobs: Job[] = [];
  readonly #onChange: () => void;
  #count = 0;

  /** @param onChange called when a question comes, and when one is given up */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get length(): number {
    return this.#jobs.length;
  }

  [Symbol.iterator](): Iterator<Job> {
    return this.#jobs.values();
  }

  /** Resolves when the job has its answer, wherever it is by then. */
  add(question: Question, key: string, signal?: AbortSignal): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      const job: Job = {
        ...question,
        number: this.#count++,
        key,
        resolve: (answer) => {
          signal?.removeEventListener('abort', abort);
          resolve(answer);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', abort);
          reject(error);
        },
      };
      const abort = (): void => {
        const index = this.#jobs.indexOf(job);
        if (index >= 0) this.#jobs.splice(index, 1);
        // A driver cannot be interrupted: what it is at is finished, and its answer dropped.
        job.reject(signal?.reason as Error);
        this.#onChange();
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#jobs.push(job);
      this.#onChange();
    });
  }

  /** Removes the first jobs that are wanted. */
  take(most: number, isWanted: (job: Job) => boolean): Job[] {
    const taken: Job[] = [];
    for (let k = 0; k < this.#jobs.length && taken.length < most;) {
      if (isWanted(this.#jobs[k])) taken.push(...this.#jobs.splice(k, 1));
      else k++;
    }
    return taken;
  }

  /** Ends the waiting of jobs, of all or of those meant. */
  reject(error: Error, isMeant: (job: Job) => boolean = () => true): void {
    for (const job of this.take(Infinity, isMeant)) job.reject(error);
  }
}
