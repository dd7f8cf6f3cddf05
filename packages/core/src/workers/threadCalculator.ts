import { MlffdError } from '../errors.ts';
import { CalculatorTimeoutError, CalculatorUnavailableError } from './calculatorErrors.ts';
import { unpackError } from './errorTransfer.ts';
import { WorkerThread } from './workerThread.ts';
import { checkLimits } from './threadOptions.ts';
import type { Atoms } from '../atoms.ts';
import type { CalculateOptions, Calculator, Property, Results } from '../calculator.ts';
import type { CalculatorSource } from './workerProtocol.ts';
import type { ThreadCalculatorOptions } from './threadOptions.ts';
import type { CallReply, ThreadLimits, ThreadListener } from './workerThread.ts';

interface Call {
  readonly id: number;
  readonly atoms: Atoms;
  readonly properties: readonly Property[];
  readonly resolve: (results: Results) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly abort: () => void;
  /** Its promise is settled, though the thread still has to answer. */
  settled: boolean;
}

/** Work that a thread has in store while the program is busy elsewhere, ms. */
const STORE = 20;
/** Most calls in store. */
const MOST_STORED = 16;
/** A call that takes longer gains nothing from a store, which would only delay other threads, ms. */
const LONG_CALL = 2000;
/** Wait after the first failed start, ms; doubled by each further one. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 10_000;
/** Weight of the last call in the mean time of calls. */
const MEMORY = 0.2;

/**
 * A calculator in a worker thread of its own: it holds up nothing else, several in a
 * `CalculatorPool` use as many cores, and a call that hangs or kills the thread costs that call
 * only. Answers are the same bits as without the thread.
 *
 * Calls are answered in the order in which they come. When one takes longer than `timeout`, is
 * given up by its signal, or ends the thread (`process.exit`, an error nobody catches, lack of
 * memory), it rejects, and the next one gets a new thread.
 *
 * Native code that never comes back cannot be ended inside a process; such a calculator belongs
 * into a process of its own.
 */
