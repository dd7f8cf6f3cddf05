import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AbortedError, InvalidArgumentError, type Property } from '@mlffd/core';
import { dumpFrame } from './dump.ts';
import { MdError, requireInteger } from './errors.ts';
import { frameOf, type MdFrame } from './frame.ts';
import { GuardedForces } from './guards/guardedForces.ts';
import type { Stepper } from './integrator.ts';
import type { MdResult, RunMdOptions } from './options.ts';
import { Progress } from './progress.ts';
import { requireProperties } from './requireProperties.ts';
import { restartOf, writeRestart } from './restart.ts';
import { startOf, type Start } from './start.ts';

/** Longest time without a turn of the event loop, ms: signals and timers wait no longer. */
const TURN_INTERVAL = 20;

/** Properties of every force call without a barostat. */
const DYNAMICS: readonly Property[] = ['energy', 'forces'];

/**
 * Runs molecular dynamics.
 *
 * One force call per step. Where a guard asks for its teacher, energy and forces are the teacher's for a
 * while: such a stretch follows the teacher, and the trajectory as a whole neither of the two potentials.
 * The conserved quantity leaves out what the changes of potential put in. The calculator gets the run's own structure, whose `positions` (and,
 * under a barostat, `cell`) are overwritten by the next step; frames are copies. A synchronous calculator runs without
 * turning the event loop at each step, only about every 20 ms.
 *
 * @throws MdError when an option is wrong or a guard stops the run; `frame` holds the moment
 * @throws PropertyNotAvailableError when the calculator lacks a property that is needed
 * @throws AbortedError when `signal` fires, after the restart file is written
 */
export async function runMd(options: RunMdOptions): Promise<MdResult> {
  requireInteger('steps', options.steps, 0);
  requireInteger('stride', options.stride ?? 1, 1);
  if (options.restart?.every !== undefined)
    requireInteger('restart.every', options.restart.every, 1);
  requireProperties(options.calculator, frameProperties(options));
  const teacher = options.guards?.teacher;
  if (teacher !== undefined) requireProperties(teacher, stepProperties(options));
  const start = startOf(options);
  if (options.steps < start.state.step) {
    throw new InvalidArgumentError(
      'md/invalid-option',
      'the trajectory is already longer than steps',
      {
        expected: `steps of at least ${start.state.step}`,
        found: String(options.steps),
        where: 'steps',
        hint: 'steps counts from the start of the trajectory, restarts included.',
      },
    );
  }
  const { dumpFolder } = options;
  if (dumpFolder === undefined) return new Run(options, start).go();
  try {
    return await new Run(options, start).go();
  } catch (error) {
    throw error instanceof MdError ? dumpFrame(dumpFolder, error) : error;
  }
}

/** What every force call has to give. */
function stepProperties({ integrator }: RunMdOptions): readonly Property[] {
  return integrator.needsStress === true ? [...DYNAMICS, 'stress'] : DYNAMICS;
}

/** What a force call for a frame has to give. */
function frameProperties(options: RunMdOptions): readonly Property[] {
  return [...new Set([...stepProperties(options), ...(options.properties ?? [])])];
}

/** One call of {@link runMd}. */
class Run {
  readonly #options: RunMdOptions;
  readonly #start: Start;
  readonly #stepper: Stepper;
  readonly #firstStep: number;
  readonly #stepProperties: readonly Property[];
  readonly #frameProperties: readonly Property[];
  readonly #forces: GuardedForces;
  readonly #progress: Progress;

