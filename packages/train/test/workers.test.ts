import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { initializeParameters, parameterSpecs } from '@mlffd/student';
import { Trainer, TrainWorkerError } from '@mlffd/train';
import { microBatches } from '../src/batching.ts';
import { parseTrainConfig } from '../src/configSchema.ts';
import { createEngine } from '../src/createEngine.ts';
import type { Engine } from '../src/engine.ts';
import { layoutParameters, packParameters } from '../src/parameterLayout.ts';
import type { TrainingData } from '../src/trainingData.ts';
import { prepareTrainingData } from '../src/trainingData.ts';
import { CONFIG, DATASET, fingerprint, inFolder, SPLIT } from './runs.ts';

const config = parseTrainConfig(CONFIG);
const layout = layoutParameters(parameterSpecs(config.model));
const WEIGHTS = { energy: 1 / 14, forces: 1 / 1000, stress: 1 / 24, factors: config.loss };

async function engineWith(workers: number, data: TrainingData): Promise<Engine> {
  const parameters = new Float32Array(new SharedArrayBuffer(4 * layout.length));
  packParameters(layout, initializeParameters(config.model, 3), parameters);
  return createEngine({ config: { ...config, workers }, data, layout, parameters });
}

describe('workers', () => {
  let data: TrainingData;

  beforeAll(async () => {
    data = await prepareTrainingData({
      dataset: DATASET,
      split: SPLIT,
      config,
      baseline: undefined,
      onEvent: () => undefined,
      signal: undefined,
    });
  });

  it('give the same gradient, losses and metrics bit for bit, however many there are', async () => {
    const batch = Int32Array.from({ length: 14 }, (_, k) => k);
    const pieces = microBatches(batch, data.train.columns, 100);
    expect(pieces.length).toBeGreaterThan(6);
    const all = Int32Array.from({ length: 6 }, (_, k) => k);
    const results: unknown[] = [];
    for (const workers of [1, 2, 3]) {
      const engine = await engineWith(workers, data);
      try {
        const loss = await engine.gradient(pieces, WEIGHTS);
        const gradient = engine.sum.slice();
        const validation = microBatches(all, data.validation.columns, 100);
        const average = packParameters(layout, initializeParameters(config.model, 4));
        await engine.predict(average, validation);
        results.push({ loss, gradient, metrics: engine.metrics() });
      } finally {
        await engine.close();
      }
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('pass a failure on, and close afterwards', async () => {
    const engine = await engineWith(2, data);
    await expect(engine.gradient([Int32Array.of(0), Int32Array.of(99)], WEIGHTS)).rejects.toThrow(
      TrainWorkerError,
    );
    await expect(engine.close()).resolves.toBeUndefined();
    await expect(engine.close()).resolves.toBeUndefined();
  });

  it('change nothing in a whole run, and may change when it is resumed', async () => {
    await inFolder(async (folder) => {
      const inputs = { dataset: DATASET, split: SPLIT };
      const alone = await Trainer.create({
        ...inputs,
        config: CONFIG,
        folder: join(folder, 'one'),
      });
      const expected = fingerprint(await alone.run());
      const controller = new AbortController();
      const both = await Trainer.create({
        ...inputs,
        config: { ...CONFIG, workers: 2 },
        folder: join(folder, 'two'),
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === 'step' && event.step === 6) controller.abort();
        },
      });
      await expect(both.run()).rejects.toThrow(/step 6/);
      const rest = await Trainer.resume(join(folder, 'two'), { ...inputs, workers: 3 });
      expect(fingerprint(await rest.run())).toEqual(expected);
    });
  });
});
