import { beforeAll, describe, expect, it } from '@jest/globals';
import { Trainer } from '@mlffd/train';
import type { TrainConfigInput, TrainResult } from '@mlffd/train';
import { parseTrainConfig } from '../src/configSchema.ts';
import { stageAt, wholeLoss } from '../src/stages.ts';
import { CONFIG, DATASET, fingerprint, inFolder, ofType, SPLIT, stopAt, train } from './runs.ts';

const data = { dataset: DATASET, split: SPLIT };

/** Forces first, then energies: 12 steps, the second stage begins with the ninth. */
const STAGED: TrainConfigInput = {
  ...CONFIG,
  stages: [
    { until: 0.6, loss: { energy: 0, forces: 100 } },
    { loss: { energy: 100, forces: 10 }, learningRate: 2e-3, restart: true },
  ],
};

describe('stages of a configuration', () => {
  const config = parseTrainConfig({
    ...CONFIG,
    stages: [{ until: 0.25 }, { until: 0.5, loss: { forces: 0 } }, { learningRate: 1e-4 }],
  });

  it('take what they do not say from the loss and the optimiser', () => {
    expect(stageAt(config, 0)).toEqual({
      index: 0,
      last: false,
      loss: { energy: 1, forces: 100, stress: 10 },
      learningRate: 5e-3,
      restart: false,
      start: 0,
      end: 0.25,
    });
    expect(stageAt(config, 0.25)).toMatchObject({ index: 1, loss: { forces: 0, energy: 1 } });
    for (const fraction of [0.5, 0.9, 1, 1.1]) {
      expect(stageAt(config, fraction)).toMatchObject({ index: 2, last: true, learningRate: 1e-4 });
    }
  });

  it('are one without any, and their graph has every term of any', () => {
    const plain = parseTrainConfig(CONFIG);
    expect(stageAt(plain, 0.5)).toMatchObject({ index: 0, last: true, loss: plain.loss });
    expect(wholeLoss(plain)).toBe(plain.loss);
    const first = parseTrainConfig({
      ...CONFIG,
      stages: [{ until: 0.5, loss: { stress: 0, forces: 0 } }, { loss: { energy: 0, forces: 3 } }],
    });
    expect(wholeLoss(first)).toMatchObject({ energy: 1, forces: 3, stress: 10 });
  });

  it('are the same when they are read again', () => {
    expect(parseTrainConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it.each([
    ['without an end', [{}, {}], /"stages.0.until" is missing/],
    ['out of order', [{ until: 0.5 }, { until: 0.4 }, {}], /0.4 is not between 0.5 and 1/],
    ['that end early', [{ until: 0.5 }, { until: 0.9 }], /the last stage ends with the run/],
    ['of nothing', [{ loss: { energy: 0, forces: 0, stress: 0 } }], /every weight is 0/],
    ['with a typing error', [{ untill: 0.5 }], /did you mean "until"/],
    ['with another in the loss', [{ loss: { force: 1 } }], /did you mean "forces"/],
  ])('are refused %s', (_, stages, message) => {
    expect(() => parseTrainConfig({ ...CONFIG, stages })).toThrow(message);
  });
});

describe('a run in stages', () => {
  let whole: { result: TrainResult; events: Awaited<ReturnType<typeof train>>['events'] };

  beforeAll(async () => {
    whole = await train(STAGED);
  });

  it('tells when one begins, with its own learning rate and warm-up', () => {
    const [stage, ...more] = ofType(whole.events, 'stage');
    expect(more).toEqual([]);
    expect(stage).toEqual({
      type: 'stage',
      step: 8,
      stage: 1,
      stages: 2,
      loss: { energy: 100, forces: 10, stress: 10 },
    });
    const rates = ofType(whole.events, 'step').map(({ learningRate }) => learningRate);
    // Three steps of warm-up, twice; the second cosine begins at 0.6 of the run.
    const second = (step: number, warm: number): number => {
      const progress = (step / 12 - 0.6) / 0.4;
      return 2e-3 * warm * (0.01 + 0.99 * 0.5 * (1 + Math.cos(Math.PI * progress)));
    };
    expect(rates[0]).toBeCloseTo(5e-3 / 3, 12);
    [1 / 3, 2 / 3, 1, 1].forEach((warm, k) => {
      expect(rates[8 + k]).toBeCloseTo(second(8 + k, warm), 12);
    });
  });

  it('returns the best weights of its last stage', () => {
    const last = whole.result.curve.filter(({ stage }) => stage === 1);
    expect(whole.result.curve.map(({ stage }) => stage)).toEqual([0, 0, 1]);
    expect(whole.result.bestMetric).toBe(last[0].validation?.force_mae_meV_A);
    // Losses are told without their weights, and so also of a term that has none in this stage.
    expect(whole.result.curve[0].energyLoss).toBeGreaterThan(0);
    expect(whole.result.curve[0].loss).toBeCloseTo(
      100 * whole.result.curve[0].forceLoss + 10 * whole.result.curve[0].stressLoss,
      8,
    );
  });

  // Before the second stage, at its first step, and inside.
  it.each([5, 8, 9])('ends in the same bits after a stop at step %d', async (step) => {
    await inFolder(async (folder) => {
      const run = await stopAt(step, folder, STAGED);
      const rest = await (await Trainer.resume(run, { ...data, workers: 2 })).run();
      expect(fingerprint(rest)).toEqual(fingerprint(whole.result));
    });
  });

  it('is the plain run where all stages are alike, except for the best of the first', async () => {
    const { result } = await train({ ...CONFIG, stages: [{ until: 0.5 }, {}] });
    const { result: plain } = await train(CONFIG);
    expect(result.curve.map(({ loss }) => loss)).toEqual(plain.curve.map(({ loss }) => loss));
    expect(result.student.parameters).toEqual(plain.student.parameters);
  });

  it('does not stop early before its last stage', async () => {
    const config = {
      ...STAGED,
      epochs: 10,
      stages: [{ until: 0.5, learningRate: 1e-30 }, { learningRate: 1e-30 }],
      validation: { patience: 1 },
    };
    const { result } = await train(config);
    // The best of the second stage is its first epoch, and one more does not improve.
    expect(result).toMatchObject({ reason: 'early-stopping', epochs: 7 });
  });
});