  constructor(options: RunMdOptions, start: Start) {
    this.#options = options;
    this.#start = start;
    this.#stepper = options.integrator.bind(start.state);
    this.#firstStep = start.state.step;
    this.#stepProperties = stepProperties(options);
    this.#frameProperties = frameProperties(options);
    this.#forces = new GuardedForces({
      calculator: options.calculator,
      limits: options.guards ?? {},
      memory: start.guards,
      state: start.state,
      properties: this.#stepProperties,
      frame: () => this.#frame(),
      onEvent: options.onEvent,
      clock: () => performance.now(),
    });
    this.#progress = new Progress(start.state.step, {
      steps: options.steps,
      timestep: options.integrator.timestep,
      ndof: start.state.ndof,
      interval: options.eventInterval ?? 1,
      onEvent: options.onEvent,
    });
  }

  async go(): Promise<MdResult> {
    const { calculator, integrator, steps, onEvent } = this.#options;
    const { state } = this.#start;
    onEvent?.({
      type: 'start',
      step: state.step,
      steps,
      calculator: calculator.name,
      integrator: integrator.name,
    });
    await this.#begin();
    await this.#loop();
    this.#saveRestart();
    const seconds = this.#progress.seconds;
    onEvent?.({ type: 'end', step: state.step, seconds });
    return {
      frame: this.#frame(),
      restart: restartOf(state, integrator, this.#forces.memory()),
      stepsDone: state.step - this.#firstStep,
      seconds,
      calculatorSeconds: this.#forces.time / 1000,
    };
  }

  /** Forces and frame of the starting step. */
  async #begin(): Promise<void> {
    const { hasForces } = this.#start;
    const { onFrame, initialFrame = !hasForces } = this.#options;
    const wantsFrame = onFrame !== undefined && initialFrame;
    const extras = wantsFrame && this.#frameProperties.length > this.#stepProperties.length;
    const properties = extras ? this.#frameProperties : this.#stepProperties;
    if (!hasForces) {
      await this.#forces.call(properties);
      await this.#forces.endStep();
      await this.#tellTeacherCall();
    } else {
      // What a resumed run starts from was looked at before it was stopped.
      if (extras) await this.#forces.compute(properties);
      await this.#forces.resume();
    }
    if (wantsFrame) await onFrame(this.#frame());
    // A path that cannot be written to is better found now than after the last step.
    this.#saveRestart();
  }

  async #loop(): Promise<void> {
    const { steps, stride = 1, onFrame, signal, restart } = this.#options;
    const { state } = this.#start;
    const stepper = this.#stepper;
    let lastTurn = performance.now();
    while (state.step < steps) {
      if (signal?.aborted === true) this.#abort(signal);
      const moving = stepper.beforeForces();
      if (moving !== undefined) await moving;
      state.step += 1;
      const isFrame = onFrame !== undefined && state.step % stride === 0;
      const pending = this.#forces.call(isFrame ? this.#frameProperties : this.#stepProperties);
      if (pending !== undefined) await pending;
      stepper.afterForces();
      const isTold = this.#forces.byTeacher;
      const telling = this.#tellTeacherCall();
      if (telling !== undefined) await telling;
      const ending = this.#forces.endStep();
      if (ending !== undefined) await ending;
      // The end of the step can call the teacher, too.
      const late = isTold ? undefined : this.#tellTeacherCall();
      if (late !== undefined) await late;
      if (isFrame) {
        const pendingFrame = onFrame(this.#frame());
        if (pendingFrame !== undefined) await pendingFrame;
      }
      if (restart?.every !== undefined && state.step % restart.every === 0 && state.step < steps) {
        this.#saveRestart();
      }
      const now = performance.now();
      this.#progress.tick(state, now);
      if (now - lastTurn >= TURN_INTERVAL) {
        await nextTurn();
        lastTurn = performance.now();
      }
    }
  }

  /** Gives a step of the teacher to who wants it. */
  #tellTeacherCall(): void | Promise<void> {
    const { byTeacher, teacherCause: cause } = this.#forces;
    if (!byTeacher) return undefined;
    return this.#options.onTeacherCall?.({
      frame: this.#frame(),
      ...(cause === undefined ? {} : { guard: cause.guard, reason: cause.message }),
    });
  }

  #frame(): MdFrame {
    const wants = this.#frameProperties;
    const { state } = this.#start;
    const stress = this.#stepProperties.includes('stress')
      ? state.stress
      : this.#forces.results.stress;
    return frameOf(state, {
      timestep: this.#options.integrator.timestep,
      stress: wants.includes('stress') ? stress : undefined,
      energies: wants.includes('energies') ? this.#forces.results.energies : undefined,
    });
  }

  #saveRestart(): void {
    const path = this.#options.restart?.path;
    if (path === undefined) return;
    const { state } = this.#start;
    writeRestart(path, restartOf(state, this.#options.integrator, this.#forces.memory()));
    this.#options.onEvent?.({ type: 'restart', step: state.step, path });
  }

  #abort(signal: AbortSignal): never {
    this.#saveRestart();
    const { step } = this.#start.state;
    const path = this.#options.restart?.path;
    throw new AbortedError('md/aborted', `molecular dynamics stopped at step ${step}`, {
      where: `step ${step} of ${this.#options.steps}`,
      hint:
        path === undefined
          ? 'Pass restart: { path } to be able to go on later.'
          : `Go on with resume: readRestart('${path}').`,
      cause: signal.reason,
    });
  }
}
