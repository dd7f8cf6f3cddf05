import {
  attributePauses,
  blockMeans,
  InvalidArgumentError,
  type LatencyDistribution,
  latencyDistribution,
  median,
  type SpanPauses,
  theilSenSlope,
} from '@mlffd/core';
import { residualCorrelation } from '../statistics.ts';
import type { CallTrack } from './callRecorder.ts';
import { findWarmup, type Warmup } from './warmup.ts';

/** Stretches of a run whose medians the drift is fitted to. */
const DRIFT_BLOCKS = 50;
/** Of the two-sided band of the drift. */
const DRIFT_CONFIDENCE = 0.99;

/** How the time of a call changes over a run, as parts of its median per 1000 calls. */
export interface LatencyDrift {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  /** The band does not hold 0. */
  readonly drifts: boolean;
}

/** A part of the run. */
export interface PhaseReport {
  readonly name: string;
  readonly calls: number;
  /** ms, from its begin to the next. */
  readonly duration: number;
  /** Part of its time within calls, 0 to 1 for calls one after another. */
  readonly busy: number;
  /** Median time of its calls, ms; null without calls. */
  readonly p50: number | null;
}

/** What calls of a run took. */
export interface CallReport {
  /** Calls after the warm-up. */
  readonly calls: number;
  /** Calls before the first one that was kept. */
  readonly lost: number;
  /** ms; null where it was not kept. */
  readonly firstCall: number | null;
  readonly warmup: Warmup;
  readonly latency: LatencyDistribution;
  /** null for fewer than 10 calls. */
  readonly drift: LatencyDrift | null;
  readonly pauses: SpanPauses;
  /** Means over up to 100 equal stretches after the warm-up, ms: what comparisons resample. */
  readonly blocks: readonly number[];
  readonly phases: readonly PhaseReport[];
}

/**
 * Describes recorded calls.
 *
 * @param options.warmup calls that are dropped; default: found by {@link findWarmup}
 * @throws InvalidArgumentError `profiler/no-calls` where no call is left
 */
export function describeCalls(
  track: CallTrack,
  options: { readonly warmup?: number } = {},
): CallReport {
  const { starts, ends, lost } = track;
  const all = ends.map((end, k) => Math.max(0, end - starts[k]));
  const warmup: Warmup =
    options.warmup === undefined
      ? findWarmup(all)
      : { calls: Math.max(0, options.warmup - lost), settled: true };
  const latencies = all.subarray(warmup.calls);
  if (latencies.length === 0) {
    throw new InvalidArgumentError('profiler/no-calls', 'no call was recorded after the warm-up', {
      expected: 'at least one call',
      found: `${all.length} calls, a warm-up of ${warmup.calls}`,
    });
  }
  const latency = latencyDistribution(latencies);
  return {
    calls: latencies.length,
    lost,
    firstCall: lost > 0 ? null : all[0],
    warmup,
    latency,
    drift: driftOf(latencies, latency.p50),
    pauses: attributePauses(track.pauses, {
      starts: starts.subarray(warmup.calls),
      ends: ends.subarray(warmup.calls),
      slow: latency.p99,
    }),
    blocks: blockMeans(latencies),
    phases: phasesOf(track, all),
  };
}

/** Slope of medians of stretches: neighbouring calls are correlated, and pauses are no drift. */
function driftOf(latencies: Float64Array, middle: number): LatencyDrift | null {
  const blocks = Math.min(DRIFT_BLOCKS, Math.floor(latencies.length / 2));
  if (blocks < 5 || middle === 0) return null;
  const x: number[] = [];
  const y: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const first = Math.floor((block * latencies.length) / blocks);
    const last = Math.floor(((block + 1) * latencies.length) / blocks);
    x.push((first + last) / 2000);
    y.push(median(latencies.subarray(first, last)) / middle);
  }
  const { slope } = theilSenSlope(x, y, DRIFT_CONFIDENCE);
  const correlation = residualCorrelation(x, y, slope);
  const inflation = (1 + correlation) / (1 - correlation);
  const band = theilSenSlope(x, y, DRIFT_CONFIDENCE, { inflation });
  return { ...band, confidence: DRIFT_CONFIDENCE, drifts: band.low > 0 || band.high < 0 };
}

function phasesOf({ phases, starts, ends, lost }: CallTrack, all: Float64Array): PhaseReport[] {
  return phases.map(({ name, call, start }, k) => {
    const next = phases.at(k + 1);
    const first = Math.max(0, call - lost);
    const last = next === undefined ? all.length : Math.max(0, next.call - lost);
    const times = all.subarray(first, last);
    const end = next?.start ?? Math.max(start, ends.at(-1) ?? start);
    const duration = end - start;
    const busy = times.reduce((sum, time) => sum + time, 0) / duration;
    return {
      name,
      calls: times.length,
      duration,
      busy: duration > 0 && starts.length > 0 ? busy : 0,
      p50: times.length === 0 ? null : median(times),
    };
  });
}
