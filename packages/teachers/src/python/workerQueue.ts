import {
  type Atoms,
  copyAtoms,
  MlffdError,
  type Property,
  type Results,
  stableStringify,
} from '@mlffd/core';
import { blockBytes, readJson, readResults, type Reply, REPLY } from './protocol.ts';
import {
  diedError,
  PythonTeacherError,
  structureError,
  type StructureFailure,
  timeoutError,
} from './pythonErrors.ts';
import type { ResolvedOptions } from './pythonOptions.ts';
import { type ReadyWorker, startWorker } from './startWorker.ts';
import type { Greeting, WorkerEnd, WorkerProcess } from './workerProcess.ts';

/** Structures in one request: enough to hide the way there and back. */
const BATCH = 64;
const BATCH_BYTES = 2 ** 22;
/** How long a worker that is out of time may take to print where it is, ms. */
const LAST_WORDS_MS = 100;
/** Wait before the second restart in a row, ms; doubled for each further one. The first has none. */
const BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 10_000;

interface Job {
  readonly atoms: Atoms;
  readonly properties: readonly Property[];
  readonly resolve: (results: Results) => void;
  readonly reject: (error: unknown) => void;
}

/** Structures on their way to one worker at a time, which is replaced when it ends. */
export class WorkerQueue {
  readonly #name: string;
  readonly #options: ResolvedOptions;
  readonly #first: Greeting;
  #worker: WorkerProcess | undefined;
  /** Number of the running worker in the list of processes. */
  #pid = 0;
  readonly #waiting: Job[] = [];
  /** Structures that the worker has; it computes the first. */
  #flight: Job[] = [];
  #number = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The worker is being ended since its structure took too long. */
  #late = false;
  #restart: Promise<void> | undefined;
  #failures = 0;
  #notBefore = 0;
  readonly #disposal = new AbortController();
  #disposed: Promise<void> | undefined;

  constructor(name: string, options: ResolvedOptions, first: ReadyWorker) {
    this.#name = name;
    this.#options = options;
    this.#first = first.greeting;
    this.#adopt(first);
  }

  /** Asks about one structure. */
  ask(atoms: Atoms, properties: readonly Property[]): Promise<Results> {
    // What is sent at once is copied by that; what waits could be changed by its owner.
    const atOnce = this.#worker !== undefined && this.#flight.length === 0;
    const answer = this.#add(atOnce ? atoms : copyAtoms(atoms), properties);
    this.#pump();
    return answer;
  }

