import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blockOf, hotspots, runsOf, type Trace, type TraceEvent, UNCOVERED } from '../src/index.ts';
import { nest } from '../src/traces/nesting.ts';
import { bySpan, sortTrace } from '../src/traces/trace.ts';

interface Given {
  readonly name: string;
  readonly at: readonly [start: number, duration: number];
  readonly operator?: string;
  readonly track?: number;
  readonly launch?: number;
}

const TRACKS: Trace['tracks'] = [
  { process: 'p', thread: 'main', kind: 'cpu' },
  { process: 'p', thread: 'worker', kind: 'cpu' },
  { process: 'd', thread: 'stream 1', kind: 'gpu' },
  { process: 'd', thread: 'stream 2', kind: 'gpu' },
];

function traceOf(events: readonly Given[]): Trace {
  return sortTrace({
    ...{ source: 'mlffd', run: 'call', tracks: TRACKS, phases: [], truncated: false, ignored: 0 },
    events: events.map(({ name, at: [start, duration], track = 0, ...rest }): TraceEvent => ({
      ...{ name, category: '', track, start, duration, args: {} },
      ...rest,
    })),
  });
}

const work = (name: string, start: number, duration: number, track = 0): Given => ({
  ...{ name, at: [start, duration], operator: name, track },
});
const call = (start: number, duration: number): Given => ({ name: 'call', at: [start, duration] });

describe('self times', () => {
  test('add up to the time in which anything ran, for any spans', () => {
    const span = fc.record({
      start: fc.nat({ max: 100 }),
      duration: fc.nat({ max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(span, { maxLength: 30 }), (spans) => {
        const sorted = spans.sort(bySpan);
        const { self, busy } = nest(sorted);
        // Whole numbers: moments are counted one by one.
        let union = 0;
        for (let t = 0; t < 140; t++) {
          if (sorted.some(({ start, duration }) => start <= t && t < start + duration)) union++;
        }
        expect(busy).toBe(union);
        expect(self.reduce((sum, time) => sum + time, 0)).toBe(union);
        expect(self.every((time, k) => time >= 0 && time <= sorted[k].duration)).toBe(true);
      }),
      { seed: 1 },
    );
  });

  test('of nested spans are theirs less that of the spans within', () => {
    const spans = [
      { start: 0, duration: 100 },
      { start: 10, duration: 50 },
      { start: 20, duration: 10 },
      { start: 70, duration: 10 },
    ];
    expect([...nest(spans).self]).toEqual([40, 40, 10, 10]);
    expect([...nest(spans).parent]).toEqual([-1, 0, 1, 0]);
  });

  test('where rounding lets a span end after what contains it', () => {
    const spans = [
      { start: 0, duration: 10 },
      { start: 4, duration: 7 },
    ];
    expect([...nest(spans).self]).toEqual([4, 7]);
  });
});

describe('hotspots', () => {
  const steps = [0, 1000, 2000].flatMap((at) => [
    call(at, 100),
    work('a', at + 10, 60),
    work('b', at + 20, 30),
    work('b', at + 75, 5),
  ]);

  test('are per call, without the warm-up, and add up to the wall time', () => {
    const found = hotspots(traceOf([...steps, work('before', -50, 20), work('between', 500, 9)]));
    expect(found).toMatchObject({ runs: 2, dropped: 1, wall: 100, covered: 100, error: 0 });
    expect(found.rows).toEqual([
      { name: 'b', time: 35, share: 0.35, count: 2 },
      { name: 'a', time: 30, share: 0.3, count: 1 },
    ]);
    expect(found.overhead).toEqual([{ name: 'call', time: 35, share: 0.35, count: 1 }]);
  });

  test('have what a longer time measured from outside leaves over in a line of its own', () => {
    const found = hotspots(traceOf(steps), { wall: 125 });
    expect(found.error).toBeCloseTo(0.2, 12);
    expect(found.overhead.at(-1)).toEqual({ name: UNCOVERED, time: 25, share: 0.2, count: 0 });
  });

  test('have the work of other threads beside the wall time', () => {
    const found = hotspots(traceOf([...steps, work('b', 1010, 80, 1), work('c', 2010, 40, 1)]));
    expect(found.covered).toBe(100);
    expect(found.parallel).toEqual([
      { name: 'b', time: 40, share: 0.4, count: 0.5 },
      { name: 'c', time: 20, share: 0.2, count: 0.5 },
    ]);
  });

  test('of a device count streams that are busy at once once', () => {
    const kernels = [1000, 2000].flatMap((at) => [
      { ...work('k', at + 90, 40, 2), launch: at + 50 },
      { ...work('k', at + 90, 40, 3), launch: at + 60 },
      { ...work('late', at + 140, 40, 3), launch: at + 150 },
    ]);
    const found = hotspots(traceOf([...steps, ...kernels]), { device: 'gpu' });
    expect(found).toMatchObject({ wall: 100, covered: 40, concurrency: 2, parallel: [] });
    expect(found.rows).toEqual([{ name: 'k', time: 80, share: 0.4, count: 2 }]);
    expect(found.overhead).toEqual([{ name: 'idle', time: 120, share: 0.6, count: 0 }]);
  });

  test('may be summed up as told', () => {
    const found = hotspots(traceOf(steps), {
      by: ({ start }) => (start % 1000 < 50 ? 'first' : 'rest'),
    });
    expect(found.rows.map(({ name, time }) => [name, time])).toEqual([
      ['first', 60],
      ['rest', 5],
    ]);
  });

  test('without calls are of the whole trace', () => {
    const found = hotspots(traceOf([work('a', 10, 20), work('b', 40, 10)]));
    expect(found).toMatchObject({ runs: 1, dropped: 0, wall: 40, covered: 30 });
  });

  test.each([
    ['without events', traceOf([]), {}],
    ['without events of a device', traceOf(steps), { device: 'gpu' as const }],
  ])('are refused %s', (_, trace, options) => {
    expect(() => hotspots(trace, options)).toThrow(
      expect.objectContaining({ code: 'profiler/no-events' }),
    );
  });
});

describe('the warm-up', () => {
  const lasting = (...durations: number[]): Trace =>
    traceOf(durations.map((duration, k) => call(1000 * k, duration)));

  test('is the first call and those after it that take much longer', () => {
    expect(runsOf(lasting(900, 400, 100, 300, 100, 110, 90, 100)).dropped).toBe(2);
    expect(runsOf(lasting(100, 100, 100)).dropped).toBe(1);
  });

  test('is never more than half, nor all', () => {
    expect(runsOf(lasting(900, 900, 100, 100)).dropped).toBe(2);
    expect(runsOf(lasting(5))).toMatchObject({ dropped: 0, marked: true });
    expect(runsOf(lasting(5, 6, 7), { warmup: 9 }).runs).toHaveLength(1);
  });
});

test.each([
  [undefined, 'outside of blocks'],
  ['grad', 'outside of blocks, gradient'],
  ['interaction0/filter', 'interaction0/filter'],
  ['interaction0/filter/grad', 'interaction0/filter, gradient'],
])('the block of scope %s is %s', (scope, block) => {
  expect(blockOf(scope === undefined ? {} : { scope })).toBe(block);
});

test('blocks may be cut to fewer parts', () => {
  expect(blockOf({ scope: 'interaction0/filter/grad' }, 1)).toBe('interaction0, gradient');
});
