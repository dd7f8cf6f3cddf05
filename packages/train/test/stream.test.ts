import { copyFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AbortedError } from '@mlffd/core';
import { Dataset, LoaderError, writeDataset } from '@mlffd/data';
import { Trainer, TrainConfigError } from '@mlffd/train';
import type { TrainConfigInput, TrainEvent } from '@mlffd/train';
import fc from 'fast-check';
import { epochBatches } from '../src/batching.ts';
import { largestBatch } from '../src/edgeWindow.ts';
import { edgeBytes } from '../src/sharedSet.ts';
import { CONFIG, DATASET, fingerprint, inFolder, SPLIT, STRUCTURES } from './runs.ts';

async function stored(path: string, structures = STRUCTURES): Promise<Dataset> {
  const labelled = structures.map(({ atoms, energy, forces, stress }, k) => ({
    atoms,
    meta: { id: `s${k}`, group: `s${k}`, source: 'test' },
    ...(energy === undefined ? {} : { energy }),
    ...(forces === undefined ? {} : { forces: Float64Array.from(forces) }),
    ...(stress === undefined ? {} : { stress: Float64Array.from(stress) }),
  }));
  await writeDataset(path, labelled, { teacher: 'morse' });
  return Dataset.open(path);
}

describe('training on streamed structures', () => {
  let dataset: Dataset;
  let whole: unknown;
  let leave: () => void;
  let left: Promise<void>;

  beforeAll(async () => {
    await new Promise<void>((ready) => {
      left = inFolder(async (folder) => {
        dataset = await stored(join(folder, 'set.h5'));
        ready();
        await new Promise<void>((resolve) => (leave = resolve));
      });
    });
    whole = await result(CONFIG);
  });

  afterAll(async () => {
    dataset.close();
    leave();
    await left;
  });

  async function result(config: TrainConfigInput): Promise<unknown> {
    return inFolder(async (folder) => {
      const inputs = { dataset, split: SPLIT, config };
      const trainer = await Trainer.create({ ...inputs, folder: join(folder, 'run') });
      return fingerprint(await trainer.run());
    });
  }

  it('ends in the same bits as with everything in memory, however many workers there are', async () => {
    for (const workers of [1, 2]) {
      expect(await result({ ...CONFIG, stream: true, workers })).toEqual(whole);
    }
  });

  it('ends in the same bits when batches are counted in edges', async () => {
    const byEdges = { ...CONFIG, maxEdges: 250, maxAtoms: 40, maxForce: 30 };
    expect(await result({ ...byEdges, stream: true })).toEqual(await result(byEdges));
  });

  it('ends in the same bits with weights, groups and stages', async () => {
    const weighted: TrainConfigInput = {
      ...CONFIG,
      loss: { ...CONFIG.loss, kind: 'l2', groupWeights: { s1: 0, s2: 3, test: 2 } },
      stages: [{ until: 0.5, loss: { energy: 0 } }, { loss: { energy: 10 } }],
    };
    expect(await result({ ...weighted, stream: true })).toEqual(await result(weighted));
  });

  // Inside an epoch, and after its last step but before its validation.
  it.each([2, 4])('goes on exactly after a stop at step %d, streamed or not', async (step) => {
    await inFolder(async (folder) => {
      const events: TrainEvent[] = [];
      const controller = new AbortController();
      const inputs = { dataset, split: SPLIT };
      const first = await Trainer.create({
        ...inputs,
        config: { ...CONFIG, stream: true },
        folder: join(folder, 'run'),
        signal: controller.signal,
        onEvent: (event) => {
          events.push(event);
          if (event.type === 'step' && event.step === step) controller.abort();
        },
      });
      await expect(first.run()).rejects.toThrow(AbortedError);
      const waits = events.flatMap((event) => (event.type === 'step' ? [event.waiting] : []));
      for (const part of waits) expect(part > 0 && part < 1).toBe(true);
      const next = await Trainer.resume(join(folder, 'run'), { ...inputs, stream: step === 2 });
      expect(next.config.stream).toBe(step === 2);
      expect(fingerprint(await next.run())).toEqual(whole);
    });
  });

  it('needs a dataset on disk', async () => {
    await inFolder(async (folder) => {
      const inputs = { dataset: DATASET, split: SPLIT, folder: join(folder, 'run') };
      const creating = Trainer.create({ ...inputs, config: { ...CONFIG, stream: true } });
      await expect(creating).rejects.toThrow(TrainConfigError);
    });
  });

  it('stops with an error when the file is replaced meanwhile', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'own.h5');
      copyFileSync(dataset.path, path);
      const own = await Dataset.open(path);
      const inputs = { dataset: own, split: SPLIT, folder: join(folder, 'run') };
      const trainer = await Trainer.create({ ...inputs, config: { ...CONFIG, stream: true } });
      const other = await stored(join(folder, 'other.h5'), STRUCTURES.slice(1));
      other.close();
      renameSync(other.path, path);
      const failure = await trainer.run().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(LoaderError);
      expect(failure).toMatchObject({ code: 'data/dataset-changed' });
      own.close();
    });
  });
});

describe('the window for the edges of a batch', () => {
  it('is large enough for every batch of any epoch', () => {
    const structure = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(200));
    const limits = fc.constantFrom(
      { batchSize: 3, maxAtoms: 0, maxEdges: 0 },
      { batchSize: 100, maxAtoms: 0, maxEdges: 0 },
      { batchSize: 1, maxAtoms: 40, maxEdges: 0 },
      { batchSize: 1, maxAtoms: 0, maxEdges: 150 },
      { batchSize: 1, maxAtoms: 40, maxEdges: 150 },
    );
    fc.assert(
      fc.property(fc.array(structure, { minLength: 1, maxLength: 30 }), limits, (pairs, given) => {
        const atoms = Int32Array.from(pairs, ([n]) => n);
        const edges = Int32Array.from(pairs, ([, e]) => e);
        const room = largestBatch({ atoms, edges }, given);
        for (let epoch = 0; epoch < 3; epoch++) {
          for (const batch of epochBatches({ atoms, edges }, given, { seed: 0, epoch })) {
            const bytes = batch.reduce((sum, k) => sum + edgeBytes(atoms[k], edges[k]), 0);
            expect(bytes).toBeLessThanOrEqual(room);
          }
        }
      }),
      { seed: 1 },
    );
  });
});