  /** Asks about several, in as few messages as possible. */
  askMany(structures: readonly Atoms[], properties: readonly Property[]): Promise<Results>[] {
    const answers = structures.map((atoms) => this.#add(copyAtoms(atoms), properties));
    this.#pump();
    return answers;
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#end();
    return this.#disposed;
  }

  #add(atoms: Atoms, properties: readonly Property[]): Promise<Results> {
    if (this.#disposal.signal.aborted) return Promise.reject(disposedError(this.#name));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ atoms, properties, resolve, reject });
    });
  }

  /** Gives the worker what waits, if it is idle; starts one, if there is none. */
  #pump(): void {
    if (this.#flight.length > 0 || this.#waiting.length === 0) return;
    const worker = this.#worker;
    if (worker === undefined) {
      this.#restart ??= this.#startAgain();
      return;
    }
    this.#flight = this.#waiting.splice(0, this.#batchLength());
    this.#number = (this.#number + 1) >>> 0;
    worker.ref();
    worker.ask(this.#number, this.#flight);
    this.#startTimer(worker);
  }

  #batchLength(): number {
    const most = Math.min(this.#waiting.length, BATCH);
    let bytes = 0;
    for (let count = 0; count < most; count++) {
      bytes += blockBytes(this.#waiting[count].atoms);
      if (bytes > BATCH_BYTES) return Math.max(count, 1);
    }
    return most;
  }

  #startTimer(worker: WorkerProcess): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#late = true;
      printTraceback(this.#pid);
      this.#timer = setTimeout(() => {
        worker.kill();
      }, LAST_WORDS_MS);
    }, 1000 * this.#options.timeout);
  }

  #onReply(worker: WorkerProcess, reply: Reply): void {
    if (this.#late || reply.number !== this.#number) return;
    const job = this.#flight.shift();
    if (job === undefined) return;
    this.#failures = 0;
    if (reply.kind === REPLY.results) job.resolve(readResults(reply));
    else {
      const failure = readJson(reply) as StructureFailure;
      job.reject(structureError(this.#name, failure, worker.log));
    }
    if (this.#flight.length > 0) {
      this.#startTimer(worker);
      return;
    }
    clearTimeout(this.#timer);
    this.#pump();
    if (this.#flight.length === 0) worker.unref();
  }

  #onEnd(end: WorkerEnd): void {
    clearTimeout(this.#timer);
    this.#worker = undefined;
    if (this.#disposal.signal.aborted) return;
    this.#options.onEvent?.({ type: 'worker-ended', pid: this.#pid, reason: end.reason });
    this.#backOff();
    // The structure under way is lost, the others of its batch are asked again. A worker that was
    // idle is replaced when it is needed.
    const job = this.#flight.shift();
    job?.reject(
      this.#late
        ? timeoutError(this.#name, this.#options.timeout, end)
        : diedError(this.#name, end),
    );
    this.#late = false;
    this.#waiting.unshift(...this.#flight);
    this.#flight = [];
    this.#pump();
  }

  #backOff(): void {
    this.#failures += 1;
    const wait = this.#failures === 1 ? 0 : BACK_OFF_MS * 2 ** (this.#failures - 2);
    this.#notBefore = performance.now() + Math.min(wait, LONGEST_BACK_OFF_MS);
  }

  /** Never rejects: what goes wrong is the answer to all that wait. */
  async #startAgain(): Promise<void> {
    const { signal } = this.#disposal;
    try {
      await sleep(this.#notBefore - performance.now(), signal);
      const ready = await startWorker(this.#options, signal);
      if (!samePackages(ready.greeting, this.#first)) {
        ready.worker.stop();
        await ready.worker.ended;
        throw changedError(this.#name, this.#first, ready.greeting);
      }
      this.#adopt(ready);
    } catch (error) {
      this.#backOff();
      for (const job of this.#waiting.splice(0)) job.reject(error);
    }
    this.#restart = undefined;
    this.#pump();
  }

  #adopt({ worker, greeting, listen }: ReadyWorker): void {
    this.#worker = worker;
    this.#pid = greeting.pid;
    listen((reply) => {
      this.#onReply(worker, reply);
    });
    void worker.ended.then((end) => {
      this.#onEnd(end);
    });
  }

  async #end(): Promise<void> {
    this.#disposal.abort();
    clearTimeout(this.#timer);
    const busy = this.#flight.length > 0;
    const error = disposedError(this.#name);
    for (const job of [...this.#flight.splice(0), ...this.#waiting.splice(0)]) job.reject(error);
    await this.#restart;
    const worker = this.#worker;
    if (busy) worker?.kill();
    else worker?.stop();
    worker?.ref();
    await worker?.ended;
  }
}

/** Tells the worker to print where it is; it has a handler for that signal. */
function printTraceback(pid: number): void {
  try {
    process.kill(pid, 'SIGUSR1');
  } catch {
    // It has just ended by itself.
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}

function samePackages(a: Greeting, b: Greeting): boolean {
  return stableStringify(versionsOf(a)) === stableStringify(versionsOf(b));
}

function versionsOf({ packages, sources }: Greeting): Pick<Greeting, 'packages' | 'sources'> {
  return { packages, sources };
}

function disposedError(name: string): MlffdError {
  return new MlffdError('calculator/disposed', `${name} has been disposed of`, {
    hint: 'Start another teacher.',
  });
}

function changedError(name: string, before: Greeting, after: Greeting): PythonTeacherError {
  return new PythonTeacherError('teachers/changed', `the packages of ${name} changed`, {
    expected: JSON.stringify(versionsOf(before)),
    found: JSON.stringify(versionsOf(after)),
    hint: 'Start again: answers of both versions must not be mixed.',
  });
}
