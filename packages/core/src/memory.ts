import { InvalidArgumentError } from './errors.ts';
import { type RobustSlope, theilSenSlope } from './theilSen.ts';

/** What Node reports about the memory of this process, bytes. */
export interface MemorySample {
  /** Number of calls made so far. */
  readonly call: number;
  /** Resident set: everything, native memory of model runtimes included. */
  readonly rss: number;
  /** JavaScript objects. */
  readonly heapUsed: number;
  /** Memory outside the heap that JavaScript objects hold, array buffers included. */
  readonly external: number;
}

export const MEMORY_SERIES = ['rss', 'heapUsed', 'external'] as const;

export type MemorySeries = (typeof MEMORY_SERIES)[number];

/** Growth of one series. */
export interface Growth extends RobustSlope {
  /** The whole confidence band is above zero. */
  readonly grows: boolean;
}

export interface MemoryGrowthOptions {
  /** Samples before this call are dropped: caches and pools fill up at first. Default 0. */
  readonly warmup?: number;
  /** Of the two-sided band. Default 0.95. */
  readonly confidence?: number;
}

/** The memory of this process now. */
export function sampleMemory(call: number): MemorySample {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { call, rss, heapUsed, external };
}

/**
 * Growth of memory, bytes per call, with a confidence band.
 *
 * The Theil-Sen slope ignores the spikes that garbage collection leaves. Growth of `heapUsed`
 * within one cycle of the collector is no leak: sample over many cycles, or collect before each
 * sample (`node --expose-gc`).
 *
 * @throws InvalidArgumentError `statistics/too-few-points` for fewer than 3 samples after the warm-up
 */
export function memoryGrowth(
  samples: readonly MemorySample[],
  options: MemoryGrowthOptions = {},
): Record<MemorySeries, Growth> {
  const { warmup = 0, confidence = 0.95 } = options;
  const kept = samples.filter(({ call }) => call >= warmup);
  if (kept.length < 3) {
    throw new InvalidArgumentError('statistics/too-few-points', 'too few samples of memory', {
      expected: `at least 3 samples from call ${warmup} on`,
      found: String(kept.length),
    });
  }
  const calls = kept.map(({ call }) => call);
  const growthOf = (series: MemorySeries): Growth => {
    const band = theilSenSlope(
      calls,
      kept.map((sample) => sample[series]),
      confidence,
    );
    return { ...band, grows: band.low > 0 };
  };
  return { rss: growthOf('rss'), heapUsed: growthOf('heapUsed'), external: growthOf('external') };
}
