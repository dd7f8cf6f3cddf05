import {
  type Calculator,
  InvalidArgumentError,
  isPromise,
  type Property,
  type Results,
} from '@mlffd/core';
import { after } from '../after.ts';
import { callForces } from '../forceCall.ts';
import { temperatureOf } from '../kinetics.ts';
import type { MdState } from '../state.ts';
import type { Breach } from './breach.ts';
import { type GuardReports, Guards } from './guards.ts';
import type { GuardLimits } from './limits.ts';
import type { GuardMemory } from './memory.ts';

/** What gives the forces of a run, and what it has to give at each step. */
export interface ForceSetup {
  readonly state: MdState;
  readonly properties: readonly Property[];
}

export interface GuardedForcesOptions extends GuardReports, ForceSetup {
  readonly calculator: Calculator;
  readonly limits: GuardLimits;
  readonly memory?: GuardMemory | undefined;
  /** Milliseconds, for the time spent in calculators. */
  readonly clock?: () => number;
}

/**
 * Forces for each step, with guards: where one asks for the teacher, the teacher gives them, from the
 * structure at which it was asked for, until nothing was out of bounds for a while.
 *
 * The potential is always changed at a fixed structure, for which both give their energies; the
 * difference goes to `state.switched`, so that the conserved quantity goes on without a jump.
 */
export class GuardedForces {
  /** Of the last call. */
  results: Results = {};
  /** Spent in calculators, ms. */
  time = 0;
  readonly #calculator: Calculator;
  readonly #teacher: Calculator | undefined;
  readonly #guards: Guards;
  readonly #options: GuardedForcesOptions;
  #state: MdState;
  #properties: readonly Property[];
  /** What the last call was asked for. */
  #asked: readonly Property[];
  /** The teacher is called up to this step; -1: it is not. */
  #until = -1;
  #cause: Breach | undefined;

  /** @throws InvalidArgumentError */
  constructor(options: GuardedForcesOptions) {
    const { calculator, limits, memory, state } = options;
    this.#calculator = calculator;
    this.#teacher = limits.teacher;
    this.#options = options;
    this.#state = state;
    this.#properties = options.properties;
    this.#asked = options.properties;
    this.#guards = new Guards(limits, state.atoms, options);
    this.#until = memory?.teacherUntil ?? -1;
    const { maxUncertainty } = this.#guards.limits;
    if (maxUncertainty < Infinity && calculator.uncertainty === undefined) {
      throw noUncertainty(calculator);
    }
  }

  /** Why the teacher gave the forces of the last step; undefined where it did not. */
  get teacherCause(): Breach | undefined {
    return this.#cause;
  }

  /** True where the teacher gives the forces. */
  get byTeacher(): boolean {
    return this.#until >= 0;
  }

  /** What a restart has to keep. */
  memory(): GuardMemory | undefined {
    return this.#guards.memory(this.#until);
  }

  /** Goes on with another state of the same atoms. */
  change({ state, properties }: ForceSetup): void {
    this.#state = state;
    this.#properties = properties;
    this.#asked = properties;
    this.#guards.forgetConserved();
  }

  /**
   * Energy and forces for the positions of now.
   *
   * @throws MdError
   */
  call(properties: readonly Property[] = this.#properties): void | Promise<void> {
    const pending = this.compute(properties);
    return isPromise(pending) ? pending.then(() => this.#check()) : this.#check();
  }

  /** As `call`, without a look at what comes. */
  compute(properties: readonly Property[] = this.#properties): void | Promise<void> {
    const teacher = this.byTeacher ? this.#teacher : undefined;
    this.#asked = properties;
    return this.#ask(teacher ?? this.#calculator, properties);
  }

  /**
   * After the step. The calculator takes over again here.
   *
   * @throws MdError
   */
  endStep(): void | Promise<void> {
    const { velocities, masses, ndof, step } = this.#state;
    const temperature = temperatureOf(velocities, masses, { ndof });
    const breach = this.#guards.checkStep(this.#state, temperature);
    if (breach !== undefined) return this.#hold(breach);
    if (this.byTeacher && step >= this.#until) return this.#release();
  }

  /** Before the first step of a resumed run, which may have no teacher any more. */
  resume(): void | Promise<void> {
    if (this.byTeacher && this.#teacher === undefined) return this.#release();
  }

  #check(): void | Promise<void> {
    const state = this.#state;
    const breach = this.#guards.checkForces(state);
    if (!this.#guards.wantsUncertainty(state)) {
      return breach === undefined ? undefined : this.#hold(breach);
    }
    const uncertainties = this.#calculator.uncertainty?.(state.atoms);
    if (uncertainties === undefined) throw noUncertainty(this.#calculator);
    return after(uncertainties, (found) => {
      const doubt = this.#guards.checkUncertainty(found);
      return doubt === undefined ? undefined : this.#hold(doubt);
    });
  }

  /** The teacher is to give the forces, from now on. */
  #hold(breach: Breach): void | Promise<void> {
    const state = this.#state;
    const { teacherSteps } = this.#guards.limits;
    const wasByTeacher = this.byTeacher;
    this.#until = state.step + teacherSteps;
    this.#cause = breach;
    if (wasByTeacher || this.#teacher === undefined) return undefined;
    const energy = state.energy;
    const { guard, message } = breach;
    this.#options.onEvent?.({ type: 'teacher', step: state.step, calls: true, guard, message });
    return after(this.#ask(this.#teacher, this.#asked), () => {
      state.switched += state.energy - energy;
    });
  }

  /** Back to the calculator, unless its forces are out of bounds here. */
  #release(): void | Promise<void> {
    const state = this.#state;
    const kept = {
      energy: state.energy,
      forces: state.forces.slice(),
      stress: state.stress.slice(),
      results: this.results,
    };
    return after(this.#ask(this.#calculator, this.#asked), () => {
      if (this.#teacher !== undefined && !this.#guards.areSound(state)) {
        state.energy = kept.energy;
        state.forces.set(kept.forces);
        state.stress.set(kept.stress);
        this.results = kept.results;
        this.#until = state.step + this.#guards.limits.teacherSteps;
        return;
      }
      state.switched += state.energy - kept.energy;
      this.#until = -1;
      this.#cause = undefined;
      this.#options.onEvent?.({ type: 'teacher', step: state.step, calls: false });
    });
  }

  #ask(calculator: Calculator, properties: readonly Property[]): void | Promise<void> {
    const { clock } = this.#options;
    const before = clock?.() ?? 0;
    const wanted =
      calculator === this.#teacher
        ? properties.filter((property) => calculator.properties.includes(property))
        : properties;
    const answer = callForces(calculator, this.#state, wanted);
    if (isPromise(answer)) {
      return answer.then((results) => {
        this.#take(results, before);
      });
    }
    this.#take(answer, before);
  }

  #take(results: Results, before: number): void {
    const { clock } = this.#options;
    this.results = results;
    if (clock !== undefined) this.time += clock() - before;
  }
}

function noUncertainty({ name }: Pick<Calculator, 'name'>): InvalidArgumentError {
  return new InvalidArgumentError('md/invalid-option', `${name} does not know its uncertainty`, {
    expected: 'a calculator with a method uncertainty',
    found: name,
    where: 'guards.maxUncertainty',
    hint: 'Calibrate the student (`mlffd calibrate`), or use a committee of students.',
  });
}
