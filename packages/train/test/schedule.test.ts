import { describe, expect, it } from '@jest/globals';
import { initialSchedule, observePlateau, scheduleFactor } from '../src/schedule.ts';
import type { ScheduleConfig } from '../src/schedule.ts';

describe('warm-up', () => {
  it('rises in equal steps to the whole learning rate and stays', () => {
    const config: ScheduleConfig = { type: 'constant', warmupSteps: 4 };
    const factors = [0, 1, 2, 3, 4, 100].map((step) =>
      scheduleFactor(config, step, 0, initialSchedule()),
    );
    expect(factors).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  });
});

describe('cosine', () => {
  const config: ScheduleConfig = { type: 'cosine', warmupSteps: 0, final: 0.1 };

  it.each([
    [0, 1],
    [0.5, 0.55],
    [1, 0.1],
    [1.5, 0.1],
  ])('at %d of the training gives %d', (progress, factor) => {
    expect(scheduleFactor(config, 10, progress, initialSchedule())).toBeCloseTo(factor, 12);
  });
});

describe('plateau', () => {
  const config: ScheduleConfig = {
    type: 'plateau',
    warmupSteps: 0,
    factor: 0.5,
    patience: 1,
    final: 0.2,
  };

  it('reduces after more than `patience` validations without improvement, down to `final`', () => {
    const state = initialSchedule();
    const metrics = [3, 2, 2.5, 2.1, 1, 1, 1, 1, 1, 1, 1];
    const factors = metrics.map((metric) => {
      observePlateau(config, state, metric);
      return scheduleFactor(config, 0, 0, state);
    });
    expect(factors).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2]);
  });

  it('tells when it reduced, and not once it is at the end', () => {
    const state = { plateau: 0.2, best: 1, waited: 1 };
    expect(observePlateau(config, state, 2)).toBe(false);
    const earlier = { plateau: 0.4, best: 1, waited: 1 };
    expect(observePlateau(config, earlier, 2)).toBe(true);
  });
});
