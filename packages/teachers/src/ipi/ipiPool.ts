import { isMlffdError, type MlffdError } from '@mlffd/core';
import { addressText, type IpiAddress, type WireAnswer } from '@mlffd/core/ipi';
import type { Server, Socket } from 'node:net';
import { IpiDriver } from './ipiDriver.ts';
import { disconnectedError, disposedError, noDriverError } from './ipiErrors.ts';
import type { ResolvedIpiOptions } from './ipiOptions.ts';
import { type DriverService, type Job, JobQueue, type Question } from './jobQueue.ts';

/** The drivers that are connected to a server, and the structures that wait for one of them. */
export class IpiPool implements DriverService {
  readonly #options: ResolvedIpiOptions;
  readonly #server: Server;
  readonly #address: IpiAddress;
  /** Every connection, also those that have not said yet that they are drivers. */
  readonly #connections = new Set<IpiDriver>();
  readonly #drivers = new Set<IpiDriver>();
  readonly #waiting: JobQueue = new JobQueue(() => {
    this.#schedule();
  });
  readonly #onChange = new Set<() => void>();
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #isScheduled = false;
  #lastLoss: MlffdError | undefined;
  #disposed: Promise<void> | undefined;

  constructor(server: Server, address: IpiAddress, options: ResolvedIpiOptions) {
    this.#server = server;
    this.#address = address;
    this.#options = options;
    server.on('connection', (socket) => {
      this.#adopt(socket);
    });
    // Too many open files, for example: this connection is lost, later ones may not be.
    server.on('error', (cause) => {
      const error = disconnectedError(options.name, 'a driver connected', cause);
      this.#lastLoss = error;
      options.onEvent?.({ type: 'driver-lost', driver: options.name, error });
    });
  }

  /** Drivers that can be asked. */
  get size(): number {
    return this.#drivers.size;
  }

  /** Structures that the drivers take at once, all together. */
  get capacity(): number {
    let sum = 0;
    for (const { batch } of this.#drivers) sum += batch;
    return sum;
  }

  /** @throws IpiTeacherError `teachers/ipi-no-driver`, the reason of the signal */
  connected(count: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.#onChange.delete(change);
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const abort = (): void => {
        finish(() => {
          reject(signal?.reason as Error);
        });
      };
      const change = (): void => {
        if (this.size >= count) finish(resolve);
      };
      const timer = setTimeout(() => {
        finish(() => {
          reject(this.#noDriver(count));
        });
      }, 1000 * this.#options.acceptTimeout);
      this.#onChange.add(change);
      signal?.addEventListener('abort', abort);
      if (signal?.aborted === true) abort();
      else change();
    });
  }

  /** Asks the next driver that is free. */
  ask(question: Question, signal?: AbortSignal): Promise<WireAnswer> {
    if (this.#disposed !== undefined) return Promise.reject(disposedError(this.#options.name));
    return this.#waiting.add(question, '', signal);
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#end();
    return this.#disposed;
  }

  #adopt(socket: Socket): void {
    const { name, onEvent } = this.#options;
    const driver = new IpiDriver(
      socket,
      `${name}, driver ${this.#count}`,
      this.#count++,
      this.#options,
    );
    this.#connections.add(driver);
    void driver.gone.then((error) => {
      this.#connections.delete(driver);
      this.#drivers.delete(driver);
      if (this.#disposed !== undefined || !isMlffdError(error)) return;
      this.#lastLoss = error;
      onEvent?.({ type: 'driver-lost', driver: driver.label, error });
      this.#schedule();
    });
    driver.greet(this.#options.acceptTimeout).then(
      () => {
        if (this.#disposed !== undefined) return;
        this.#drivers.add(driver);
        onEvent?.({ type: 'driver-connected', driver: driver.label });
        for (const change of this.#onChange) change();
        this.#schedule();
      },
      () => {
        // `gone` tells the reason.
      },
    );
  }

  /** Hands out work when the calls that are being made now are all there, for full batches. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    for (const driver of this.#drivers) {
      if (this.#waiting.length === 0) break;
      if (driver.isFree) void this.#run(driver, this.#nextBatch(driver.batch));
    }
    if (this.#waiting.length === 0 || this.#drivers.size > 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#waiting.reject(this.#noDriver(1));
    }, 1000 * this.#options.acceptTimeout);
  }

  /** The first that waits, and others with as many atoms. */
  #nextBatch(most: number): Job[] {
    const [first] = this.#waiting;
    const atoms = first.structure.positions.length;
    return this.#waiting.take(most, ({ structure }) => structure.positions.length === atoms);
  }

  async #run(driver: IpiDriver, jobs: readonly Job[]): Promise<void> {
    try {
      const answers = await driver.calculate(jobs.map(({ structure }) => structure));
      for (const [k, { resolve }] of jobs.entries()) resolve(answers[k]);
    } catch (error) {
      this.#drivers.delete(driver);
      const reason =
        this.#disposed === undefined ? (error as Error) : disposedError(this.#options.name);
      for (const { reject } of jobs) reject(reason);
    }
    this.#schedule();
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#waiting.reject(disposedError(this.#options.name));
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    await Promise.all([...this.#connections].map(async (driver) => driver.close()));
    await closed;
  }

  #noDriver(expected: number): MlffdError {
    return noDriverError(this.#options.name, addressText(this.#address), {
      seconds: this.#options.acceptTimeout,
      expected,
      found: this.size,
      cause: this.#lastLoss,
    });
  }
}
