import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  InvalidArgumentError,
  InvalidAtomsError,
  MlffdError,
  PropertyNotAvailableError,
  UnsupportedElementError,
  type Atoms,
  type Calculator,
  type Property,
  type Results,
} from '@mlffd/core';
import type { TeacherSpec } from './createTeacher.ts';
import type { TeacherFacts, WorkerReply, WorkerRequest } from './workerProtocol.ts';

/** The thread of a teacher ended by itself; calls under way are lost. */
export class TeacherThreadError extends MlffdError {
  override readonly name = 'TeacherThreadError';
}

/**
 * A teacher in a thread of its own.
 *
 * ONNX Runtime holds up the thread that calls it, so several teachers in one thread take turns;
 * several of these, in a `CalculatorPool`, use as many cores.
 */
export class ThreadTeacher implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
  readonly cutoff?: number;
  readonly #thread: Thread;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(thread: Thread, about: TeacherFacts) {
    this.name = about.name;
    this.properties = about.properties;
    if (about.elements !== undefined) this.elements = about.elements;
    if (about.cutoff !== undefined) this.cutoff = about.cutoff;
    this.#thread = thread;
  }

  /**
   * Starts the thread and loads the teacher there.
   *
   * @throws what `createTeacher` throws; TeacherThreadError when the thread cannot be started
   */
  static async start(spec: TeacherSpec): Promise<ThreadTeacher> {
    const thread = new Thread(spec);
    const reply = await thread.ask();
    if (reply.type !== 'ready') throw thread.unexpected(reply);
    return new ThreadTeacher(thread, reply.about);
  }

  /** Calls that overlap are answered in the order in which they came. */
  calculate(atoms: Atoms, properties: readonly Property[]): Promise<Results> {
    const answer = this.#last.then(async () => {
      const reply = await this.#thread.ask({ type: 'calculate', atoms, wanted: properties });
      if (reply.type !== 'results') throw this.#thread.unexpected(reply);
      return reply.results;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async dispose(): Promise<void> {
    await this.#last;
    await this.#thread.close();
  }
}

/** Errors that a caller may want to tell apart, by name. */
const ERRORS = {
  InvalidArgumentError,
  InvalidAtomsError,
  PropertyNotAvailableError,
  UnsupportedElementError,
} as const;

/** One worker thread, asked one thing at a time. */
class Thread {
  readonly #worker: Worker;
  readonly #ended: Promise<number>;
  #answer: ((reply: WorkerReply) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;
  #closed: Error | undefined;

  constructor(spec: TeacherSpec) {
    this.#worker = new Worker(workerFile(), { workerData: { spec } });
    this.#worker.on('message', (reply: WorkerReply) => {
      const answer = this.#answer;
      this.#answer = this.#fail = undefined;
      answer?.(reply);
    });
    this.#worker.on('error', (cause) => {
      this.#break(cause);
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#break(code);
        resolve(code);
      });
    });
    // A teacher that nobody waits for does not keep the program running.
    this.#worker.unref();
  }

  /** Sends a request, if any, and resolves to the next answer. */
  ask(request?: WorkerRequest): Promise<WorkerReply> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(this.#closed);
        return;
      }
      this.#worker.ref();
      this.#answer = (reply) => {
        this.#worker.unref();
        resolve(reply);
      };
      this.#fail = reject;
      if (request !== undefined) this.#worker.postMessage(request);
    });
  }

  /** The error of an answer that is none. */
  unexpected(reply: WorkerReply): Error {
    if (reply.type !== 'failed') return new Error(`the thread answered ${reply.type}`);
    const { name, message, code = 'teachers/thread', details = {} } = reply;
    const known = Object.fromEntries(
      Object.entries(details).filter(([, text]) => text !== undefined),
    );
    const Kind = name in ERRORS ? ERRORS[name as keyof typeof ERRORS] : MlffdError;
    return new Kind(code, message, known);
  }

  async close(): Promise<void> {
    if (this.#closed === undefined) {
      this.#worker.ref();
      this.#worker.postMessage({ type: 'close' } satisfies WorkerRequest);
    }
    await this.#ended;
  }

  #break(cause: unknown): void {
    this.#closed ??= new TeacherThreadError('teachers/thread-ended', "a teacher's thread ended", {
      found: cause instanceof Error ? cause.message : `exit code ${String(cause)}`,
      hint: 'Start the teacher again; if it happens again, look for a lack of memory.',
      cause,
    });
    const fail = this.#fail;
    this.#answer = this.#fail = undefined;
    fail?.(this.#closed);
  }
}

/** Compiled entry of the thread; Node 20 runs no TypeScript, so sources use what was built. */
function workerFile(): string {
  const beside = new URL('./teacherWorker.js', import.meta.url);
  if (existsSync(beside)) return fileURLToPath(beside);
  return fileURLToPath(new URL('../dist/teacherWorker.js', import.meta.url));
}
