import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AbortedError } from '@mlffd/core';
import { inMemory, Trainer } from '@mlffd/train';
import type {
  CreateTrainerOptions,
  LabelledStructure,
  TrainConfigInput,
  TrainEvent,
  TrainResult,
  TrainSplit,
} from '@mlffd/train';
import { labelledStructure, TINY_MODEL } from './morse.ts';

/** Runs `body` with a new folder that is removed afterwards. */
export async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'train-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** 20 structures of different sizes: 14 to train on, in 4 batches, and 6 to validate. */
export const STRUCTURES: readonly LabelledStructure[] = Array.from({ length: 20 }, (_, k) =>
  labelledStructure(k, { periodic: k % 3 === 0, count: k % 5 === 0 ? 6 : 8 }),
);
export const DATASET = inMemory(STRUCTURES);
export const SPLIT: TrainSplit = {
  train: Array.from({ length: 14 }, (_, k) => k),
  validation: Array.from({ length: 6 }, (_, k) => 14 + k),
};

/** Three epochs of four steps, several micro-batches each. */
export const CONFIG: TrainConfigInput = {
  model: { ...TINY_MODEL, interactions: 1 },
  epochs: 3,
  batchSize: 4,
  microBatchEdges: 150,
  loss: { stress: 10 },
  optimizer: { learningRate: 5e-3, amsgrad: true, weightDecay: 1e-3 },
  schedule: { type: 'cosine', warmupSteps: 3 },
  guard: { every: 2 },
  logEvery: 1,
};

/** Everything of a result that must be the same bit for bit. */
export function fingerprint({ student, curve, bestMetric, steps, epochs }: TrainResult): unknown {
  return {
    weights: Object.fromEntries(
      [...student.parameters].map(([name, values]) => [
        name,
        Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
      ]),
    ),
    baseline: student.baseline,
    curve,
    bestMetric,
    steps,
    epochs,
  };
}

/** Trains in a folder of its own and collects events. */
export async function train(
  config: Partial<TrainConfigInput>,
  options: Partial<CreateTrainerOptions> = {},
): Promise<{ events: TrainEvent[]; result: TrainResult; log: Record<string, unknown>[] }> {
  return inFolder(async (folder) => {
    const events: TrainEvent[] = [];
    const trainer = await Trainer.create({
      dataset: DATASET,
      split: SPLIT,
      folder: join(folder, 'run'),
      config: { ...CONFIG, ...config },
      onEvent: (event) => events.push(event),
      ...options,
    });
    const result = await trainer.run();
    const lines = readFileSync(join(folder, 'run', 'log.jsonl'), 'utf8')
      .trim()
      .split('\n');
    return {
      events,
      result,
      log: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    };
  });
}

/** Events of one type. */
export function ofType<T extends TrainEvent['type']>(
  events: readonly TrainEvent[],
  type: T,
): Extract<TrainEvent, { type: T }>[] {
  return events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);
}

/** Trains in a folder until a step and stops there; returns the folder of the run. */
export async function stopAt(
  step: number,
  folder: string,
  config: TrainConfigInput,
  options: Partial<CreateTrainerOptions> = {},
): Promise<string> {
  const run = join(folder, 'run');
  const controller = new AbortController();
  const trainer = await Trainer.create({
    dataset: DATASET,
    split: SPLIT,
    config,
    folder: run,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === step) controller.abort();
    },
    ...options,
  });
  const stopped: unknown = await trainer.run().catch((error: unknown) => error);
  if (!(stopped instanceof AbortedError)) throw new TypeError(`stopped by ${String(stopped)}`);
  return run;
}
