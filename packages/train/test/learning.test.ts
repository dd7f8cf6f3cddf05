import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { AbortedError } from '@mlffd/core';
import { StudentCalculator } from '@mlffd/student';
import { evaluateStudent, inMemory, Trainer } from '@mlffd/train';
import type { TrainResult } from '@mlffd/train';
import { labelledStructure, morseCalculator, TINY_MODEL } from './morse.ts';
import { inFolder } from './runs.ts';

/** 300 steps cut the loss by far more than this; random weights explain nothing. */
const LOSS_FACTOR = 50;
/** A student of 3,000 weights explains this much of the force components of unseen structures. */
const FORCE_R2 = 0.9;
/** Two ways to the same numbers in float32, relative; sums of errors of either sign, absolute. */
const FLOAT32 = 1e-3;
const FLOAT32_FLOOR = 1e-2;
const KEYS = [
  'energy_mae_meV_atom',
  'force_mae_meV_A',
  'force_rmse_meV_A',
  'stress_mae_GPa',
] as const;

describe('a tiny student of a Morse potential', () => {
  const structures = Array.from({ length: 140 }, (_, k) =>
    labelledStructure(k, { periodic: k % 4 === 0 }),
  );
  let result: TrainResult;

  beforeAll(async () => {
    const numbers = structures.map((_, k) => k);
    result = await inFolder(async (folder) => {
      const trainer = await Trainer.create({
        dataset: inMemory(structures),
        split: { train: numbers.slice(0, 120), validation: numbers.slice(120) },
        folder: join(folder, 'run'),
        config: {
          model: { ...TINY_MODEL, features: 16 },
          epochs: 20,
          batchSize: 8,
          loss: { stress: 10 },
          optimizer: { learningRate: 5e-3 },
          schedule: { type: 'cosine', warmupSteps: 10 },
          ema: { decay: 0.98 },
        },
      });
      return trainer.run();
    });
  });

  it('learns: the loss falls', () => {
    const { curve } = result;
    expect(curve).toHaveLength(20);
    expect(curve[0].loss / curve[19].loss).toBeGreaterThan(LOSS_FACTOR);
    expect(curve[0].energyLoss / curve[19].energyLoss).toBeGreaterThan(LOSS_FACTOR);
    expect(curve[0].stressLoss / curve[19].stressLoss).toBeGreaterThan(LOSS_FACTOR);
  });

  it('explains the forces of structures that it has not seen', () => {
    const { metrics, bestMetric } = result;
    expect(metrics!.force_r2).toBeGreaterThan(FORCE_R2);
    expect(metrics!.force_cosine).toBeGreaterThan(FORCE_R2);
    expect(metrics!.accuracy).toBeGreaterThan(FORCE_R2);
    expect(bestMetric).toBe(metrics!.force_mae_meV_A);
    expect(metrics!.labelled).toEqual({ energy: 20, forces: 20, stress: 5 });
  });

  it('is what its calculator computes: energies, forces and stress', async () => {
    const calculator = await StudentCalculator.fromStudent(result.student);
    const set = inMemory(structures.slice(120));
    const seen: number[] = [];
    const found = await evaluateStudent(calculator, set, {
      onEvent: ({ done }) => seen.push(done),
    });
    await calculator.dispose();
    for (const key of KEYS) {
      expect(Math.abs(found[key]! - result.metrics![key]!)).toBeLessThan(
        FLOAT32 * Math.abs(found[key]!) + FLOAT32_FLOOR,
      );
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, k) => k + 1));
  });

  it('knows the elements and the baseline of its data', () => {
    const { baseline, provenance } = result.student;
    expect(baseline.elements).toEqual([6, 8]);
    // Free atoms differ by 10 eV; the bonds that the fit puts on top are smaller than that.
    expect(baseline.energies[6] - baseline.energies[8]).toBeGreaterThan(7);
    expect(provenance).toMatchObject({
      seed: 0,
      trainingStructures: 120,
      validationStructures: 20,
    });
  });
});

describe('evaluateStudent', () => {
  const set = inMemory([1, 2, 3].map((seed) => labelledStructure(seed, { periodic: true })));

  it('finds no error where there is none, on the structures that were asked for', async () => {
    const metrics = await evaluateStudent(morseCalculator(), set, { indices: [0, 2] });
    expect(metrics.structures).toBe(2);
    expect(metrics).toMatchObject({
      force_mae_meV_A: 0,
      energy_mae_meV_atom: 0,
      stress_mae_GPa: 0,
      accuracy: 1,
    });
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort();
    await expect(evaluateStudent(morseCalculator(), set, { signal })).rejects.toThrow(AbortedError);
  });
});
