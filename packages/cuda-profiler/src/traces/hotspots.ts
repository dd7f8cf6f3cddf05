import { InvalidArgumentError } from '@mlffd/core';
import { attribute } from './attribution.ts';
import { blockOf } from './blocks.ts';
import { type RunOptions, runsOf } from './runs.ts';
import type { Span, Trace, TraceEvent } from './trace.ts';

/** Choices of `hotspots`. */
export interface HotspotOptions extends RunOptions {
  /** What is summed up: a kind of operator (default), a block of the model, a node, or as told. */
  readonly by?: 'operator' | 'block' | 'name' | ((event: TraceEvent) => string);
  /** Parts of the path of a block that are kept; default: all. */
  readonly depth?: number;
  /** Which tracks; default `cpu`. */
  readonly device?: 'cpu' | 'gpu';
  /** Time of a call as measured from outside, in the same pass, us; default: as the trace says. */
  readonly wall?: number;
}

/** A line of hotspots. */
export interface Hotspot {
  readonly name: string;
  /** Self time, us per call. */
  readonly time: number;
  /** Of the wall time. */
  readonly share: number;
  /** Events per call. */
  readonly count: number;
}

/** Where the time of a call goes. */
export interface Hotspots {
  /** Calls that were averaged. */
  readonly runs: number;
  /** Calls that were dropped as warm-up. */
  readonly dropped: number;
  /** Mean time of a call, us. */
  readonly wall: number;
  /** Self times of operators on the threads that make the calls, longest first. */
  readonly rows: readonly Hotspot[];
  /** What is no operator on these threads: sessions, launches, idling, and what no event covers. */
  readonly overhead: readonly Hotspot[];
  /** The same on other threads: beside the wall time, not part of it. */
  readonly parallel: readonly Hotspot[];
  /** Sum of `rows` and `overhead` without what no event covers, us per call. */
  readonly covered: number;
  /** `|covered - wall| / wall`: small where the trace explains the time of a call. */
  readonly error: number;
  /** Mean number of streams that are busy at once while any is; 1 for threads that make calls. */
  readonly concurrency: number;
}

/** Time of a call in which no event was running. */
export const UNCOVERED = 'not in the trace';

/** Parts of a call that are less than this are differences of rounded times. */
const ROUNDING = 1e-9;

/** What surrounds operators, in words. */
const LABELS: Readonly<Record<string, string>> = {
  'SequentialExecutor::Execute': 'ONNX Runtime, between operators',
  model_run: 'ONNX Runtime, around operators',
};

/**
 * Self times of a trace, per call, summed up by operator or block.
 *
 * Of nested events each moment counts for the innermost only. Calls are taken from the trace; those of
 * the warm-up are dropped. On threads that make calls, rows and overhead add up to the wall time. Work
 * of a device belongs to the call in which it was launched.
 *
 * @throws InvalidArgumentError `profiler/no-events` where no event is in a call
 */
export function hotspots(trace: Trace, options: HotspotOptions = {}): Hotspots {
  const { device = 'cpu', by = 'operator', depth } = options;
  const { runs, dropped } = runsOf(trace, options);
  const { parts, concurrency } = attribute(trace, runs, device);
  const sums = { rows: new Sums(), overhead: new Sums(), parallel: new Sums() };
  const nameOf = typeof by === 'function' ? by : NAMES[by];
  for (const { event, time, parallel } of parts) {
    const isOperator = event.operator !== undefined;
    const name = isOperator ? nameOf(event, depth) : labelOf(event);
    sums[parallel ? 'parallel' : isOperator ? 'rows' : 'overhead'].add(name, time);
  }
  return summary(runs, { ...options, sums, dropped, concurrency });
}

interface Summed extends HotspotOptions {
  readonly sums: Readonly<Record<'rows' | 'overhead' | 'parallel', Sums>>;
  readonly dropped: number;
  readonly concurrency: number;
}

function summary(runs: readonly Span[], { sums, ...options }: Summed): Hotspots {
  const { dropped, concurrency, device = 'cpu' } = options;
  const total = sums.rows.total + sums.overhead.total;
  if (runs.length === 0 || total + sums.parallel.total === 0) throw noEvents(device);
  const count = runs.length;
  const wall = options.wall ?? runs.reduce((sum, run) => sum + run.duration, 0) / count;
  const covered = total / count / concurrency;
  const left = Math.max(0, wall - covered) * concurrency * count;
  if (left > ROUNDING * wall) sums.overhead.add(device === 'gpu' ? 'idle' : UNCOVERED, left, 0);
  const scale = { count, wall: wall * concurrency };
  return {
    ...{ runs: count, dropped, wall, covered, concurrency },
    rows: sums.rows.lines(scale),
    overhead: sums.overhead.lines(scale),
    parallel: sums.parallel.lines(scale),
    error: Math.abs(covered - wall) / wall,
  };
}

function noEvents(device: string): InvalidArgumentError {
  const found = `no event on a ${device} track within a call`;
  return new InvalidArgumentError('profiler/no-events', `hotspots: ${found}`, {
    expected: 'a trace of calls',
    found,
    hint:
      device === 'gpu'
        ? 'Record the activities of the device, too.'
        : 'Record at least one call, and tell which event is a call with "run".',
  });
}

type NameOf = (event: TraceEvent, depth?: number) => string;

/** What events are summed up by. */
export const NAMES: Readonly<Record<'operator' | 'block' | 'name', NameOf>> = {
  operator: ({ operator, name }) => operator ?? name,
  block: blockOf,
  name: ({ name }) => name,
};

function labelOf({ name, category }: TraceEvent): string {
  if (category === 'python_function') return 'Python';
  return LABELS[name] ?? name;
}

/** Times and counts by name. */
class Sums {
  readonly #sums = new Map<string, { time: number; count: number }>();
  total = 0;

  add(name: string, time: number, count = 1): void {
    const sum = this.#sums.get(name);
    this.total += time;
    if (sum === undefined) this.#sums.set(name, { time, count });
    else {
      sum.time += time;
      sum.count += count;
    }
  }

  lines({ count: runs, wall }: { count: number; wall: number }): Hotspot[] {
    return [...this.#sums]
      .map(([name, { time, count }]) => {
        const perCall = time / runs;
        return { name, time: perCall, share: perCall / wall, count: count / runs };
      })
      .sort((a, b) => b.time - a.time);
  }
}
