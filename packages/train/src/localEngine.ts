import type { Engine, LabelWeights, LossTerms } from './engine.ts';
import { Executor } from './executor.ts';
import type { ExecutorData, WriteGradient } from './executor.ts';
import type { Metrics } from './metrics.ts';
import type { ModelSource } from './modelSource.ts';
import { OrderedSum } from './orderedSum.ts';
import { comparePredictions } from './predictions.ts';
import { SharedSet } from './sharedSet.ts';

/** Computes everything in this thread, one micro-batch after another. */
export class LocalEngine implements Engine {
  readonly #data: ExecutorData;
  readonly #executor: Executor;
  readonly #total: OrderedSum;
  #version = 0;

  constructor(data: ExecutorData, models: ModelSource) {
    this.#data = data;
    this.#executor = new Executor(data, (key) => models.get(key));
    this.#total = new OrderedSum(data.parameters.length);
  }

  get sum(): Float64Array {
    return this.#total.gradient;
  }

  async gradient(pieces: readonly Int32Array[], weights: LabelWeights): Promise<LossTerms> {
    this.#version += 1;
    const total = this.#total;
    const add: WriteGradient = (values, offset) => {
      total.addGradient(values, offset);
    };
    total.reset();
    for (const structures of pieces) {
      const task = { structures, weights, version: this.#version };
      total.addLoss(await this.#executor.gradient(task, add));
    }
    return { ...total.loss };
  }

  async predict(parameters: Float32Array, pieces: readonly Int32Array[]): Promise<void> {
    this.#version += 1;
    this.#data.predicted.set(parameters);
    for (const structures of pieces) {
      await this.#executor.predict({ structures, version: this.#version });
    }
  }

  metrics(): Metrics {
    const { validation, predictions, scale } = this.#data;
    return comparePredictions(new SharedSet(validation), predictions, scale);
  }

  async close(): Promise<void> {
    await this.#executor.release();
  }
}
