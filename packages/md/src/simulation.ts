import { type Calculator, InvalidArgumentError, isPromise, type Property } from '@mlffd/core';
import { requireInteger } from './errors.ts';
import { callForces } from './forceCall.ts';
import { frameOf, type MdFrame } from './frame.ts';
import { createGuards, type GuardLimits, type Guards } from './guards.ts';
import type { Integrator, Stepper } from './integrator.ts';
import { defaultDegreesOfFreedom, kineticEnergy, removeDrift, temperatureOf } from './kinetics.ts';
import type { FreshStart } from './options.ts';
import { freshStart } from './start.ts';
import type { MdState } from './state.ts';

/** What a {@link Simulation} starts from. */
export interface SimulationOptions extends FreshStart {
  /** One that answers at once. */
  readonly calculator: Calculator;
  readonly integrator: Integrator;
  readonly guards?: GuardLimits;
}

/**
 * Molecular dynamics that its owner steps: for programs that draw or steer while it goes on, in a
 * browser too. The trajectory is that of {@link runMd}, bit for bit, until the integrator is changed.
 */
export class Simulation {
  readonly #calculator: Calculator;
  readonly #guards: Guards;
  #integrator: Integrator;
  #state: MdState;
  #stepper: Stepper;
  #properties: readonly Property[];
  #time = 0;
  /** Makes the conserved energy go on without a jump where the integrator was changed, eV. */
  #shift = 0;
  readonly #snapshot = (): MdFrame => this.frame();

  /**
   * @throws InvalidArgumentError `md/asynchronous-calculator`; MdError as `runMd`
   */
  constructor(options: SimulationOptions) {
    this.#calculator = options.calculator;
    this.#guards = createGuards(options.guards);
    this.#integrator = options.integrator;
    this.#state = freshStart(options, options.integrator).state;
    this.#properties = propertiesOf(options.integrator);
    this.#stepper = options.integrator.bind(this.#state);
    this.#forces();
    this.#check();
  }

  get integrator(): Integrator {
    return this.#integrator;
  }

  /** Steps done since the start. */
  get step(): number {
    return this.#state.step;
  }

  /**
   * Does steps.
   *
   * @throws MdError when a guard stops it; `frame` holds the moment
   */
  advance(steps = 1): void {
    requireInteger('steps', steps, 0);
    for (let k = 0; k < steps; k += 1) {
      this.#stepper.beforeForces();
      this.#state.step += 1;
      this.#time += this.#integrator.timestep;
      this.#forces();
      this.#guards.checkForces(this.#state, this.#snapshot);
      this.#stepper.afterForces();
      this.#guards.checkStep(this.#state, this.#temperature(), this.#snapshot);
    }
  }

  /**
   * Goes on with other equations of motion, from the same positions and velocities. Where the new
   * ones conserve momentum, the drift of the centre of mass is taken out. `frame().conserved` goes
   * on without a jump.
   */
  changeIntegrator(integrator: Integrator): void {
    const before = this.frame().conserved;
    const { fixed, masses, velocities } = this.#state;
    const still = integrator.conservesMomentum && fixed.length === 0;
    if (still) removeDrift(velocities, masses);
    const count = masses.length;
    this.#state = {
      ...this.#state,
      ndof: still ? defaultDegreesOfFreedom(count) : 3 * (count - fixed.length),
      extended: new Float64Array(integrator.extendedLength ?? 0),
    };
    this.#properties = propertiesOf(integrator);
    this.#integrator = integrator;
    if (integrator.needsStress === true) this.#forces();
    this.#stepper = integrator.bind(this.#state);
    const { energy, heat } = this.#state;
    this.#shift = before - (energy + kineticEnergy(velocities, masses) - heat);
  }

  /** A copy of the moment. */
  frame(): MdFrame {
    const { timestep, needsStress } = this.#integrator;
    const stress = needsStress === true ? this.#state.stress : undefined;
    const frame = frameOf(this.#state, { timestep, stress });
    return { ...frame, time: this.#time, conserved: frame.conserved + this.#shift };
  }

  #forces(): void {
    const answer = callForces(this.#calculator, this.#state, this.#properties);
    if (!isPromise(answer)) return;
    // What it answers later is of no use any more, also where it fails.
    answer.catch(() => undefined);
    throw new InvalidArgumentError(
      'md/asynchronous-calculator',
      `${this.#calculator.name} does not answer at once`,
      {
        expected: 'a calculator that returns its results',
        found: 'a promise',
        where: 'calculator',
        hint: 'Use runMd, which waits for promises.',
      },
    );
  }

  #check(): void {
    this.#guards.checkForces(this.#state, this.#snapshot);
    this.#guards.checkStep(this.#state, this.#temperature(), this.#snapshot);
  }

  #temperature(): number {
    const { velocities, masses, ndof } = this.#state;
    return temperatureOf(velocities, masses, { ndof });
  }
}

function propertiesOf({ needsStress }: Integrator): readonly Property[] {
  return needsStress === true ? ['energy', 'forces', 'stress'] : ['energy', 'forces'];
}
