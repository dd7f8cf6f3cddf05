import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MlffdError } from '@mlffd/core';
import { Piscina } from 'piscina';
import { LoaderError } from './errors.ts';
import { NO_STRUCTURE } from './loaderProtocol.ts';
import type { LoaderReply, LoaderTask, LoaderThreadData, PortableError } from './loaderProtocol.ts';

/** An answer, or why there is none; promises of it never reject. */
export type LoaderOutcome<T> = { readonly value: T } | { readonly error: LoaderError };

/** What a pool needs. */
export interface LoaderPoolOptions {
  readonly threads: number;
  /** Tasks that are sent ahead to a thread, so that it goes on while this thread is busy. */
  readonly tasksAhead: number;
  readonly data: LoaderThreadData;
  /** Name of a structure, for messages; undefined where it can no longer be told. */
  readonly idOf: (structure: number) => string | undefined;
}

type Reply<T extends LoaderReply['type']> = Extract<LoaderReply, { type: T }>;

/** Threads that read structures and compute neighbours, each with the dataset open for itself. */
export class LoaderPool {
  readonly #pool: Piscina<LoaderTask, LoaderReply>;
  readonly #path: string;
  readonly #idOf: (structure: number) => string | undefined;
  #closed: Promise<void> | undefined;
  #broken: LoaderError | undefined;

  constructor({ threads, tasksAhead, data, idOf }: LoaderPoolOptions) {
    this.#path = data.path;
    this.#idOf = idOf;
    this.#pool = new Piscina<LoaderTask, LoaderReply>({
      filename: workerFile(),
      name: 'work',
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: tasksAhead,
      stricterFIFO: true,
      recordTiming: false,
      workerData: data,
      // NODE_OPTIONS and flags of the parent are for its own files.
      execArgv: [],
    });
    // A thread that ends before it was given anything; tasks that wait would wait for ever.
    this.#pool.on('error', (cause: unknown) => {
      this.#broken ??= this.#ended(NO_STRUCTURE, cause);
      void this.close();
    });
  }

  /** Structures of one batch with their neighbours. */
  load(indices: Int32Array, epoch: number): Promise<LoaderOutcome<Reply<'loaded'>>> {
    return this.#run('load', indices, epoch) as Promise<LoaderOutcome<Reply<'loaded'>>>;
  }

  /** Numbers of edges only. */
  count(indices: Int32Array): Promise<LoaderOutcome<Reply<'counted'>>> {
    return this.#run('count', indices, 0) as Promise<LoaderOutcome<Reply<'counted'>>>;
  }

  /** Ends all threads; what is under way is lost. */
  close(): Promise<void> {
    this.#closed ??= this.#pool.destroy();
    return this.#closed;
  }

  async #run(
    type: LoaderTask['type'],
    indices: Int32Array,
    epoch: number,
  ): Promise<LoaderOutcome<LoaderReply>> {
    const progress = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    progress[0] = NO_STRUCTURE;
    if (this.#isClosed()) return { error: this.#broken ?? this.#stopped() };
    try {
      const reply = await this.#pool.run({ type, indices, epoch, progress });
      return reply.type === 'failed' ? { error: this.#failed(reply) } : { value: reply };
    } catch (cause) {
      if (this.#isClosed()) return { error: this.#broken ?? this.#stopped() };
      return { error: this.#ended(progress[0], cause) };
    }
  }

  #isClosed(): boolean {
    return this.#closed !== undefined;
  }

  #stopped(): LoaderError {
    return new LoaderError('data/loader-closed', 'the loader is closed', {
      expected: 'an open loader',
      where: this.#path,
    });
  }

  #failed({ structure, error }: Reply<'failed'>): LoaderError {
    const cause = rebuilt(error);
    if (structure === NO_STRUCTURE) {
      return new LoaderError(error.code, error.message, { ...details(error), cause });
    }
    const name = this.#name(structure);
    return new LoaderError('data/load-failed', `${name} cannot be loaded: ${error.message}`, {
      ...details(error),
      where: `${name} of ${this.#path}`,
      structure,
      cause,
    });
  }

  #ended(structure: number, cause: unknown): LoaderError {
    const message = cause instanceof Error ? cause.message : String(cause);
    const place = structure === NO_STRUCTURE ? 'between structures' : `at ${this.#name(structure)}`;
    return new LoaderError(
      'data/loader-thread-ended',
      `a loader thread ended ${place}: ${message}`,
      {
        expected: 'threads that answer',
        found: message,
        where:
          structure === NO_STRUCTURE ? this.#path : `${this.#name(structure)} of ${this.#path}`,
        hint: 'Look for a lack of memory: smaller batches, less prefetch or fewer workers need less.',
        ...(structure === NO_STRUCTURE ? {} : { structure }),
        cause,
      },
    );
  }

  #name(structure: number): string {
    const id = this.#idOf(structure);
    return `structure ${structure}${id === undefined ? '' : ` (${JSON.stringify(id)})`}`;
  }
}

function details(error: PortableError): Record<string, string> {
  const { expected, found, where, hint } = error;
  const given = Object.entries({ expected, found, where, hint });
  return Object.fromEntries(
    given.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function rebuilt(error: PortableError): MlffdError {
  const cause = new MlffdError(error.code, error.message, details(error));
  if (error.stack !== undefined) cause.stack = error.stack;
  return cause;
}

/** The compiled entry: threads cannot load TypeScript, so sources use that of the build. */
function workerFile(): string {
  const beside = fileURLToPath(new URL('./loaderWorker.js', import.meta.url));
  const built = fileURLToPath(new URL('../../dist/loader/loaderWorker.js', import.meta.url));
  const file = [beside, built].find((path) => existsSync(path));
  if (file !== undefined) return file;
  throw new LoaderError('data/loader-not-built', 'the thread of the loader is not built', {
    expected: built,
    found: 'no such file',
    where: built,
    hint: 'Build the package.',
  });
}
