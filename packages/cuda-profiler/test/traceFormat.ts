import { expect } from '@jest/globals';

interface FormatEvent {
  readonly ph: string;
  readonly name: unknown;
  readonly cat?: unknown;
  readonly pid: unknown;
  readonly tid: unknown;
  readonly ts: number;
  readonly dur: number;
  readonly args: unknown;
}

/** Ends and begins are compared as sums of two numbers: so many units in the last place may differ. */
const ROUNDING = 4 * Number.EPSILON;

/**
 * Rules of the Trace Event Format for what is written here: complete and metadata events; and of Perfetto,
 * which drops slices of a thread that overlap without being nested.
 */
export function expectValidFormat(text: string): void {
  const file = JSON.parse(text) as { displayTimeUnit: string; traceEvents: FormatEvent[] };
  expect(['ms', 'ns']).toContain(file.displayTimeUnit);
  const lanes = new Map<string, FormatEvent[]>();
  for (const event of file.traceEvents) {
    expect(['X', 'M']).toContain(event.ph);
    expect(typeof event.name).toBe('string');
    expect(Number.isInteger(event.pid) && Number.isInteger(event.tid)).toBe(true);
    expect(typeof event.args).toBe('object');
    if (event.ph === 'M') continue;
    expect(typeof event.cat).toBe('string');
    expect(Number.isFinite(event.ts)).toBe(true);
    expect(event.dur).toBeGreaterThanOrEqual(0);
    const key = `${String(event.pid)} ${String(event.tid)}`;
    lanes.set(key, [...(lanes.get(key) ?? []), event]);
  }
  for (const lane of lanes.values()) expectNested(lane);
}

function expectNested(lane: readonly FormatEvent[]): void {
  const open: number[] = [];
  let last = -Infinity;
  for (const { ts, dur } of lane) {
    expect(ts).toBeGreaterThanOrEqual(last);
    last = ts;
    while (open.length > 0 && open[open.length - 1] <= ts) open.pop();
    if (open.length > 0) {
      const outer = open[open.length - 1];
      expect(ts + dur).toBeLessThanOrEqual(outer + ROUNDING * Math.abs(outer));
    }
    open.push(ts + dur);
  }
}
