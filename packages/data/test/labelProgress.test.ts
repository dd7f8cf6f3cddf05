import { describe, expect, test } from '@jest/globals';
import { LabelProgress } from '../src/label/labelProgress.ts';
import type { LabelEvent } from '../src/label/labelProgress.ts';

/** A progress whose clock goes on `step` ms at every structure. */
function runOf(total: number, stepOf: (k: number) => number, failEvery = Infinity): LabelEvent[] {
  const events: LabelEvent[] = [];
  let now = 5000;
  const progress = new LabelProgress(
    (event) => events.push(event),
    { done: 0, failed: 0, total },
    () => now,
  );
  for (let k = 0; k < total; k++) {
    now += stepOf(k);
    const failure = { id: `s${k}`, code: 'RangeError', message: 'no', attempts: 1 };
    progress.count((k + 1) % failEvery === 0 ? failure : undefined);
  }
  progress.flush();
  progress.flush();
  return events;
}

const only = <T extends LabelEvent['type']>(events: readonly LabelEvent[], type: T) =>
  events.filter((event): event is Extract<LabelEvent, { type: T }> => event.type === type);

/** Events per second, and those that are free. */
const PER_SECOND = 10;

describe('events', () => {
  test('of 120,000 structures at 20 us each are ten per second, with the first and the last', () => {
    const events = only(
      runOf(120_000, () => 0.02),
      'progress',
    );
    expect(events.length).toBeLessThanOrEqual(2.4 * PER_SECOND + 2);
    expect(events[0].done).toBe(1);
    expect(events.at(-1)).toMatchObject({ done: 120_000, failed: 0, secondsLeft: 0 });
  });

  test('of failures are all told at first, then ten per second; their number always', () => {
    const events = runOf(50_000, () => 0.1, 5);
    expect(only(events, 'failure').length).toBeLessThanOrEqual(100 + 5 * PER_SECOND + 1);
    expect(only(events, 'failure')[99].id).toBe('s499');
    expect(only(events, 'progress').at(-1)!.failed).toBe(10_000);
  });

  test('of slow structures are one each', () => {
    expect(
      only(
        runOf(50, () => 2000),
        'progress',
      ),
    ).toHaveLength(50);
  });
});

describe('rate and time left', () => {
  test('are those of the last half minute, not of the whole run', () => {
    // An hour at one per second, then ten per second.
    const hour = 3600;
    const events = only(
      runOf(2 * hour, (k) => (k < hour ? 1000 : 100)),
      'progress',
    );
    const after = events.find(({ done }) => done >= hour + 400)!;
    expect(after.perHour).toBeCloseTo(36_000, -3);
    expect(after.secondsLeft).toBeCloseTo((hour - 400) / 10, -1);
  });

  test('are there from the first structure on', () => {
    const [first] = only(
      runOf(10, () => 500),
      'progress',
    );
    expect(first).toMatchObject({ done: 1, perHour: 7200, secondsLeft: 4.5 });
  });

  test('are not guessed where the number is not known', () => {
    const events: LabelEvent[] = [];
    const progress = new LabelProgress((event) => events.push(event), {
      done: 3,
      failed: 1,
      total: undefined,
    });
    progress.count(undefined);
    expect(events[1]).toMatchObject({ done: 4, failed: 1, secondsLeft: undefined });
    expect(progress.seconds).toBeGreaterThanOrEqual(0);
  });
});
