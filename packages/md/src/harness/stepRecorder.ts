import { performance } from 'node:perf_hooks';
import { type Calculator, isPromise, type MemorySample, sampleMemory } from '@mlffd/core';
import type { Integrator, Stepper } from '../integrator.ts';

/**
 * Takes the times of the phases of each step of a run from outside of the driver: it stands around its
 * calculator, its integrator and its `onFrame`.
 *
 * A step lasts from the first move of its atoms to the first move of the next, less the time that a
 * sample of the memory takes in between. Nothing is allocated while it goes on.
 */
export class StepRecorder {
  /** Begin and end of each step, ms, on the clock of `performance`. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** ms. */
  readonly integrator: Float64Array;
  readonly model: Float64Array;
  /** ms; 0 on steps without a frame. */
  readonly output: Float64Array;
  readonly memory: MemorySample[] = [];
  readonly #memoryEvery: number;
  /** Step in work; -1 before the first. */
  #step = -1;
  /** Steps whose end is known. */
  #count = 0;
  /** When the integrator was done with the step. */
  #moved = NaN;

  /**
   * @param steps most steps
   * @param memoryEvery steps between two samples of the memory
   */
  constructor(steps: number, memoryEvery: number) {
    this.starts = new Float64Array(steps);
    this.ends = new Float64Array(steps);
    this.integrator = new Float64Array(steps);
    this.model = new Float64Array(steps);
    this.output = new Float64Array(steps);
    this.#memoryEvery = memoryEvery;
  }

  /** Whole steps. */
  get count(): number {
    return this.#count;
  }

  /** The same calculator, its calls timed. Calls before the first step do not count. */
  timed(calculator: Calculator): Calculator {
    return {
      ...pick(calculator),
      calculate: (atoms, properties, options) => {
        const before = performance.now();
        const answer = calculator.calculate(atoms, properties, options);
        if (!isPromise(answer)) {
          this.#endCall(before);
          return answer;
        }
        return answer.then((results) => {
          this.#endCall(before);
          return results;
        });
      },
      dispose: () => undefined,
    };
  }

  /** The same equations of motion, timed. */
  timedIntegrator(integrator: Integrator): Integrator {
    return { ...integrator, bind: (state) => this.timedStepper(integrator.bind(state)) };
  }

  /** Both halves of a step, timed. */
  timedStepper(stepper: Stepper): Stepper {
    return {
      beforeForces: () => {
        this.#beginStep();
        const moved = (): void => {
          this.integrator[this.#step] = performance.now() - this.starts[this.#step];
        };
        const moving = stepper.beforeForces();
        if (isPromise(moving)) return moving.then(moved);
        moved();
        return undefined;
      },
      afterForces: () => {
        const before = performance.now();
        stepper.afterForces();
        this.#moved = performance.now();
        this.integrator[this.#step] += this.#moved - before;
      },
    };
  }

  /** To be called at the end of `onFrame`: what has passed since the integrator was done is output. */
  endFrame(): void {
    if (this.#step >= 0) this.output[this.#step] = performance.now() - this.#moved;
  }

  /** Ends the last step; to be called as soon as the run is over. A run that fails has none to end. */
  finish(): void {
    if (this.#step === this.#count) this.ends[this.#count++] = performance.now();
  }

  #beginStep(): void {
    if (this.#step >= 0) this.ends[this.#count++] = performance.now();
    this.#step++;
    if (this.#step % this.#memoryEvery === 0) this.memory.push(sampleMemory(this.#step));
    this.starts[this.#step] = performance.now();
  }

  #endCall(before: number): void {
    if (this.#step >= 0) this.model[this.#step] += performance.now() - before;
  }
}

/** Of a calculator, what its callers look at; a class keeps it on its prototype. */
function pick(
  calculator: Calculator,
): Pick<Calculator, 'name' | 'properties'> & Partial<Calculator> {
  const { name, properties, elements, cutoff } = calculator;
  return {
    name,
    properties,
    ...(elements === undefined ? {} : { elements }),
    ...(cutoff === undefined ? {} : { cutoff }),
  };
}

/** Steps of one measurement of {@link measuringCost}, and how many there are. */
const COST_STEPS = 500;
const COST_REPEATS = 15;

/**
 * What taking the times costs, ms per step: the median over repeated runs of the recorder around
 * something that does nothing.
 */
export function measuringCost(): number {
  const nothing = { beforeForces: () => undefined, afterForces: () => undefined };
  const results = { energy: 0, forces: new Float64Array(0) };
  const free: Calculator = {
    name: 'free',
    properties: ['energy', 'forces'],
    calculate: () => results,
    dispose: () => undefined,
  };
  const atoms = {
    numbers: new Int32Array(0),
    positions: new Float64Array(0),
    cell: new Float64Array(9),
    pbc: [false, false, false],
  } as const;
  const costs: number[] = [];
  for (let repeat = 0; repeat < COST_REPEATS; repeat++) {
    const recorder = new StepRecorder(COST_STEPS + 1, COST_STEPS + 1);
    const stepper = recorder.timedStepper(nothing);
    const calculator = recorder.timed(free);
    // The first one samples the memory.
    void stepper.beforeForces();
    const start = performance.now();
    for (let step = 0; step < COST_STEPS; step++) {
      void stepper.beforeForces();
      void calculator.calculate(atoms, free.properties);
      stepper.afterForces();
    }
    costs.push((performance.now() - start) / COST_STEPS);
  }
  return costs.toSorted((a, b) => a - b)[Math.floor(COST_REPEATS / 2)];
}
