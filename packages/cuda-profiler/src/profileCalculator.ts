import {
  AbortedError,
  InvalidArgumentError,
  type Atoms,
  type Calculator,
  type Property,
} from '@mlffd/core';
import { latencyDistribution, type LatencyDistribution } from './latency.ts';

/** What to measure. */
export interface ProfileOptions {
  /** Calls that are measured. */
  readonly calls: number;
  /** Calls before, which are not: caches fill and code is compiled. Default 5. */
  readonly warmup?: number;
  /** Default energy and forces. */
  readonly properties?: readonly Property[];
  /**
   * Called before every call, outside the measured time: move the atoms as dynamics would, so that
   * nothing is answered from a cache.
   */
  readonly beforeCall?: (call: number) => void;
  readonly signal?: AbortSignal;
}

/** What the calls of a calculator cost. */
export interface CalculatorProfile {
  readonly calculator: string;
  readonly atoms: number;
  readonly properties: readonly Property[];
  readonly warmup: number;
  readonly latency: LatencyDistribution;
  /** Time of each measured call in order, ms. */
  readonly samples: Float64Array;
}

/**
 * Measures the latency of single calls, one after the other, as molecular dynamics makes them.
 *
 * A promise is awaited only where the calculator gives one, so that a synchronous calculator is
 * measured without the event loop.
 *
 * @throws InvalidArgumentError for counts that are none; AbortedError
 */
export async function profileCalculator(
  calculator: Calculator,
  atoms: Atoms,
  options: ProfileOptions,
): Promise<CalculatorProfile> {
  const { calls, warmup = 5, properties = ['energy', 'forces'], beforeCall, signal } = options;
  requireCount('calls', calls, 1);
  requireCount('warmup', warmup, 0);
  const samples = new Float64Array(calls);
  for (let call = -warmup; call < calls; call++) {
    if (signal?.aborted === true) {
      throw new AbortedError('profiler/aborted', 'the profile was stopped', {
        where: `call ${call + warmup} of ${calls + warmup}`,
        hint: 'Start it again; nothing is kept.',
        cause: signal.reason,
      });
    }
    beforeCall?.(call);
    const started = performance.now();
    const answer = calculator.calculate(atoms, properties);
    if (answer instanceof Promise) await answer;
    const elapsed = performance.now() - started;
    if (call >= 0) samples[call] = elapsed;
  }
  return {
    calculator: calculator.name,
    atoms: atoms.numbers.length,
    properties,
    warmup,
    latency: latencyDistribution(samples),
    samples,
  };
}

/** @throws InvalidArgumentError unless `value` is an integer of at least `least` */
export function requireCount(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new InvalidArgumentError('profiler/invalid-option', `${name} must be a count`, {
    expected: `an integer of at least ${least}`,
    found: String(value),
    where: name,
  });
}
