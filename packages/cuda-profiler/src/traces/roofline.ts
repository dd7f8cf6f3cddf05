import { InvalidArgumentError } from '@mlffd/core';
import { attribute } from './attribution.ts';
import { type HotspotOptions, NAMES } from './hotspots.ts';
import { operatorCost } from './operatorCost.ts';
import { runsOf } from './runs.ts';
import type { Trace } from './trace.ts';

/** What a machine does at most, of the threads that the trace was made with. */
export interface MachinePeaks {
  /** Floating-point operations per second. */
  readonly flops: number;
  /** Bytes per second to and from memory. */
  readonly bandwidth: number;
}

/** An operator or block under the roof. */
export interface RooflinePoint {
  readonly name: string;
  /** us per call */
  readonly time: number;
  /** Of the time of all points. */
  readonly share: number;
  /** Operations per call. */
  readonly flops: number;
  /** Bytes per call. */
  readonly bytes: number;
  /** Operations per byte; 0 for what only moves data. */
  readonly intensity: number;
  /** Operations per second. */
  readonly rate: number;
  /** Bytes per second. */
  readonly throughput: number;
  /** What limits it at its intensity. */
  readonly bound: 'compute' | 'memory';
  /**
   * Least time that the machine needs over the time it took. Above 1 where data came from a cache,
   * which has more bandwidth than memory.
   */
  readonly efficiency: number;
}

/** Operators or blocks under the roof of a machine. */
export interface Roofline {
  readonly peaks: MachinePeaks;
  /** Operations per byte from where on arithmetic is the limit. */
  readonly ridge: number;
  /** Longest first. */
  readonly points: readonly RooflinePoint[];
  /** Time of operators whose work is not known, us per call. */
  readonly unknown: number;
  /** Corners of the roof for a chart with logarithmic axes: operations per byte and per second. */
  readonly roof: readonly { readonly intensity: number; readonly rate: number }[];
}

/** s per us */
const SECONDS = 1e-6;

/**
 * Operations and bytes per call by operator or block, against what the machine does at most (Williams,
 * Waterman, Patterson, Commun. ACM 52, 65, 2009). Work is known of profiles of ONNX Runtime, which have
 * shapes.
 *
 * @throws InvalidArgumentError `profiler/peaks` for peaks that are not positive
 */
export function roofline(
  trace: Trace,
  peaks: MachinePeaks,
  options: Omit<HotspotOptions, 'wall'> = {},
): Roofline {
  requirePeaks(peaks);
  const { by = 'operator', device = 'cpu', depth } = options;
  const nameOf = typeof by === 'function' ? by : NAMES[by];
  const { runs } = runsOf(trace, options);
  const sums = new Map<string, { time: number; flops: number; bytes: number }>();
  let unknown = 0;
  for (const { event, time } of attribute(trace, runs, device).parts) {
    if (event.operator === undefined) continue;
    const cost = operatorCost(event);
    if (cost === undefined) {
      unknown += time;
      continue;
    }
    const name = nameOf(event, depth);
    const sum = sums.get(name) ?? { time: 0, flops: 0, bytes: 0 };
    sum.time += time;
    sum.flops += cost.flops;
    sum.bytes += cost.bytes;
    sums.set(name, sum);
  }
  const total = [...sums.values()].reduce((whole, { time }) => whole + time, 0);
  const points = [...sums]
    .map(([name, { time, flops, bytes }]) =>
      pointOf(name, peaks, {
        time: time / runs.length,
        share: total === 0 ? 0 : time / total,
        flops: flops / runs.length,
        bytes: bytes / runs.length,
      }),
    )
    .sort((a, b) => b.time - a.time);
  return {
    peaks,
    ridge: peaks.flops / peaks.bandwidth,
    points,
    unknown: unknown / Math.max(1, runs.length),
    roof: roofOf(peaks, points),
  };
}

type Work = Pick<RooflinePoint, 'time' | 'share' | 'flops' | 'bytes'>;

function pointOf(name: string, peaks: MachinePeaks, work: Work): RooflinePoint {
  const { time, flops, bytes } = work;
  const seconds = time * SECONDS;
  const [computing, moving] = [flops / peaks.flops, bytes / peaks.bandwidth];
  return {
    name,
    ...work,
    intensity: bytes === 0 ? 0 : flops / bytes,
    rate: seconds === 0 ? 0 : flops / seconds,
    throughput: seconds === 0 ? 0 : bytes / seconds,
    bound: computing > moving ? 'compute' : 'memory',
    efficiency: seconds === 0 ? 0 : Math.max(computing, moving) / seconds,
  };
}

/** From a tenth of the least intensity to ten times the largest, with the ridge between. */
function roofOf(peaks: MachinePeaks, points: readonly RooflinePoint[]): Roofline['roof'] {
  const ridge = peaks.flops / peaks.bandwidth;
  const known = [ridge, ...points.map(({ intensity }) => intensity).filter((value) => value > 0)];
  const first = Math.min(...known) / 10;
  return [
    { intensity: first, rate: first * peaks.bandwidth },
    { intensity: ridge, rate: peaks.flops },
    { intensity: 10 * Math.max(...known), rate: peaks.flops },
  ];
}

function requirePeaks(peaks: MachinePeaks): void {
  for (const where of ['flops', 'bandwidth'] as const) {
    const value = peaks[where];
    if (Number.isFinite(value) && value > 0) continue;
    throw new InvalidArgumentError('profiler/peaks', `peaks.${where} is ${value}`, {
      expected: 'a positive number, per second',
      found: String(value),
      where,
      hint: 'Measure it (measureBandwidth, measureProductRate of @mlffd/graph), or take it from a data sheet.',
    });
  }
}
