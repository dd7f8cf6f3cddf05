import { copyFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { AbortedError } from '@mlffd/core';
import { CheckpointError, ResumeMismatchError, Trainer } from '@mlffd/train';
import type { TrainConfigInput, TrainEvent, TrainResult } from '@mlffd/train';
import { decodeCheckpoint, encodeCheckpoint } from '../src/checkpointFormat.ts';
import { trainInChild } from './child.ts';
import type { Job } from './child.ts';
import { CONFIG, DATASET, fingerprint, inFolder, SPLIT, stopAt, STRUCTURES } from './runs.ts';

const data = { dataset: DATASET, split: SPLIT };

async function uninterrupted(config: TrainConfigInput): Promise<TrainResult> {
  return inFolder(async (folder) =>
    (await Trainer.create({ ...data, config, folder: join(folder, 'run') })).run(),
  );
}

function checkpoints(run: string): string[] {
  return readdirSync(join(run, 'checkpoints')).sort();
}

describe('resume', () => {
  let whole: unknown;

  beforeAll(async () => {
    whole = fingerprint(await uninterrupted(CONFIG));
  });

  it('repeats itself: two whole runs are the same bit for bit', async () => {
    expect(fingerprint(await uninterrupted(CONFIG))).toEqual(whole);
  });

  // Inside an epoch, after its last step but before its validation, and after one epoch and a step.
  it.each([2, 4, 5])('after a stop at step %d ends in the same bits', async (step) => {
    await inFolder(async (folder) => {
      const run = await stopAt(step, folder, CONFIG);
      const result = await (await Trainer.resume(run, data)).run();
      expect(fingerprint(result)).toEqual(whole);
      const lines = readFileSync(join(run, 'log.jsonl'), 'utf8').trim().split('\n');
      const steps = lines.map(
        (line) => JSON.parse(line) as { step: number; loss?: number; validation?: unknown },
      );
      expect(steps.filter((line) => !('validation' in line)).map((line) => line.step)).toEqual(
        Array.from({ length: 12 }, (_, k) => k + 1),
      );
    });
  });

  it('after kill -9 of the process ends in the same bits', async () => {
    await inFolder(async (folder) => {
      // All three are processes of their own, of the compiled package.
      const config = { ...CONFIG, checkpoint: { everySteps: 3 } };
      const job = (name: string): Job => ({
        folder: join(folder, name),
        result: join(folder, `${name}.json`),
        config,
      });
      const undisturbed = job('whole');
      expect(await trainInChild(folder, undisturbed)).toContain('done');
      const killed = job('killed');
      const lines = await trainInChild(folder, killed, { killAtStep: 7 });
      expect(lines).not.toContain('done');
      expect(checkpoints(killed.folder).length).toBeGreaterThan(0);
      expect(await trainInChild(folder, { ...killed, resume: true })).toContain('done');
      expect(readFileSync(killed.result, 'utf8')).toBe(readFileSync(undisturbed.result, 'utf8'));
    });
  });

  it('after a stop in the middle of a validation gives the same metrics', async () => {
    // 150 micro-batches of one structure each take far longer than the timer.
    const slow = { ...CONFIG, epochs: 1, microBatchEdges: 1 };
    const split = { ...SPLIT, validation: Array.from({ length: 150 }, (_, k) => 14 + (k % 6)) };
    const inputs = { dataset: DATASET, split };
    await inFolder(async (folder) => {
      const complete = await Trainer.create({ ...inputs, config: slow, folder: join(folder, 'a') });
      const expected = fingerprint(await complete.run());
      const controller = new AbortController();
      const seen: string[] = [];
      const stopped = await Trainer.create({
        ...inputs,
        config: slow,
        folder: join(folder, 'b'),
        signal: controller.signal,
        onEvent: (event) => {
          seen.push(event.type);
          if (event.type !== 'step' || event.step !== 4) return;
          setTimeout(() => {
            controller.abort();
          }, 1);
        },
      });
      await expect(stopped.run()).rejects.toThrow(AbortedError);
      expect(seen).not.toContain('epoch');
      const rest = await Trainer.resume(join(folder, 'b'), inputs);
      expect(fingerprint(await rest.run())).toEqual(expected);
    });
  });

  it('after the time limit, again and again, ends in the same bits', async () => {
    await inFolder(async (folder) => {
      const run = await stopAt(1, folder, CONFIG);
      const first = await (await Trainer.resume(run, { ...data, maxSeconds: 1e-9 })).run();
      expect(first.reason).toBe('time');
      expect(first.metrics?.structures).toBe(6);
      const result = await (await Trainer.resume(run, { ...data, maxSeconds: 0 })).run();
      expect(fingerprint(result)).toEqual(whole);
    });
  });

  it('of a finished run gives the result again', async () => {
    await inFolder(async (folder) => {
      const run = join(folder, 'run');
      await (await Trainer.create({ ...data, config: CONFIG, folder: run })).run();
      const again = await (await Trainer.resume(run, data)).run();
      expect(again.reason).toBe('completed');
      expect(fingerprint(again)).toEqual(whole);
    });
  });

  it('falls back to the older checkpoint when the newest is cut off', async () => {
    await inFolder(async (folder) => {
      const run = await stopAt(6, folder, CONFIG);
      const newest = checkpoints(run).at(-1)!;
      truncateSync(join(run, 'checkpoints', newest), 1000);
      const events: TrainEvent[] = [];
      const trainer = await Trainer.resume(run, {
        ...data,
        onEvent: (event) => events.push(event),
      });
      expect(events.find(({ type }) => type === 'checkpoint-rejected')).toMatchObject({
        path: join(run, 'checkpoints', newest),
      });
      expect(events.find(({ type }) => type === 'resumed')).toMatchObject({ step: 4 });
      expect(fingerprint(await trainer.run())).toEqual(whole);
    });
  });

  it('warns when the checkpoint is of another version of the package', async () => {
    await inFolder(async (folder) => {
      const run = await stopAt(1, folder, CONFIG);
      const path = join(run, 'checkpoints', checkpoints(run).at(-1)!);
      const { header, arrays } = decodeCheckpoint<object>(readFileSync(path), path);
      writeFileSync(path, encodeCheckpoint({ header: { ...header, version: '0.0.1' }, arrays }));
      const events: TrainEvent[] = [];
      await Trainer.resume(run, { ...data, onEvent: (event) => events.push(event) });
      expect(events.find(({ type }) => type === 'warning')).toMatchObject({
        code: 'version-changed',
      });
    });
  });

  it('takes a checkpoint that is older than some keys of the configuration', async () => {
    await inFolder(async (folder) => {
      const run = await stopAt(3, folder, CONFIG);
      const lacking = (value: object, ...keys: string[]): object =>
        Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
      const without = (config: object): object => lacking(config, 'maxEdges', 'stream', 'stages');
      for (const name of checkpoints(run)) {
        const path = join(run, 'checkpoints', name);
        const { header, arrays } = decodeCheckpoint<{
          config: object;
          progress: { schedule: object; sums: object };
        }>(readFileSync(path), path);
        const { progress, config } = header;
        const older = {
          ...header,
          config: without(config),
          progress: {
            ...lacking(progress, 'stage', 'outliers'),
            schedule: lacking(progress.schedule, 'smoothed'),
            sums: lacking(progress.sums, 'clipped'),
          },
        };
        writeFileSync(path, encodeCheckpoint({ header: older, arrays }));
      }
      const description = join(run, 'config.json');
      const { version, config } = JSON.parse(readFileSync(description, 'utf8')) as {
        version: string;
        config: object;
      };
      writeFileSync(description, JSON.stringify({ version, config: without(config) }));
      const rest = fingerprint(await (await Trainer.resume(run, data)).run());
      const expected = structuredClone(whole) as { curve: { clipped?: number }[] };
      // Nobody counted the clipped steps of the first epoch from its start.
      delete expected.curve[0].clipped;
      expect(rest).toEqual(expected);
    });
  });

  it('says so when no checkpoint is usable', async () => {
    await inFolder(async (folder) => {
      const run = await stopAt(6, folder, CONFIG);
      for (const name of checkpoints(run)) truncateSync(join(run, 'checkpoints', name), 1000);
      await expect(Trainer.resume(run, data)).rejects.toThrow(CheckpointError);
    });
  });

  it('refuses another configuration, dataset or split, and says what differs', async () => {
    await inFolder(async (folder) => {
      const run = await stopAt(2, folder, CONFIG);
      const config = { ...CONFIG, batchSize: 5, optimizer: { learningRate: 1e-3 } };
      const refused = Trainer.resume(run, { ...data, config });
      await expect(refused).rejects.toThrow(ResumeMismatchError);
      await expect(refused).rejects.toThrow(
        /batchSize: 4 -> 5; optimizer.*learningRate: 0.005 -> 0.001/,
      );
      const split = { ...SPLIT, train: Array.from(SPLIT.train).reverse() };
      await expect(Trainer.resume(run, { ...data, split })).rejects.toThrow(
        /training set is not that/,
      );
      const changed = {
        length: STRUCTURES.length,
        get: (k: number) => ({ ...STRUCTURES[k], ...(k === 15 ? { energy: 0 } : {}) }),
      };
      await expect(Trainer.resume(run, { ...data, dataset: changed })).rejects.toThrow(
        /validation set is not that/,
      );
      const other = { ...CONFIG, logEvery: 2, checkpoint: { everySteps: 1 } };
      await expect(Trainer.resume(run, { ...data, config: other })).resolves.toBeInstanceOf(
        Trainer,
      );
    });
  });
});

describe('a checkpoint that cannot be written', () => {
  it('is a typed error on a full disk, and the earlier one is intact', async () => {
    await inFolder(async (folder) => {
      const whole = fingerprint(await uninterrupted(CONFIG));
      const run = await stopAt(2, folder, CONFIG);
      const before = checkpoints(run);
      copyFileSync(join(run, 'checkpoints', before.at(-1)!), join(folder, 'copy'));
      const lines = await trainInChild(
        folder,
        { folder: run, result: join(folder, 'result.json'), resume: true },
        { fileLimit: 16 },
      );
      expect(lines.at(-1)).toMatch(/^error FileSystemError /);
      expect(checkpoints(run)).toEqual(before);
      expect(readFileSync(join(run, 'checkpoints', before.at(-1)!))).toEqual(
        readFileSync(join(folder, 'copy')),
      );
      expect(fingerprint(await (await Trainer.resume(run, data)).run())).toEqual(whole);
    });
  });
});
