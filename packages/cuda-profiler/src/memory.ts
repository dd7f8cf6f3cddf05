import { AbortedError } from '@mlffd/core';
import { requireCount } from './profileCalculator.ts';
import { theilSen, type RobustSlope } from './theilSen.ts';

/** Parts of a process's memory that are watched, bytes. */
export const MEMORY_PARTS = ['rss', 'heapUsed', 'external', 'arrayBuffers'] as const;
export type MemoryPart = (typeof MEMORY_PARTS)[number];

/** How the work is repeated and watched. */
export interface MemoryGrowthOptions {
  /** Calls that are watched. */
  readonly calls: number;
  /** Calls before, in which pools and caches may grow; default a quarter of `calls`. */
  readonly warmup?: number;
  /** Samples taken, evenly over the calls; default 100, at least 10. */
  readonly samples?: number;
  readonly signal?: AbortSignal;
}

/** How memory grew with the number of calls. */
export interface MemoryGrowth {
  readonly calls: number;
  /** Bytes per call, with a 95 % band, for each part. */
  readonly perCall: Readonly<Record<MemoryPart, RobustSlope>>;
  /** Samples in order, bytes. */
  readonly series: Readonly<Record<MemoryPart, Float64Array>>;
  /** Last sample of the resident set less the first, bytes. */
  readonly rssGrowth: number;
}

/**
 * Repeats a piece of work and fits how the process's memory grows with it.
 *
 * Where the program was started with `--expose-gc`, garbage is collected before each sample, which
 * makes the band of the heap much narrower.
 *
 * @throws InvalidArgumentError for counts that are none; AbortedError
 */
export async function memoryGrowth(
  work: (call: number) => unknown,
  options: MemoryGrowthOptions,
): Promise<MemoryGrowth> {
  const { calls, samples = 100, signal } = options;
  const warmup = options.warmup ?? Math.ceil(calls / 4);
  requireCount('samples', samples, 10);
  requireCount('calls', calls, samples);
  requireCount('warmup', warmup, 0);
  const series = Object.fromEntries(
    MEMORY_PARTS.map((part) => [part, new Float64Array(samples)]),
  ) as Record<MemoryPart, Float64Array>;

  let taken = 0;
  for (let call = 0; call < warmup + calls; call++) {
    if (signal?.aborted === true) {
      throw new AbortedError('profiler/aborted', 'the measurement was stopped', {
        where: `call ${call} of ${warmup + calls}`,
        hint: 'Start it again; nothing is kept.',
        cause: signal.reason,
      });
    }
    const pending = work(call);
    if (pending instanceof Promise) await pending;
    // The k-th sample is due after (k + 1) / samples of the watched calls.
    const due = Math.floor(((call + 1 - warmup) * samples) / calls);
    if (call >= warmup && due > taken) {
      globalThis.gc?.();
      const usage = process.memoryUsage();
      for (const part of MEMORY_PARTS) series[part][taken] = usage[part];
      taken = due;
    }
  }
  const callsPerSample = calls / samples;
  const perCall = Object.fromEntries(
    MEMORY_PARTS.map((part) => {
      const { slope, low, high } = theilSen(series[part]);
      const scaled = {
        slope: slope / callsPerSample,
        low: low / callsPerSample,
        high: high / callsPerSample,
      };
      return [part, scaled];
    }),
  ) as Record<MemoryPart, RobustSlope>;
  return { calls, perCall, series, rssGrowth: series.rss[samples - 1] - series.rss[0] };
}
