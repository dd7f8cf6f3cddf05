import {
  type Atoms,
  type Calculator,
  isPromise,
  type LatencyDistribution,
  type Property,
  Rng,
  withPositions,
} from '@mlffd/core';
import { type Allocation, allocationPerCall } from './calls/allocation.ts';
import { CallRecorder } from './calls/callRecorder.ts';
import { type CallReport, describeCalls } from './calls/describeCalls.ts';
import { displacedCopies } from './calls/displaced.ts';
import { type EnergyReport, PowerMeter } from './calls/powerMeter.ts';
import { LEAST_SAMPLES } from './memory/leaks.ts';
import { type MemoryWatch, watchMemory } from './memory/watchMemory.ts';
import { askedFor, type CallEvents, takeTurn, validateCount } from './options.ts';

/** Calls after which other work of the process gets a turn, outside the timed part. */
const CALLS_PER_TURN = 50;
/** Calls of a run whose length is a time, at least. */
const LEAST_CALLS = 10;
/** Calls that say something about the memory, where time is short; and samples of it. */
const LEAST_MEMORY_CALLS = 100;
const MEMORY_SAMPLES = 100;

export interface ProfileOptions extends CallEvents {
  /** Timed calls, at least 3. Default 200; the most where `seconds` is given too. */
  readonly calls?: number;
  /**
   * Stops after that time, but not before ten calls, or `calls` where they are fewer; and does not begin the run
   * that watches the memory where fewer than 100 calls would fit into as much time again.
   */
  readonly seconds?: number;
  /**
   * Calls before them that are not counted: compilation, caches, thread pools. Default 20. `auto`: none, and
   * those of the timed calls that are a warm-up are dropped.
   */
  readonly warmup?: number | 'auto';
  /** Default: energy and forces, as far as the calculator has them. */
  readonly properties?: readonly Property[];
  /**
   * Every call gets positions of its own, displaced by up to this, Angstrom, so that a calculator
   * cannot answer from a cache. Default 1e-3.
   */
  readonly displacement?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Calls of a second run that looks for leaks and for what a call allocates. Default 0: none. */
  readonly memoryCalls?: number;
  /** Power of the device now, W; undefined while it cannot be read. */
  readonly power?: () => number | undefined;
}

export interface CalculatorProfile extends CallReport {
  readonly calculator: string;
  readonly atoms: number;
  readonly properties: readonly Property[];
  /** Latency of every timed call after the warm-up, ms, in order. */
  readonly samples: Float64Array;
  /** Latency of the very first call, ms: what a short run pays. */
  readonly firstCall: number;
  readonly latency: LatencyDistribution;
  /** null without `memoryCalls`, or where calls take too long. */
  readonly memory: MemoryWatch | null;
  /** null where `memory` is. */
  readonly allocation: Allocation | null;
  /** Resident set, bytes: the largest that was seen, by phase. */
  readonly peaks: Readonly<Record<string, number>>;
  /** null where power was never readable. */
  readonly energy: EnergyReport | null;
}

/**
 * Times single calls of a calculator, one after another, and, where asked to, watches the memory of the process
 * in a second run.
 *
 * A promise is awaited within the timed part, anything else is not, as callers in hot loops do.
 * @throws InvalidArgumentError `profiler/invalid-calls`
 * @throws AbortedError `profiler/aborted`
 */
