import { type Atoms, isMlffdError } from '@mlffd/core';
import type { WireAnswer } from '@mlffd/core/ipi';
import type { DriverEnd } from './driverProcess.ts';
import { compositionKey } from './driverTemplate.ts';
import { disposedError, IpiTeacherError, lostError } from './ipiErrors.ts';
import { addressOf, type ResolvedIpiOptions } from './ipiOptions.ts';
import { type DriverService, type Job, JobQueue, type Question } from './jobQueue.ts';
import { type RunningDriver, startDriver } from './startDriver.ts';

/** Wait before the second restart in a row, ms; doubled for each further one. The first has none. */
const BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 10_000;
/** Later questions that may be answered first, so that drivers are not changed for each structure. */
const MOST_OVERTAKEN = 256;

/** A driver that was not used in so many calls may go, for more drivers of another composition. */
const IDLE_CALLS = 32;

/** One of the drivers that may run at the same time. */
interface Slot {
  readonly index: number;
  /** What its driver is started for. */
  readonly key: string;
  /** Undefined while it starts. */
  running: RunningDriver | undefined;
  /** It is being ended. */
  isLeaving: boolean;
  /** When it was last used, in calls. */
  lastUsed: number;
}

/**
 * Drivers that are started when they are needed, for the structures asked about: at most `drivers` at
 * a time. Where another composition waits, the one that was not used for longest makes room.
 */
