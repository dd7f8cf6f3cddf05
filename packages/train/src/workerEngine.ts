import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Engine, LabelWeights, LossTerms } from './engine.ts';
import { TrainWorkerError } from './errors.ts';
import type { ExecutorData } from './executor.ts';
import type { Metrics } from './metrics.ts';
import type { ModelKey, ModelSource } from './modelSource.ts';
import { OrderedSum } from './orderedSum.ts';
import { comparePredictions } from './predictions.ts';
import { SharedSet } from './sharedSet.ts';
import type { WorkerReply, WorkerStart, WorkerTask } from './workerProtocol.ts';

/** Tasks that wait at a worker or run there: the second hides the way of the first one's answer. */
const TASKS_PER_WORKER = 2;
/** Gradients that a worker may hold before they are added: it goes on while an earlier one is late. */
const SLOTS_PER_WORKER = 3;

/**
 * Computes micro-batches on several cores, one single-threaded session each.
 *
 * Whoever is free takes the next one; the gradients are added here in their order.
 */
export class WorkerEngine implements Engine {
  readonly #data: ExecutorData;
  readonly #total: OrderedSum;
  readonly #workers: readonly WorkerHandle[];
  #version = 0;

  private constructor(data: ExecutorData, workers: readonly WorkerHandle[]) {
    this.#data = data;
    this.#total = new OrderedSum(data.parameters.length);
    this.#workers = workers;
  }

  /** @throws TrainWorkerError when a worker cannot be started */
  static async create(
    data: ExecutorData,
    models: ModelSource,
    count: number,
  ): Promise<WorkerEngine> {
    const workers = Array.from({ length: count }, () => new WorkerHandle(data, models));
    const engine = new WorkerEngine(data, workers);
    try {
      await Promise.all(workers.map((worker) => worker.started));
    } catch (error) {
      await engine.close();
      throw error;
    }
    return engine;
  }

  get sum(): Float64Array {
    return this.#total.gradient;
  }