export async function profileCalculator(
  calculator: Calculator,
  atoms: Atoms,
  options: ProfileOptions = {},
): Promise<CalculatorProfile> {
  const { calls = 200, displacement = 1e-3, seed = 1, seconds, memoryCalls = 0 } = options;
  const before = options.warmup === 'auto' ? 0 : (options.warmup ?? 20);
  validateCount('calls', calls, 3);
  validateCount('warmup', before, 0);
  if (memoryCalls !== 0) validateCount('memoryCalls', memoryCalls, LEAST_SAMPLES);
  const properties = askedFor(calculator, options.properties);
  const total = before + calls + memoryCalls;
  const rng = new Rng(seed, 'profile');
  const positions = new Float64Array(atoms.positions.length);
  const structure = withPositions(atoms, positions);
  const recorder = new CallRecorder({ capacity: before + calls });
  const recorded = recorder.wrap(calculator);
  const meter = new PowerMeter(options.power);
  const peaks: Record<string, number> = {};
  let phase = before > 0 ? 'warm-up' : 'calls';
  recorder.beginPhase(phase);
  const notePeak = (): void => {
    peaks[phase] = Math.max(peaks[phase] ?? 0, process.memoryUsage.rss());
  };
  let firstCall = 0;
  let until = Infinity;
  for (let call = 0; call < before + calls; call++) {
    if (call === before) {
      notePeak();
      if (phase !== 'calls') recorder.beginPhase('calls');
      phase = 'calls';
      meter.begin();
      if (seconds !== undefined) until = performance.now() + 1000 * seconds;
    }
    if (call % CALLS_PER_TURN === 0) {
      await takeTurn(options, call, total);
      notePeak();
    }
    for (let k = 0; k < positions.length; k++) {
      positions[k] = atoms.positions[k] + displacement * (2 * rng.uniform() - 1);
    }
    const answer = recorded.calculate(structure, properties);
    if (isPromise(answer)) await answer;
    if (call === 0) firstCall = recorder.last;
    if (call < before) continue;
    meter.sample();
    if (performance.now() > until && call - before + 1 >= LEAST_CALLS) break;
  }
  notePeak();
  const energy = meter.end(recorder.count - before);
  const track = await recorder.stop();
  const report = describeCalls(track, options.warmup === 'auto' ? {} : { warmup: before });
  const second = await memoryRun(
    { calculator, atoms, properties, calls: memoryCallsOf(options, report.latency.mean) },
    options,
    { done: before + calls, total },
  );
  if (second.memory !== null) peaks.memory = Math.max(...second.memory.track.of('rss'));
  options.onEvent?.({ type: 'progress', done: total, total });
  const { starts, ends } = track;
  return {
    ...report,
    calculator: calculator.name,
    atoms: atoms.numbers.length,
    properties,
    samples: ends.map((end, k) => Math.max(0, end - starts[k])).subarray(report.warmup.calls),
    firstCall,
    ...second,
    peaks,
    energy,
  };
}

/** Calls of the second run: as many as fit. */
function memoryCallsOf({ memoryCalls = 0, seconds }: ProfileOptions, milliseconds: number): number {
  if (seconds === undefined) return memoryCalls;
  const fitting = Math.floor((1000 * seconds) / Math.max(milliseconds, 1e-6));
  if (fitting >= memoryCalls) return memoryCalls;
  return fitting < LEAST_MEMORY_CALLS ? 0 : fitting;
}

/** What calls allocate, and what they keep. */
async function memoryRun(
  task: {
    readonly calculator: Calculator;
    readonly atoms: Atoms;
    readonly properties: readonly Property[];
    readonly calls: number;
  },
  options: ProfileOptions,
  { done, total }: { readonly done: number; readonly total: number },
): Promise<Pick<CalculatorProfile, 'memory' | 'allocation'>> {
  const { calculator, atoms, properties, calls } = task;
  if (calls === 0) return { memory: null, allocation: null };
  const { displacement = 1e-3, seed = 1, signal, onEvent } = options;
  const copies = displacedCopies(atoms, { displacement, seed });
  const allocation = await allocationPerCall(calculator, copies, properties);
  const memory = await watchMemory(calculator, atoms, {
    calls,
    samples: Math.min(MEMORY_SAMPLES, Math.max(LEAST_SAMPLES, Math.floor(calls / 10))),
    properties,
    displacement,
    seed,
    ...(signal === undefined ? {} : { signal }),
    onEvent: (event) => {
      onEvent?.({ type: 'progress', done: done + event.done, total });
    },
  });
  return { memory, allocation };
}