export class DriverFleet implements DriverService {
  readonly #options: ResolvedIpiOptions;
  /** The command takes any structure. */
  readonly #isGeneral: boolean;
  readonly #slots: (Slot | undefined)[];
  readonly #waiting: JobQueue = new JobQueue(() => {
    this.#schedule();
  });
  /** Starts and losses in a row without an answer. */
  readonly #failures = new Map<string, number>();
  /** Everything that is under way, for `dispose`. */
  readonly #pending = new Set<Promise<void>>();
  readonly #disposal = new AbortController();
  #count = 0;
  #clock = 0;
  #isScheduled = false;
  #disposed: Promise<void> | undefined;

  /** @param isGeneral each composition gets drivers of its own */
  constructor(options: ResolvedIpiOptions, isGeneral: boolean) {
    this.#options = options;
    this.#isGeneral = isGeneral;
    this.#slots = Array.from({ length: options.drivers }, () => undefined);
  }

  get size(): number {
    return this.#slots.filter((slot) => slot?.running !== undefined && !slot.isLeaving).length;
  }

  get capacity(): number {
    return this.#slots.length * this.#options.batchSize;
  }

  /**
   * Starts the first driver, so that what is wrong shows at once.
   *
   * @throws what `startDriver` throws
   */
  async prepare(atoms: Atoms | undefined, signal: AbortSignal | undefined): Promise<void> {
    const abort = (): void => {
      this.#disposal.abort(signal?.reason);
    };
    signal?.addEventListener('abort', abort);
    try {
      const slot = this.#newSlot(0, this.#keyOf(atoms));
      await this.#startIn(slot, atoms);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  ask(question: Question, signal?: AbortSignal): Promise<WireAnswer> {
    if (this.#disposed !== undefined) return Promise.reject(disposedError(this.#options.name));
    return this.#waiting.add(question, this.#keyOf(question.atoms), signal);
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#end();
    return this.#disposed;
  }

  #keyOf(atoms: Atoms | undefined): string {
    return this.#isGeneral && atoms !== undefined ? compositionKey(atoms) : '';
  }

  /** Hands out work when the calls that are being made now are all there. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (this.#disposed === undefined) this.#pump();
    });
  }

  #pump(): void {
    for (const slot of this.#slots) {
      if (slot?.running?.driver.isFree !== true || slot.isLeaving) continue;
      const jobs = this.#jobsFor(slot, slot.running.driver.batch);
      if (jobs.length > 0) this.#track(this.#run(slot, jobs));
    }
    const waiting = new Map<string, number>();
    for (const { key } of this.#waiting) waiting.set(key, (waiting.get(key) ?? 0) + 1);
    for (const [key, count] of waiting) {
      const starting = this.#slots.filter(
        (slot) => slot?.key === key && slot.running === undefined,
      ).length;
      for (let k = starting * this.#options.batchSize; k < count; k += this.#options.batchSize) {
        if (!this.#makeRoom(key)) return;
      }
    }
  }

  #jobsFor(slot: Slot, most: number): Job[] {
    if (this.#waiting.length === 0) return [];
    const [oldest] = this.#waiting;
    let atoms: number | undefined;
    return this.#waiting.take(most, ({ key, number, structure }) => {
      if (key !== slot.key || number > oldest.number + MOST_OVERTAKEN) return false;
      atoms ??= structure.positions.length;
      return structure.positions.length === atoms;
    });
  }

  /** Starts a driver where there is none, or instead of one that nobody waits for. */
  #makeRoom(key: string): boolean {
    const free = this.#slots.indexOf(undefined);
    if (free >= 0) {
      this.#track(this.#start(this.#newSlot(free, key)));
      return true;
    }
    let least: Slot | undefined;
    for (const slot of this.#slots) {
      const isIdle = slot?.running?.driver.isFree === true && !slot.isLeaving;
      if (!isIdle || slot.key === key) continue;
      if (least === undefined || slot.lastUsed < least.lastUsed) least = slot;
    }
    if (least === undefined) return false;
    const hasOne = this.#slots.some((slot) => slot?.key === key && !slot.isLeaving);
    if (hasOne && this.#clock - least.lastUsed < IDLE_CALLS) return false;
    const { running, index } = least;
    least.isLeaving = true;
    const next = this.#newSlot(index, key);
    this.#track(
      (async () => {
        if (running !== undefined) this.#ended(running, await running.end());
        await this.#start(next);
      })(),
    );
    return true;
  }

  #newSlot(index: number, key: string): Slot {
    const slot: Slot = {
      index,
      key,
      running: undefined,
      isLeaving: false,
      lastUsed: this.#clock,
    };
    this.#slots[index] = slot;
    return slot;
  }

  /** Never rejects: what goes wrong is the answer to all that wait for such a driver. */
  async #start(slot: Slot): Promise<void> {
    try {
      await this.#backOff(slot.key);
      const first = [...this.#waiting].find(({ key }) => key === slot.key);
      // It may have been given up, or answered by another driver.
      if (first !== undefined) {
        const { atoms, structure } = first;
        await this.#startIn(slot, { ...atoms, ...structure });
      }
    } catch (error) {
      const isServed = this.#slots.some(
        (other) => other?.key === slot.key && other.running !== undefined && !other.isLeaving,
      );
      if (!isServed) this.#waiting.reject(error as Error, ({ key }) => key === slot.key);
    }
    if (slot.running === undefined && this.#slots[slot.index] === slot) {
      this.#slots[slot.index] = undefined;
    }
    this.#schedule();
  }

  async #startIn(slot: Slot, atoms: Atoms | undefined): Promise<void> {
    const { signal } = this.#disposal;
    const index = this.#count++;
    const address = addressOf(this.#options.address, slot.index);
    try {
      const running = await startDriver(this.#options, { address, index, atoms, signal });
      slot.running = running;
      this.#options.onEvent?.({ type: 'driver-connected', driver: running.driver.label });
      void running.driver.gone.then((error) => {
        this.#lost(slot, running, error);
      });
    } catch (error) {
      this.#fail(slot.key);
      throw error;
    }
  }

  async #run(slot: Slot, jobs: readonly Job[]): Promise<void> {
    const { running } = slot;
    if (running === undefined) return;
    slot.lastUsed = ++this.#clock;
    try {
      const answers = await running.driver.calculate(jobs.map(({ structure }) => structure));
      this.#failures.delete(slot.key);
      for (const [k, { resolve }] of jobs.entries()) resolve(answers[k]);
    } catch (error) {
      slot.isLeaving = true;
      const end = await running.end();
      const reason =
        this.#disposed !== undefined
          ? disposedError(this.#options.name)
          : error instanceof IpiTeacherError
            ? lostError(error, end)
            : (error as Error);
      for (const { reject } of jobs) reject(reason);
    }
    this.#schedule();
  }

  /** The connection is gone, by whatever side. */
  #lost(slot: Slot, running: RunningDriver, error: Error): void {
    // One that makes room for another has been told to.
    if (this.#slots[slot.index] !== slot) return;
    slot.isLeaving = true;
    this.#fail(slot.key);
    if (this.#disposed === undefined && isMlffdError(error)) {
      this.#options.onEvent?.({ type: 'driver-lost', driver: running.driver.label, error });
    }
    this.#track(
      (async () => {
        this.#ended(running, await running.end());
        if (this.#slots[slot.index] === slot) this.#slots[slot.index] = undefined;
        this.#schedule();
      })(),
    );
  }

  #ended({ driver }: RunningDriver, { reason }: DriverEnd): void {
    this.#options.onEvent?.({ type: 'driver-ended', driver: driver.label, reason });
  }

  #fail(key: string): void {
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
  }

  async #backOff(key: string): Promise<void> {
    const failures = this.#failures.get(key) ?? 0;
    if (failures < 2) return;
    const wait = Math.min(BACK_OFF_MS * 2 ** (failures - 2), LONGEST_BACK_OFF_MS);
    const { signal } = this.#disposal;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, wait);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }

  #track(work: Promise<void>): void {
    this.#pending.add(work);
    void work.finally(() => this.#pending.delete(work));
  }

  async #end(): Promise<void> {
    const error = disposedError(this.#options.name);
    this.#disposal.abort(error);
    this.#waiting.reject(error);
    await Promise.all(
      this.#slots.map(async (slot) => {
        if (slot?.running !== undefined) await slot.running.end();
      }),
    );
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }
}
