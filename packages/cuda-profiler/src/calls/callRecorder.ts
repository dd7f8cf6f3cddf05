import { performance } from 'node:perf_hooks';
import {
  type Atoms,
  type CalculateOptions,
  type Calculator,
  isPromise,
  type Pause,
  PauseWatch,
  type Property,
  type Results,
  type Uncertainties,
} from '@mlffd/core';

/** Calls that are kept, where nothing is said: 1.3 MB. */
const CAPACITY = 2 ** 16;

/** A stretch of a run with a name. */
export interface CallPhase {
  readonly name: string;
  /** Calls that were finished before it. */
  readonly call: number;
  /** ms, on the clock of `performance`. */
  readonly start: number;
  /** Resident set when it began, bytes. */
  readonly rss: number;
}

/** Calls of a run, in the order in which they began. */
export interface CallTrack {
  /** ms, on the clock of `performance`. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** Atoms of each call. */
  readonly atoms: Int32Array;
  /** Calls that are not here any more, as there was no room. */
  readonly lost: number;
  readonly phases: readonly CallPhase[];
  readonly pauses: readonly Pause[];
}

/**
 * Takes the times of the calls of any run: give the run {@link CallRecorder.wrap} of its calculator.
 *
 * Calls go into a ring whose room is there from the start; nothing is allocated per call, except for a promise
 * where the calculator answers with one. Calls that fail are not kept.
 */
export class CallRecorder {
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #atoms: Int32Array;
  readonly #mask: number;
  readonly #phases: CallPhase[] = [];
  readonly #watch = new PauseWatch();
  #count = 0;

  /** @param options.capacity calls that are kept, the last ones; rounded up to a power of two */
  constructor({ capacity = CAPACITY }: { readonly capacity?: number } = {}) {
    const room = 2 ** Math.ceil(Math.log2(Math.max(1, capacity)));
    this.#starts = new Float64Array(room);
    this.#ends = new Float64Array(room);
    this.#atoms = new Int32Array(room);
    this.#mask = room - 1;
  }

  /** Calls that were finished. */
  get count(): number {
    return this.#count;
  }

  /** Duration of the last call, ms. */
  get last(): number {
    const slot = (this.#count - 1) & this.#mask;
    return this.#ends[slot] - this.#starts[slot];
  }

  /** The same calculator, its calls timed; `dispose` is that of the calculator. */
  wrap(calculator: Calculator): Calculator {
    return new RecordedCalculator(calculator, this);
  }

  /** What follows is another part of the run. */
  beginPhase(name: string): void {
    this.#phases.push({
      name,
      call: this.#count,
      start: performance.now(),
      rss: process.memoryUsage.rss(),
    });
  }

  /** @param start, end ms */
  add(start: number, end: number, atoms: number): void {
    const slot = this.#count & this.#mask;
    this.#starts[slot] = start;
    this.#ends[slot] = end;
    this.#atoms[slot] = atoms;
    this.#count++;
  }

  /** All that was recorded; ends the watch for pauses of the garbage collector. */
  async stop(): Promise<CallTrack> {
    const pauses = await this.#watch.stop();
    const kept = Math.min(this.#count, this.#starts.length);
    const lost = this.#count - kept;
    const slots = Int32Array.from({ length: kept }, (_, k) => (lost + k) & this.#mask);
    // Calls that overlap end in another order than they began in.
    slots.sort((a, b) => this.#starts[a] - this.#starts[b]);
    return {
      starts: Float64Array.from(slots, (slot) => this.#starts[slot]),
      ends: Float64Array.from(slots, (slot) => this.#ends[slot]),
      atoms: Int32Array.from(slots, (slot) => this.#atoms[slot]),
      lost,
      phases: this.#phases,
      pauses,
    };
  }
}

class RecordedCalculator implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  declare readonly elements?: readonly number[];
  declare readonly cutoff?: number;
  declare readonly concurrency?: number;
  declare readonly uncertainty?: (atoms: Atoms) => Uncertainties | Promise<Uncertainties>;
  readonly #calculator: Calculator;
  readonly #recorder: CallRecorder;

  constructor(calculator: Calculator, recorder: CallRecorder) {
    this.#calculator = calculator;
    this.#recorder = recorder;
    this.name = calculator.name;
    this.properties = calculator.properties;
    if (calculator.elements !== undefined) this.elements = calculator.elements;
    if (calculator.cutoff !== undefined) this.cutoff = calculator.cutoff;
    if (calculator.concurrency !== undefined) this.concurrency = calculator.concurrency;
    if (calculator.uncertainty !== undefined) {
      this.uncertainty = calculator.uncertainty.bind(calculator);
    }
  }

  get ahead(): number {
    return this.#calculator.ahead ?? 0;
  }

  calculate(
    atoms: Atoms,
    properties: readonly Property[],
    options?: CalculateOptions,
  ): Results | Promise<Results> {
    const start = performance.now();
    const answer = this.#calculator.calculate(atoms, properties, options);
    if (isPromise(answer)) return this.#later(answer, start, atoms.numbers.length);
    this.#recorder.add(start, performance.now(), atoms.numbers.length);
    return answer;
  }

  dispose(): void | Promise<void> {
    return this.#calculator.dispose();
  }

  async #later(answer: Promise<Results>, start: number, atoms: number): Promise<Results> {
    const results = await answer;
    this.#recorder.add(start, performance.now(), atoms);
    return results;
  }
}
