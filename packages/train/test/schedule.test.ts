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
    smoothing: 0,
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
    const state = { plateau: 0.2, smoothed: null, best: 1, waited: 1 };
    expect(observePlateau(config, state, 2)).toBe(false);
    const earlier = { plateau: 0.4, smoothed: null, best: 1, waited: 1 };
    expect(observePlateau(config, earlier, 2)).toBe(true);
  });

  it('waits for the running mean of a noisy metric', () => {
    const noisy = [10, 9.5, 9.6, 8.6, 8.8, 7.7, 8, 6.8];
    const factors = (smoothing: number): number[] => {
      const state = initialSchedule();
      return noisy.map((metric) => {
        observePlateau({ ...config, patience: 0, smoothing }, state, metric);
        return state.plateau;
      });
    };
    expect(factors(0).at(-1)).toBe(0.2);
    expect(factors(0.7).at(-1)).toBe(1);
    const state = initialSchedule();
    for (const metric of [4, 2]) observePlateau({ ...config, smoothing: 0.75 }, state, metric);
    expect(state).toMatchObject({ smoothed: 3.5, best: 3.5 });
  });
});

describe('one-cycle', () => {
  const config: ScheduleConfig = { type: 'one-cycle', rise: 0.25, initial: 0.1, final: 0.01 };

  it.each([
    [0, 0.1],
    [0.125, 0.55],
    [0.25, 1],
    [0.625, 0.505],
    [1, 0.01],
    [1.5, 0.01],
  ])('at %d of the training gives %d', (progress, factor) => {
    expect(scheduleFactor(config, 10, progress, initialSchedule())).toBeCloseTo(factor, 12);
  });
});
