import { type Calculator, InvalidArgumentError, isPromise, type Property } from '@mlffd/core';
import { requireInteger } from './errors.ts';
import { frameOf, type MdFrame } from './frame.ts';
import type { MdEvent } from './events.ts';
import { GuardedForces } from './guards/guardedForces.ts';
import type { GuardLimits } from './guards/limits.ts';
import { extendedLengthOf, type Integrator, type Stepper } from './integrator.ts';
import { defaultDegreesOfFreedom, kineticEnergy, removeDrift } from './kinetics.ts';
import type { FreshStart } from './options.ts';
import { freshStart } from './start.ts';
import type { MdState } from './state.ts';

/** What a {@link Simulation} starts from. */
export interface SimulationOptions extends FreshStart {
  /** One that answers at once. */
  readonly calculator: Calculator;
  readonly integrator: Integrator;
  /** Its teacher, if there is one, must answer at once too. */
  readonly guards?: GuardLimits;
  /** Gets what guards tell. */
  readonly onEvent?: (event: MdEvent) => void;
}

/**
 * Molecular dynamics that its owner steps: for programs that draw or steer while it goes on, in a
 * browser too. The trajectory is that of {@link runMd}, bit for bit, until the integrator is changed.
 */
export class Simulation {
  readonly #calculator: Calculator;
  readonly #forces: GuardedForces;
  #integrator: Integrator;
  #state: MdState;
  #stepper: Stepper;
  #time = 0;
  /** Makes the conserved energy go on without a jump where the integrator was changed, eV. */
  #shift = 0;

  /**
   * @throws InvalidArgumentError `md/asynchronous-calculator`; MdError as `runMd`
   */
  constructor(options: SimulationOptions) {
    this.#calculator = options.calculator;
    this.#integrator = options.integrator;
    this.#state = freshStart(options, options.integrator).state;
    this.#forces = new GuardedForces({
      calculator: options.calculator,
      limits: options.guards ?? {},
      state: this.#state,
      properties: propertiesOf(options.integrator),
      frame: () => this.frame(),
      onEvent: options.onEvent,
    });
    this.#stepper = options.integrator.bind(this.#state);
    this.#atOnce(this.#forces.call());
    this.#atOnce(this.#forces.endStep());
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
      this.#atOnce(this.#stepper.beforeForces());
      this.#state.step += 1;
      this.#time += this.#integrator.timestep;
      this.#atOnce(this.#forces.call());
      this.#stepper.afterForces();
      this.#atOnce(this.#forces.endStep());
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
      extended: new Float64Array(extendedLengthOf(integrator, count)),
    };
    this.#forces.change({ state: this.#state, properties: propertiesOf(integrator) });
    this.#integrator = integrator;
    if (integrator.needsStress === true) this.#atOnce(this.#forces.compute());
    this.#stepper = integrator.bind(this.#state);
    const { energy, heat, switched } = this.#state;
    this.#shift = before - (energy + kineticEnergy(velocities, masses) - heat - switched);
  }

  /** A copy of the moment. */
  frame(): MdFrame {
    const { timestep, needsStress } = this.#integrator;
    const stress = needsStress === true ? this.#state.stress : undefined;
    const frame = frameOf(this.#state, { timestep, stress });
    return { ...frame, time: this.#time, conserved: frame.conserved + this.#shift };
  }

  #atOnce(answer: void | Promise<void>): void {
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
}

function propertiesOf({ needsStress }: Integrator): readonly Property[] {
  return needsStress === true ? ['energy', 'forces', 'stress'] : ['energy', 'forces'];
}
