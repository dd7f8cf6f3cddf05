import { expect, test } from '@jest/globals';
import type { TrainEvent } from '@mlffd/train';
import type { Progress } from '../src/pipeline/progress.ts';
import { FitReporter } from '../src/training/fitEvents.ts';

/** What a reporter makes of some events. */
function told(events: readonly TrainEvent[], epochs?: number): [Progress[], string[]] {
  const progress: Progress[] = [];
  const notes: string[] = [];
  const reporter = new FitReporter(
    {
      folder: '',
      signal: new AbortController().signal,
      progress: (one) => progress.push(one),
      note: (message, level = 'info') => notes.push(`${level}: ${message}`),
    },
    epochs,
  );
  for (const event of events) reporter.onEvent(event);
  return [progress, notes];
}

test('steps are progress with rate and figures', () => {
  const step = {
    type: 'step',
    step: 50,
    steps: 400,
    epoch: 1,
    loss: 0.123,
    learningRate: 1e-3,
    gradientNorm: 1,
    structuresPerSecond: 100,
    waiting: 0,
    secondsLeft: 10,
  } as const;
  const [progress] = told([step]);
  expect(progress).toEqual([{ done: 50, total: 400, unit: 'steps', detail: 'epoch 2, loss 0.12' }]);
});

test('whatever a user has to know is told', () => {
  const [progress, notes] = told([
    { type: 'prepare', set: 'train', done: 9999, total: 20_000 },
    { type: 'prepare', set: 'train', done: 10_000, total: 20_000 },
    {
      type: 'rollback',
      step: 9,
      to: 5,
      reason: 'loss is NaN',
      learningRateScale: 0.5,
      structure: 7,
    },
    { type: 'outlier', step: 9, structure: 7, term: 'forces', reason: 'too large' },
    { type: 'checkpoint-rejected', path: 'a.ckpt', error: undefined },
    { type: 'warning', code: 'no-validation', message: 'empty' },
    { type: 'resumed', step: 4, path: 'a.ckpt' },
    { type: 'stage', step: 4, stage: 0, stages: 1, loss: { energy: 1, forces: 1, stress: 0 } },
    { type: 'done', step: 9, reason: 'completed' },
  ]);
  expect(progress).toEqual([]);
  expect(notes).toEqual([
    'info: 10,000 of 20,000 structures prepared for training',
    'warning: diverged at step 9: back to 5, loss is NaN (structure 7)',
    'warning: structure 7 left out of step 9: too large',
    'warning: damaged checkpoint set aside: a.ckpt',
    'warning: empty',
    'info: going on from step 4',
  ]);
});
