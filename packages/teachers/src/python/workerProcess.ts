import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Property } from '@mlffd/core';
import { FrameReader } from './frameReader.ts';
import { LogLines, readLines } from './logLines.ts';
import { type Question, type Reply, REQUEST, RequestWriter } from './protocol.ts';

/** How long output may still arrive after the process is gone, ms. */
const DRAIN_MS = 500;
/** How long a worker may take to stop by itself before it is killed, ms. */
const STOP_MS = 2000;
/** How long the supervisor may take to end the worker before it is killed itself, ms. */
const KILL_MS = 1000;

/** What it takes to start a worker. */
export interface WorkerLaunch {
  readonly python: string;
  /** worker.py */
  readonly script: string;
  /** First message: what to load. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly env: NodeJS.ProcessEnv;
}

export interface WorkerEvents {
  readonly onReply: (reply: Reply) => void;
  readonly onLog: (stream: 'stdout' | 'stderr', line: string) => void;
}

/** How a worker ended. */
export interface WorkerEnd {
  /** `exit code 3`, `SIGSEGV`, or why it never ran. */
  readonly reason: string;
  /** Last lines of stderr. */
  readonly log: readonly string[];
  /** Why it could not be spawned. */
  readonly cause?: unknown;
}

/**
 * One Python process (and its supervisor), from start to end; it is never restarted.
 *
 * Requests go out on its descriptor 3, replies come in on 4; 5 is held open for as long as this
 * process lives, and the supervisor ends everything once it closes.
 */
export class WorkerProcess {
  /** Resolves when the process is gone and its output has been read. */
  readonly ended: Promise<WorkerEnd>;
  readonly #child: ChildProcess;
  readonly #requests: Socket;
  readonly #replies: Socket;
  readonly #lifeline: Socket;
  readonly #writer = new RequestWriter();
  readonly #errors: LogLines;
  #over = false;

  constructor(launch: WorkerLaunch, { onReply, onLog }: WorkerEvents) {
    const { python, script, config, env } = launch;
    this.#child = spawn(python, ['-u', '-X', 'utf8', script], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      // A session of its own: Ctrl-C in a terminal is for the asking process to deal with.
      detached: true,
      env,
    });
    const exit = exitOf(this.#child);
    const streams = this.#child.stdio as unknown as readonly Socket[] | undefined;
    // Without a descriptor left, there are no streams.
    if (streams === undefined) throw new Error('too many open files');
    const [, stdout, stderr, requests, replies, lifeline] = streams;
    this.#requests = requests;
    this.#replies = replies;
    this.#lifeline = lifeline;
    this.#errors = new LogLines((line) => {
      onLog('stderr', line);
    });
    const output = new LogLines((line) => {
      onLog('stdout', line);
    });
    const drained = [
      [stdout, output],
      [stderr, this.#errors],
    ].map(([stream, lines]) => readLines(stream as Socket, lines as LogLines));
    // What is written to a worker that has just died is lost; `ended` tells.
    for (const stream of [requests, replies, lifeline]) stream.on('error', () => undefined);
    const reader = new FrameReader(onReply);
    replies.on('data', (chunk: Uint8Array) => {
      try {
        reader.push(chunk);
      } catch {
        this.kill();
      }
    });
    this.ended = this.#watch(exit, drained);
    requests.write(this.#writer.json(REQUEST.start, 0, config));
    this.unref();
  }

  /** Process to look for in a list of processes; the worker's own number is in its greeting. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Last lines of stderr so far. */
  get log(): readonly string[] {
    return this.#errors.last;
  }

  /** Asks about structures; all earlier ones must have been answered. */
  ask(number: number, questions: readonly Question[]): void {
    this.#requests.write(this.#writer.evaluate(number, questions));
  }

  /** The program waits for this process. */
  ref(): void {
    this.#replies.ref();
    this.#child.ref();
  }

  /** The program may end; the process then ends, too. */
  unref(): void {
    this.#child.unref();
    for (const stream of this.#child.stdio) (stream as Socket | null)?.unref();
  }

  /** Ends it at once, with all processes that it started. */
  kill(): void {
    if (this.#over) return;
    this.#lifeline.destroy();
    this.#after(KILL_MS, () => this.#child.kill('SIGKILL'));
  }

  /** Lets it end by itself; a calculator may have files to remove. */
  stop(): void {
    if (this.#over) return;
    this.ref();
    this.#requests.write(this.#writer.json(REQUEST.stop, 0, {}));
    this.#after(STOP_MS, () => {
      this.kill();
    });
  }

  #after(milliseconds: number, action: () => void): void {
    const timer = setTimeout(action, milliseconds);
    void this.ended.then(() => {
      clearTimeout(timer);
    });
  }

  async #watch(
    exit: Promise<Omit<WorkerEnd, 'log'>>,
    drained: readonly Promise<unknown>[],
  ): Promise<WorkerEnd> {
    const how = await exit;
    this.#over = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, DRAIN_MS)));
    await Promise.race([Promise.all(drained), late]);
    clearTimeout(timer);
    for (const stream of this.#child.stdio) stream?.destroy();
    return { ...how, log: this.#errors.last };
  }
}

function exitOf(child: ChildProcess): Promise<Omit<WorkerEnd, 'log'>> {
  return new Promise((resolve) => {
    child.on('error', (cause) => {
      resolve({ reason: cause.message, cause });
    });
    child.on('exit', (code, signal) => {
      resolve({ reason: signal ?? `exit code ${String(code)}` });
    });
  });
}

/** What a worker says when its calculator is loaded. */
export interface Greeting {
  readonly protocol: number;
  readonly pid: number;
  readonly properties: readonly Property[];
  /** Arguments that the calculator's class does not name. */
  readonly unknownArguments: readonly string[];
  /** Distribution that the calculator is known by, else its top-level module. */
  readonly calculatorPackage: string;
  /** Versions of what decides about answers; null where there is none. */
  readonly packages: Readonly<Record<string, string | null>>;
  /** Hashes of modules of the calculator's package where that has no version. */
  readonly sources: Readonly<Record<string, string>>;
  /** Weight files that it said it read. */
  readonly weightFiles: readonly string[];
  readonly runtime: { readonly python: string; readonly numpy: string };
}

/** Why a worker loaded no calculator. */
export interface Refusal {
  readonly kind: string;
  readonly message: string;
  readonly type?: string;
  readonly traceback?: readonly string[];
  readonly module?: string;
  readonly file?: string;
  /** What could not be downloaded. */
  readonly url?: string;
  readonly package?: string;
  readonly wanted?: string;
  readonly near?: readonly string[];
}
