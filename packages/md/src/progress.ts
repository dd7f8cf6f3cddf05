import { performance } from 'node:perf_hooks';
import { kineticEnergy } from './kinetics.ts';
import type { MdEvent } from './events.ts';
import type { MdState } from './state.ts';
import { KB } from '@mlffd/core';

/** What progress is measured against. */
export interface ProgressOptions {
  /** Step to run to. */
  readonly steps: number;
  /** fs. */
  readonly timestep: number;
  readonly ndof: number;
  /** Seconds between two events. */
  readonly interval: number;
  readonly onEvent: ((event: MdEvent) => void) | undefined;
}

/** Sends a progress event when enough time has passed. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #startTime: number = performance.now();
  readonly #startStep: number;
  #last: number = this.#startTime;

  constructor(startStep: number, options: ProgressOptions) {
    this.#startStep = startStep;
    this.#options = options;
  }

  /** Wall time since the start, s. */
  get seconds(): number {
    return (performance.now() - this.#startTime) / 1000;
  }

  tick(state: MdState, now: number): void {
    const { onEvent, steps, timestep, ndof, interval } = this.#options;
    if (onEvent === undefined || now - this.#last < 1000 * interval) return;
    this.#last = now;
    const stepsPerSecond = (1000 * (state.step - this.#startStep)) / (now - this.#startTime);
    onEvent({
      type: 'progress',
      step: state.step,
      steps,
      stepsPerSecond,
      secondsLeft: (steps - state.step) / stepsPerSecond,
      nsPerDay: 0.0864 * timestep * stepsPerSecond,
      energy: state.energy,
      temperature: (2 * kineticEnergy(state.velocities, state.masses)) / (ndof * KB),
    });
  }
}
