import {
  AbortedError,
  type Atoms,
  type Calculator,
  type Growth,
  InvalidArgumentError,
  type LatencyDistribution,
  latencyDistribution,
  memoryGrowth,
  type MemorySample,
  type MemorySeries,
  type Property,
  Rng,
  sampleMemory,
  withPositions,
} from '@mlffd/core';

/** Samples of memory that a run takes. */
const MEMORY_SAMPLES = 200;
/** Calls after which other work of the process gets a turn, outside the timed part. */
const CALLS_PER_TURN = 50;

export interface ProfileOptions {
  /** Timed calls, at least 3. Default 200. */
  readonly calls?: number;
  /** Calls before them that are not counted: compilation, caches, thread pools. Default 20. */
  readonly warmup?: number;
  /** Default: energy and forces, as far as the calculator has them. */
  readonly properties?: readonly Property[];
  /**
   * Every call gets positions of its own, displaced by up to this, Angstrom, so that a calculator
   * cannot answer from a cache. Default 1e-3.
   */
  readonly displacement?: number;
  /** Default 1. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ProfileEvent) => void;
}

export interface ProfileEvent {
  readonly type: 'progress';
  /** Calls made, warm-up included. */
  readonly done: number;
  readonly total: number;
}

export interface CalculatorProfile {
  readonly calculator: string;
  readonly atoms: number;
  readonly properties: readonly Property[];
  readonly warmup: number;
  readonly latency: LatencyDistribution;
  /** Latency of every timed call, ms, in order. */
  readonly samples: Float64Array;
  /** Latency of the very first call, ms: what a short run pays. */
  readonly firstCall: number;
  /** Bytes per call after the warm-up. */
  readonly memory: Readonly<Record<MemorySeries, Growth>>;
}

/**
 * Times single calls of a calculator, one after another, and watches the memory of the process.
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
  const { calls = 200, warmup = 20, displacement = 1e-3, seed = 1 } = options;
  validateCount('calls', calls, 3);
  validateCount('warmup', warmup, 0);
  const properties =
    options.properties ??
    (['energy', 'forces'] as const).filter((name) => calculator.properties.includes(name));
  const total = warmup + calls;
  const every = Math.max(1, Math.floor(calls / MEMORY_SAMPLES));
  const rng = new Rng(seed, 'profile');
  const positions = new Float64Array(atoms.positions.length);
  const structure = withPositions(atoms, positions);
  const samples = new Float64Array(calls);
  const memory: MemorySample[] = [];
  let firstCall = 0;
  for (let call = 0; call < total; call++) {
    if (call % CALLS_PER_TURN === 0) await takeTurn(options, call, total);
    for (let k = 0; k < positions.length; k++) {
      positions[k] = atoms.positions[k] + displacement * (2 * rng.uniform() - 1);
    }
    const start = performance.now();
    const answer = calculator.calculate(structure, properties);
    if (answer instanceof Promise) await answer;
    const latency = performance.now() - start;
    if (call === 0) firstCall = latency;
    if (call < warmup) continue;
    samples[call - warmup] = latency;
    if ((call - warmup) % every === 0) memory.push(sampleMemory(call));
  }
  options.onEvent?.({ type: 'progress', done: total, total });
  return {
    calculator: calculator.name,
    atoms: atoms.numbers.length,
    properties,
    warmup,
    latency: latencyDistribution(samples),
    samples,
    firstCall,
    memory: memoryGrowth(memory),
  };
}

async function takeTurn(options: ProfileOptions, done: number, total: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (options.signal?.aborted === true) {
    throw new AbortedError('profiler/aborted', `stopped after ${done} of ${total} calls`, {
      cause: options.signal.reason,
    });
  }
  options.onEvent?.({ type: 'progress', done, total });
}

function validateCount(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new InvalidArgumentError('profiler/invalid-calls', `${name} is ${value}`, {
    expected: `an integer, ${least} or more`,
    found: String(value),
    where: name,
  });
}