export class ThreadCalculator implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
  readonly cutoff?: number;
  readonly #source: CalculatorSource;
  readonly #limits: ThreadLimits;
  readonly #timeout: number | undefined;
  readonly #maxStarts: number;
  /** Calls that the thread has been given, in order; it is at the first. */
  #posted: Call[] = [];
  #waiting: Call[] = [];
  #thread: WorkerThread | undefined;
  #starting: Promise<void> | undefined;
  #ending: Promise<void> = Promise.resolve();
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #began = 0;
  /** Mean time of a call, ms. */
  #mean = Infinity;
  #calls = 0;
  #starts = 1;
  #closed: MlffdError | undefined;
  #idle: (() => void) | undefined;
  #disposal: Promise<void> | undefined;

  private constructor(options: ThreadCalculatorOptions, started: Started) {
    const { timeout, maxStarts = 5 } = options;
    const { about } = started.thread;
    this.name = about.name;
    this.properties = about.properties;
    if (about.elements !== undefined) this.elements = about.elements;
    if (about.cutoff !== undefined) this.cutoff = about.cutoff;
    this.#source = started.source;
    this.#limits = started.limits;
    this.#timeout = timeout === undefined ? undefined : 1000 * timeout;
    this.#maxStarts = maxStarts;
    this.#adopt(started);
    started.thread.hold(false);
  }

  /**
   * Starts the thread and makes the calculator there.
   *
   * @throws InvalidArgumentError for a limit out of range, or a module without the factory
   * @throws whatever the factory throws; CalculatorDiedError, CalculatorTimeoutError
   */
  static async start(options: ThreadCalculatorOptions): Promise<ThreadCalculator> {
    checkLimits(options);
    const { module, factory, args = [], startTimeout = 300, maxMemory } = options;
    const source = { module: String(module), factory, args };
    const limits = { start: 1000 * startTimeout, memory: maxMemory };
    return new ThreadCalculator(options, await begin(source, limits));
  }

  /** Threads started so far, also those whose start failed. */
  get starts(): number {
    return this.#starts;
  }

  /** Calls that keep the thread busy while this thread cannot feed it. */
  get ahead(): number {
    if (this.#mean > LONG_CALL) return 0;
    return Math.min(MOST_STORED, Math.ceil(STORE / Math.max(this.#mean, 0.001)));
  }

  /**
   * @throws what the calculator throws; `core/calculator-timeout`, `core/calculator-died`,
   * `core/calculator-unavailable`, `calculator/disposed`
   */
  calculate(
    atoms: Atoms,
    properties: readonly Property[],
    { signal }: CalculateOptions = {},
  ): Promise<Results> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(this.#closed);
        return;
      }
      signal?.throwIfAborted();
      const call: Call = {
        id: this.#calls++,
        atoms,
        properties,
        resolve,
        reject,
        signal,
        abort: () => {
          this.#giveUp(call, signal?.reason);
        },
        settled: false,
      };
      signal?.addEventListener('abort', call.abort, { once: true });
      this.#waiting.push(call);
      this.#feed();
    });
  }

  /** Waits for the call that is being computed, at most some seconds, and rejects the others. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  /** Gives the thread work, or starts one for it. */
  #feed(): void {
    const thread = this.#thread;
    if (thread === undefined) {
      if (this.#waiting.length > 0) this.#starting ??= this.#restart();
      return;
    }
    while (this.#waiting.length > 0 && this.#posted.length <= this.ahead) {
      const call = this.#waiting[0];
      try {
        const { id, atoms, properties } = call;
        thread.post({ type: 'calculate', id, atoms, properties });
      } catch (error) {
        // Something in `info` that cannot be copied.
        this.#waiting.shift();
        this.#settle(call);
        call.reject(error);
        continue;
      }
      this.#waiting.shift();
      this.#posted.push(call);
      if (this.#posted.length === 1) {
        thread.hold(true);
        this.#watch();
      }
    }
  }

  /** Starts the clock of the call that the thread is at. */
  #watch(): void {
    this.#began = performance.now();
    clearTimeout(this.#timer);
    if (this.#timeout === undefined || this.#posted.length === 0) return;
    const [call] = this.#posted;
    this.#timer = setTimeout(() => {
      // This thread may have been busy while the answer came: what has arrived is read first.
      setImmediate(() => {
        if (this.#posted[0] !== call) return;
        this.#drop(
          new CalculatorTimeoutError(
            'core/calculator-timeout',
            `${this.name} did not answer within ${(this.#timeout ?? 0) / 1000} s`,
            {
              expected: `an answer within ${(this.#timeout ?? 0) / 1000} s`,
              found: `${call.atoms.numbers.length} atoms still being computed`,
              hint: 'Raise the time-out if the structure is only large.',
            },
          ),
        );
      });
    }, this.#timeout);
  }

  #answered(reply: CallReply): void {
    const call = this.#posted.shift();
    if (call === undefined) return;
    const time = performance.now() - this.#began;
    this.#mean = this.#mean === Infinity ? time : this.#mean + MEMORY * (time - this.#mean);
    this.#watch();
    if (!call.settled) {
      this.#settle(call);
      if (reply.type === 'results') call.resolve(reply.results);
      else call.reject(unpackError(reply.error));
    }
    if (this.#posted.length === 0 && this.#waiting.length === 0) this.#thread?.hold(false);
    if (this.#posted.length === 0) this.#idle?.();
    this.#feed();
  }

  #settle(call: Call): void {
    call.settled = true;
    call.signal?.removeEventListener('abort', call.abort);
  }

  #giveUp(call: Call, reason: unknown): void {
    if (call.settled) return;
    if (this.#posted[0] === call) {
      this.#drop(reason);
      return;
    }
    this.#settle(call);
    this.#waiting = this.#waiting.filter((other) => other !== call);
    call.reject(reason);
  }

  /** Ends the thread for the sake of the call that it is at; the others get the next thread. */
  #drop(reason: unknown): void {
    const thread = this.#thread;
    this.#thread = undefined;
    if (thread !== undefined) {
      this.#ending = Promise.all([this.#ending, thread.terminate()]).then(() => undefined);
    }
    this.#lose(reason);
  }

  #lose(reason: unknown): void {
    clearTimeout(this.#timer);
    const call = this.#posted.shift();
    const rest = this.#posted;
    this.#posted = [];
    this.#waiting = [...rest.filter(({ settled }) => !settled), ...this.#waiting];
    // The store of calls is for a thread that is known to be quick.
    this.#mean = Infinity;
    if (call !== undefined && !call.settled) {
      this.#settle(call);
      call.reject(reason);
    }
    this.#idle?.();
    this.#feed();
  }

  #adopt({ thread, listener }: Started): void {
    this.#thread = thread;
    listener.reply = (reply) => {
      if (this.#thread === thread) this.#answered(reply);
    };
    listener.died = (error) => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      this.#lose(error);
    };
  }

  async #restart(): Promise<void> {
    // Two threads of one calculator at a time could be more than the memory holds.
    await this.#ending;
    const last: { tries: number; error: unknown } = { tries: 0, error: undefined };
    while (last.tries < this.#maxStarts && this.#waiting.length > 0) {
      try {
        this.#starts++;
        this.#adopt(await begin(this.#source, this.#limits));
        break;
      } catch (error) {
        last.tries++;
        last.error = error;
        if (last.tries < this.#maxStarts) {
          await this.#pause(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (last.tries - 1)));
        }
      }
    }
    this.#starting = undefined;
    if (last.tries === this.#maxStarts) this.#fail(last.error);
    else this.#feed();
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #dispose(): Promise<void> {
    this.#closed ??= new MlffdError('calculator/disposed', `${this.name} was disposed of`, {
      expected: 'a calculator that is still open',
      hint: 'Start a new one.',
    });
    for (const call of [...this.#waiting, ...this.#posted.slice(1)]) {
      this.#settle(call);
      call.reject(this.#closed);
    }
    this.#waiting = [];
    this.#wake?.();
    await this.#starting;
    if (this.#posted.length > 0) {
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, LAST_CALL);
        this.#idle = () => {
          clearTimeout(limit);
          resolve();
        };
      });
    }
    const thread = this.#thread;
    if (this.#posted.length > 0) this.#drop(this.#closed);
    else if (thread !== undefined) {
      this.#thread = undefined;
      this.#ending = Promise.all([this.#ending, thread.close()]).then(() => undefined);
    }
    await this.#ending;
  }

  #fail(cause: unknown): void {
    this.#closed ??= new CalculatorUnavailableError(
      'core/calculator-unavailable',
      `${this.name} could not be started again`,
      {
        found: `${this.#maxStarts} failed starts, the last one: ${String(cause)}`,
        hint: 'See the cause: a lack of memory, or a file that is gone.',
        cause,
      },
    );
    for (const call of this.#waiting) {
      this.#settle(call);
      call.reject(this.#closed);
    }
    this.#waiting = [];
  }
}

/** For the call that is being computed when a calculator is disposed of, ms. */
const LAST_CALL = 5000;

/** A thread, and the ears that its owner still has to grow. */
interface Started {
  readonly source: CalculatorSource;
  readonly limits: ThreadLimits;
  readonly thread: WorkerThread;
  readonly listener: { -readonly [K in keyof ThreadListener]: ThreadListener[K] };
}

async function begin(source: CalculatorSource, limits: ThreadLimits): Promise<Started> {
  const listener: Started['listener'] = { reply: () => undefined, died: () => undefined };
  const thread = await WorkerThread.start(source, limits, {
    reply: (reply) => {
      listener.reply(reply);
    },
    died: (error) => {
      listener.died(error);
    },
  });
  return { source, limits, thread, listener };
}
