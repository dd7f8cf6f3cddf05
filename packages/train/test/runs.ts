import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inMemory } from '@mlffd/train';
import type { LabelledStructure, TrainConfigInput, TrainResult, TrainSplit } from '@mlffd/train';
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
