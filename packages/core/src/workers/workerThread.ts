import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { CalculatorDiedError, CalculatorTimeoutError } from './calculatorErrors.ts';
import { unpackError } from './errorTransfer.ts';
import type {
  CalculatorFacts,
  CalculatorSource,
  WorkerReply,
  WorkerRequest,
} from './workerProtocol.ts';

/** Limits of a thread. */
export interface ThreadLimits {
  /** For making the calculator, ms. */
  readonly start: number;
  /** JavaScript heap of the thread, MiB; absent means Node's own limit. */
  readonly memory: number | undefined;
}

/** Answers to calls. */
export type CallReply = Extract<WorkerReply, { readonly id: number }>;

/** Who listens to a thread that has started. */
export interface ThreadListener {
  reply(reply: CallReply): void;
  /** The thread ended though nobody asked it to. */
  died(error: CalculatorDiedError): void;
}

/** For an end that was asked for, ms: longer than any `dispose` should take. */
const GRACE = 5000;

/** One worker thread with a calculator in it. Dropped by its owner once it has ended. */
export class WorkerThread {
  readonly about: CalculatorFacts;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;

  private constructor(worker: Worker, ended: Promise<void>, about: CalculatorFacts) {
    this.#worker = worker;
    this.#ended = ended;
    this.about = about;
  }

  /**
   * Starts a thread and makes the calculator there; a thread that does not get so far is ended.
   *
   * @throws what the factory throws; CalculatorDiedError, CalculatorTimeoutError
   */
  static async start(
    source: CalculatorSource,
    limits: ThreadLimits,
    listener: ThreadListener,
  ): Promise<WorkerThread> {
    const worker = new Worker(workerFile(), {
      workerData: source,
      ...(limits.memory === undefined
        ? {}
        : { resourceLimits: { maxOldGenerationSizeMb: limits.memory } }),
    });
    let cause: unknown;
    let timer: NodeJS.Timeout | undefined;
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', (code) => {
        cause ??= code;
        resolve();
      });
    });
    try {
      const about = await new Promise<CalculatorFacts>((resolve, reject) => {
        let started = false;
        worker.on('message', (reply: WorkerReply) => {
          if (reply.type === 'ready') {
            started = true;
            resolve(reply.about);
          } else if (reply.type === 'unmade') {
            reject(unpackError(reply.error));
          } else {
            listener.reply(reply);
          }
        });
        worker.on('error', (error) => {
          cause ??= error;
        });
        void ended.then(() => {
          const error = died(source, cause);
          if (started) listener.died(error);
          else reject(error);
        });
        timer = setTimeout(() => {
          reject(slow(source, limits.start));
        }, limits.start);
      });
      return new WorkerThread(worker, ended, about);
    } catch (error) {
      await worker.terminate();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  post(request: WorkerRequest): void {
    this.#worker.postMessage(request);
  }

  /** Whether the thread keeps the program running. */
  hold(hold: boolean): void {
    if (hold) this.#worker.ref();
    else this.#worker.unref();
  }

  /** Ends the thread after what it is at; `dispose` of the calculator runs there. */
  async close(): Promise<void> {
    this.hold(true);
    this.post({ type: 'close' });
    await within(GRACE, this.#ended);
    await this.terminate();
  }

  /** Ends the thread at once. Native code that does not come back cannot be ended. */
  async terminate(): Promise<void> {
    await within(GRACE, this.#worker.terminate());
    this.hold(false);
  }
}

async function within(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise, limit]);
  clearTimeout(timer);
}

function died({ factory }: CalculatorSource, cause: unknown): CalculatorDiedError {
  const reason =
    typeof cause === 'object' && cause !== null && 'message' in cause
      ? String(cause.message)
      : `exit code ${String(cause)}`;
  return new CalculatorDiedError(
    'core/calculator-died',
    `the thread of ${factory} ended: ${reason}`,
    {
      expected: 'a thread that goes on',
      found: reason,
      hint: 'A new one is started for the next call. If it happens often, look for a lack of memory.',
      cause,
    },
  );
}

function slow({ factory }: CalculatorSource, limit: number): CalculatorTimeoutError {
  return new CalculatorTimeoutError(
    'core/calculator-timeout',
    `${factory} made no calculator within ${limit / 1000} s`,
    { hint: 'Raise startTimeout.' },
  );
}

/** Compiled entry of the thread; Node 20 runs no TypeScript, so sources use what was built. */
function workerFile(): string {
  const beside = new URL('./calculatorWorker.js', import.meta.url);
  if (existsSync(beside)) return fileURLToPath(beside);
  return fileURLToPath(new URL('../../dist/workers/calculatorWorker.js', import.meta.url));
}
