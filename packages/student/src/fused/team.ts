import type { TeamFunctions } from './doParts.ts';
import { TeamError } from './errors.ts';
import { instantiate, type KernelFunctions, type Kernels } from './kernels.ts';
import type { PartThread, StartThread } from './partThread.ts';
import type { KernelMemory } from './webAssembly.ts';

/** Bytes that the threads of a team need to tell each other what to do. */
export const TEAM_BYTES = 256;

/** Choices of `KernelTeam.start`. */
export interface TeamOptions {
  /** Kernels for shared memory. */
  readonly kernels: Kernels;
  /** Made with `shared: true`. */
  readonly memory: KernelMemory;
  /** Address of TEAM_BYTES bytes at the beginning of a cache line, of which the team makes use alone. */
  readonly sync: number;
  /** With the calling one: 2 or more. */
  readonly threads: number;
  readonly startThread: StartThread;
  /**
   * Whether the calling thread may sleep while it waits for the others; default true. The thread of a page
   * must not: there it keeps its core busy instead.
   */
  readonly sleep?: boolean;
  /**
   * How long the calling thread waits for the others when it has ended a stage, seconds; default 30. Shares
   * are equal, so that even the stages of huge structures end within less of one another.
   */
  readonly patience?: number;
  /** How long threads may take to start, seconds; default 60. */
  readonly startTimeout?: number;
}

/** What `lead` returns where a thread is lost. */
const LOST = -2;

const PATIENCE = 30;
const START_TIMEOUT = 60;

/** Threads that compute each structure together, a part each. The calling thread is one of them. */
export class KernelTeam {
  /** Number of threads, and so of the parts that structures must have. */
  readonly threads: number;
  readonly #functions: KernelFunctions & TeamFunctions;
  readonly #sync: number;
  readonly #sleep: number;
  readonly #patience: number;
  #helpers: readonly PartThread[] = [];
  #end: TeamError | undefined;

  private constructor(options: TeamOptions) {
    const { kernels, memory, sync, threads, sleep = true, patience = PATIENCE } = options;
    this.threads = threads;
    this.#functions = instantiate(kernels, memory) as KernelFunctions & TeamFunctions;
    this.#sync = sync;
    this.#sleep = sleep ? 1 : 0;
    // Tenths of a second.
    this.#patience = Math.max(1, Math.ceil(10 * patience));
  }

  /**
   * Starts the threads.
   *
   * @throws TeamError where one does not start
   */
  static async start(options: TeamOptions): Promise<KernelTeam> {
    new Uint8Array(options.memory.buffer, options.sync, TEAM_BYTES).fill(0);
    const team = new KernelTeam(options);
    try {
      await team.#start(options);
    } catch (error) {
      await team.dispose();
      throw error;
    }
    return team;
  }

  /**
   * Energy and forces of a structure that has as many parts as the team has threads.
   *
   * @returns 0, or -1 where two atoms are at one place (see `clashA` of the parts)
   * @throws TeamError where a thread has ended or does not answer; the team is of no use any more then
   */
  run(network: number, structure: number): number {
    if (this.#end !== undefined) throw this.#end;
    const { lead, stop } = this.#functions;
    let cause: unknown = 'it does not answer';
    try {
      const result = lead(this.#sync, network, structure, this.#sleep, this.#patience);
      if (result !== LOST) return result;
    } catch (trap) {
      cause = trap;
    }
    stop(this.#sync);
    this.#end = lost(cause);
    throw this.#end;
  }

  /** Ends the threads; resolves when they have ended. */
  async dispose(): Promise<void> {
    this.#end ??= new TeamError('student/team-disposed', 'the threads have been ended', {
      hint: 'Make a new calculator.',
    });
    this.#functions.stop(this.#sync);
    await Promise.all(this.#helpers.map((helper) => helper.end()));
    this.#helpers = [];
  }

  async #start({ kernels, memory, sync, ...options }: TeamOptions): Promise<void> {
    const { startThread, startTimeout = START_TIMEOUT } = options;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      let missing = this.threads - 1;
      const ready = (): void => {
        missing--;
        if (missing === 0) resolve();
      };
      const ended = (cause: unknown): void => {
        this.#end ??= lost(cause);
        reject(unstarted(cause));
      };
      timer = setTimeout(() => {
        reject(unstarted(`nothing for ${startTimeout} s`));
      }, 1000 * startTimeout);
      try {
        for (let part = 1; part < this.threads; part++) {
          const helper = startThread({ kernels, memory, sync, part }, { ready, ended });
          this.#helpers = [...this.#helpers, helper];
        }
      } catch (cause) {
        reject(unstarted(cause));
      }
    }).finally(() => {
      clearTimeout(timer);
    });
  }
}

const say = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'message' in cause
    ? String(cause.message)
    : String(cause);

function lost(cause: unknown): TeamError {
  return new TeamError('student/team-lost', `a thread of the kernels has ended: ${say(cause)}`, {
    expected: 'threads that go on',
    found: say(cause),
    hint: 'Make a new calculator. If it happens again, look for a lack of memory, or take one thread.',
    cause,
  });
}

function unstarted(cause: unknown): TeamError {
  return new TeamError('student/team-start', `a thread could not be started: ${say(cause)}`, {
    expected: 'a thread that reports that it is ready',
    found: say(cause),
    hint: 'Take one thread, or free memory.',
    cause,
  });
}