  async gradient(pieces: readonly Int32Array[], weights: LabelWeights): Promise<LossTerms> {
    this.#version += 1;
    const version = this.#version;
    const total = this.#total;
    total.reset();
    const arrived = new Map<number, { worker: WorkerHandle; slot: number; loss: LossTerms }>();
    let added = 0;
    await this.#distribute(pieces.length, {
      send: (worker, piece) => {
        const slot = worker.takeSlot();
        if (slot === undefined) return false;
        worker.post({ type: 'gradient', piece, slot, version, structures: pieces[piece], weights });
        return true;
      },
      receive: (worker, reply) => {
        if (reply.type !== 'gradient') return;
        arrived.set(reply.piece, { worker, slot: reply.slot, loss: reply.loss });
        for (let next = arrived.get(added); next !== undefined; next = arrived.get(added)) {
          total.addGradient(next.worker.slot(next.slot), 0);
          total.addLoss(next.loss);
          next.worker.freeSlot(next.slot);
          arrived.delete(added);
          added += 1;
        }
      },
    });
    return { ...total.loss };
  }

  async predict(parameters: Float32Array, pieces: readonly Int32Array[]): Promise<void> {
    this.#version += 1;
    const version = this.#version;
    this.#data.predicted.set(parameters);
    await this.#distribute(pieces.length, {
      send: (worker, piece) => {
        worker.post({ type: 'predict', piece, version, structures: pieces[piece] });
        return true;
      },
      receive: () => undefined,
    });
  }

  metrics(): Metrics {
    const { validation, predictions, scale } = this.#data;
    return comparePredictions(new SharedSet(validation), predictions, scale);
  }

  /** Hands out `count` tasks in order and resolves when all are answered. */
  #distribute(count: number, work: Distribution): Promise<void> {
    return new Promise((resolve, reject) => {
      let sent = 0;
      let answered = 0;
      const fill = (): void => {
        // Nobody gets a second task before everybody has one: a batch may be few pieces.
        for (let waiting = 0; waiting < TASKS_PER_WORKER; waiting++) {
          for (const worker of this.#workers) {
            if (sent < count && worker.pending <= waiting && work.send(worker, sent)) sent += 1;
          }
        }
      };
      for (const worker of this.#workers) {
        worker.listen((reply) => {
          work.receive(worker, reply);
          answered += 1;
          if (answered === count) resolve();
          else fill();
        }, reject);
      }
      if (count === 0) resolve();
      else fill();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

interface Distribution {
  /** Sends a task to a worker; false when the worker cannot take one now. */
  readonly send: (worker: WorkerHandle, piece: number) => boolean;
  readonly receive: (worker: WorkerHandle, reply: WorkerReply) => void;
}

/** One worker thread with the memory that it writes gradients to. */
class WorkerHandle {
  readonly started: Promise<void>;
  pending = 0;
  readonly #worker: Worker;
  readonly #slots: readonly Float32Array[];
  readonly #free: number[];
  #onReply: (reply: WorkerReply) => void = ignoreReply;
  #onFailure: (error: Error) => void = ignoreReply;
  #failure: Error | undefined;

  constructor(data: ExecutorData, models: ModelSource) {
    const slotLength = data.parameters.length;
    const bytes = slotLength * Float32Array.BYTES_PER_ELEMENT;
    const slots = new SharedArrayBuffer(SLOTS_PER_WORKER * bytes);
    this.#slots = Array.from(
      { length: SLOTS_PER_WORKER },
      (_, k) => new Float32Array(slots, k * bytes, slotLength),
    );
    this.#free = [...this.#slots.keys()];
    const workerData: WorkerStart = { data, slots, slotLength };
    // NODE_OPTIONS and flags of the parent are for its own files.
    this.#worker = new Worker(workerFile(), { workerData, execArgv: [] });
    this.started = new Promise((resolve, reject) => {
      this.#onReply = () => {
        resolve();
      };
      this.#onFailure = reject;
    });
    this.#worker.on('message', (reply: WorkerReply) => {
      if (reply.type === 'failed') this.#fail(workerError(reply.message, reply.stack));
      else if (reply.type === 'need-model') this.#sendModel(models, reply.key);
      else {
        if (reply.type !== 'ready') this.pending -= 1;
        this.#onReply(reply);
      }
    });
    this.#worker.on('error', (cause: Error) => {
      this.#fail(workerError(cause.message, cause));
    });
    this.#worker.on('exit', (code) => {
      this.#fail(workerError(`it ended with code ${code}`, undefined));
    });
  }

  #sendModel(models: ModelSource, key: ModelKey): void {
    try {
      this.post({ type: 'model', key, bytes: models.get(key) });
    } catch (cause) {
      this.#fail(workerError('a model that cannot be built', cause));
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#onFailure(this.#failure);
  }

  /** Takes answers from now on; a worker that died before fails at once. */
  listen(onReply: (reply: WorkerReply) => void, onFailure: (error: Error) => void): void {
    this.#onReply = onReply;
    this.#onFailure = onFailure;
    if (this.#failure !== undefined) onFailure(this.#failure);
  }

  post(task: WorkerTask): void {
    if (task.type === 'gradient' || task.type === 'predict') this.pending += 1;
    this.#worker.postMessage(task);
  }

  takeSlot(): number | undefined {
    return this.#free.pop();
  }

  freeSlot(slot: number): void {
    this.#free.push(slot);
  }

  slot(index: number): Float32Array {
    return this.#slots[index];
  }

  async close(): Promise<void> {
    this.#onFailure = ignoreReply;
    const exited = new Promise<void>((resolve) => {
      if (this.#failure === undefined)
        this.#worker.once('exit', () => {
          resolve();
        });
      else resolve();
    });
    this.post({ type: 'close' });
    await exited;
    await this.#worker.terminate();
  }
}

function ignoreReply(): void {
  // Nothing is under way.
}

function workerError(found: string, cause: unknown): TrainWorkerError {
  return new TrainWorkerError('train/worker', `a training worker failed: ${found}`, {
    expected: 'workers that answer',
    found,
    hint: 'Resume the run; with workers: 1 everything runs in one thread.',
    cause,
  });
}

/** The compiled worker: threads cannot load TypeScript, so sources use that of the build. */
function workerFile(): string {
  const beside = fileURLToPath(new URL('./worker.js', import.meta.url));
  const built = fileURLToPath(new URL('../dist/worker.js', import.meta.url));
  const file = [beside, built].find((path) => existsSync(path));
  if (file !== undefined) return file;
  throw new TrainWorkerError('train/worker-not-built', 'the training worker is not built', {
    expected: built,
    found: 'no such file',
    where: built,
    hint: 'Build the package, or train with workers: 1.',
  });
}
