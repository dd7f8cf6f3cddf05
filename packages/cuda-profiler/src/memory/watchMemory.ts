import { type Atoms, type Calculator, isPromise, type Property } from '@mlffd/core';
import { displacedCopies } from '../calls/displaced.ts';
import { askedFor, type CallEvents, takeTurn, validateCount } from '../options.ts';
import { type Collection, collectorOf, type Collector } from './collector.ts';
import { detectLeaks, LEAST_SAMPLES, type LeakReport } from './leaks.ts';
import { MemoryTrack } from './memoryTrack.ts';

/** Collections before the first sample: V8 drops code that has not been used for several of them. */
const SETTLING = 8;

export interface WatchMemoryOptions extends CallEvents {
  /** Default 2000. */
  readonly calls?: number;
  /** Evenly spread over the calls, at least 20. Default 100. */
  readonly samples?: number;
  /** Default: energy and forces, as far as the calculator has them. */
  readonly properties?: readonly Property[];
  /** Of positions between calls, Angstrom. Default 1e-3. */
  readonly displacement?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Runs before each sample; default: what this process has. */
  readonly collector?: Collector;
}

/** Memory over a run of calls. */
export interface MemoryWatch extends LeakReport {
  readonly collection: Collection;
  /** Samples, bytes, for a plot. */
  readonly track: MemoryTrack;
}

/**
 * Makes calls only to see what they leave behind: before each sample the collector runs, which would spoil the
 * times of calls.
 *
 * @throws InvalidArgumentError `profiler/invalid-calls`
 * @throws AbortedError `profiler/aborted`
 */
export async function watchMemory(
  calculator: Calculator,
  atoms: Atoms,
  options: WatchMemoryOptions = {},
): Promise<MemoryWatch> {
  const { calls = 2000, samples = 100, displacement = 1e-3, seed = 1 } = options;
  const { collector = collectorOf() } = options;
  validateCount('samples', samples, LEAST_SAMPLES);
  validateCount('calls', calls, samples);
  const properties = askedFor(calculator, options.properties);
  const structures = displacedCopies(atoms, { displacement, seed });
  const track = new MemoryTrack(samples + 1);
  // What the buffers of the collector are told from.
  const { external, arrayBuffers } = process.memoryUsage();
  for (let k = 0; k < SETTLING; k++) {
    collector.collect();
    await takeTurn(options, 0, calls);
  }
  track.sample(0, collector.ballast, { external, arrayBuffers });
  let next = 1;
  for (let call = 1; call <= calls; call++) {
    const answer = calculator.calculate(structures[call % structures.length], properties);
    if (isPromise(answer)) await answer;
    if (call < Math.floor((next * calls) / samples)) continue;
    next++;
    // Buffers that were let go are only counted off in a turn of their own.
    await takeTurn(options, call, calls);
    collector.collect();
    await takeTurn({}, call, calls);
    track.sample(call, collector.ballast);
  }
  return { ...detectLeaks(track), collection: collector.kind, track };
}
