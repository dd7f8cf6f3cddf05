import {
  type Calculator,
  EV_PER_AMU_A2_PER_FS2,
  InvalidArgumentError,
  isPromise,
  type Property,
} from '@mlffd/core';
import { MdError, requireInteger } from './errors.ts';
import { callForces } from './forceCall.ts';
import { frameOf } from './frame.ts';
import { extendedLengthOf, type Integrator, type Stepper } from './integrator.ts';
import { requireProperties } from './requireProperties.ts';
import type { MdState } from './state.ts';

/** Parameters of {@link respa}. */
export interface RespaOptions {
  /** The cheap one, called at every inner step: a student. Answers at once or with a promise. */
  readonly calculator: Calculator;
  /**
   * Inner steps: `velocityVerlet` for constant energy, `langevin` (scheme `baoab` is best at large
   * steps), `bussi` or `noseHooverChain` for constant temperature. Its time step is the inner one.
   */
  readonly integrator: Integrator;
  /** Inner steps for one call of the run's calculator, the teacher. */
  readonly substeps: number;
}

const PROPERTIES: readonly Property[] = ['energy', 'forces'];

/**
 * Multiple time steps (r-RESPA): a cheap calculator moves the atoms, and the run's calculator, called
 * once for every n of these inner steps, corrects it. Averages are those of the run's calculator; the
 * cheap one has an influence on the error of the time step only.
 *
 * One step, D = n dt long, with F the forces of the run's calculator and S those of the cheap one:
 *
 * v <- v + (D/2) (F - S)/m;  n steps of `integrator` with S;  F <- F(r);  v <- v + (D/2) (F - S)/m
 *
 * | symbol | variable | unit |
 * |---|---|---|
 * | D | `timestep` of the whole, n times that of `integrator` | fs |
 * | n | `substeps` | |
 * | F | `state.forces` | eV/Angstrom |
 * | S | kept in `state.extended` | eV/Angstrom |
 *
 * A step of the run, and so `steps`, `stride` and frames, is one of these: energies, forces and the
 * conserved quantity of frames are those of the run's calculator. With velocity Verlet inside it is
 * symplectic and time reversible, and n = 1 is velocity Verlet with F; with BAOAB inside it is
 * BAOAB-RESPA. D is limited by how fast F - S changes along the motion: beyond about a third of the
 * shortest period in it, steps resonate.
 *
 * Sources: Tuckerman, Berne, Martyna, J. Chem. Phys. 97, 1990 (1992); BAOAB inside: Lagardere, Aviat,
 * Piquemal, J. Phys. Chem. Lett. 10, 2593 (2019).
 *
 * @throws InvalidArgumentError also for a barostat inside; PropertyNotAvailableError
 */
export function respa(options: RespaOptions): Integrator {
  const { calculator, integrator: inner, substeps } = options;
  requireInteger('substeps', substeps, 1);
  if (inner.needsStress === true) {
    throw new InvalidArgumentError('md/invalid-option', 'a barostat cannot be inside of respa', {
      expected: 'velocityVerlet, langevin, bussi or noseHooverChain',
      found: inner.name,
      where: 'integrator',
      hint: 'Run at constant volume, or without multiple time steps.',
    });
  }
  requireProperties(calculator, PROPERTIES);
  const timestep = substeps * inner.timestep;
  const name = 'respa';
  return {
    name,
    timestep,
    conservesMomentum: inner.conservesMomentum,
    ...(inner.temperature === undefined ? {} : { temperature: inner.temperature }),
    ...(inner.needsVelocities === undefined ? {} : { needsVelocities: inner.needsVelocities }),
    extendedLength: (atoms) => 2 + 3 * atoms + extendedLengthOf(inner, atoms),
    settings: {
      name,
      substeps,
      ...Object.fromEntries(
        Object.entries(inner.settings).map(([key, value]) => [`inner.${key}`, value]),
      ),
    },
    bind: (state) => new RespaStepper(state, options, timestep),
  };
}

class RespaStepper implements Stepper {
  readonly #state: MdState;
  /** The same atoms under the cheap calculator. */
  readonly #inner: MdState;
  readonly #steps: Stepper;
  readonly #calculator: Calculator;
  readonly #substeps: number;
  readonly #timestep: number;
  /** N, Angstrom/fs per eV/Angstrom. */
  readonly #halfKick: Float64Array;

  constructor(state: MdState, options: RespaOptions, timestep: number) {
    const { calculator, integrator, substeps } = options;
    const { extended, masses } = state;
    const start = 2 + 3 * masses.length;
    this.#state = state;
    this.#calculator = calculator;
    this.#substeps = substeps;
    this.#timestep = timestep;
    this.#halfKick = masses.map((mass) => timestep / (2 * mass * EV_PER_AMU_A2_PER_FS2));
    this.#inner = {
      ...state,
      forces: extended.subarray(2, start),
      extended: extended.subarray(start),
      energy: extended[1],
    };
    this.#steps = integrator.bind(this.#inner);
    state.heat = this.#inner.heat;
  }

  beforeForces(): void | Promise<void> {
    const inner = this.#inner;
    inner.step = this.#state.step * this.#substeps;
    inner.heat = this.#state.heat;
    // Zero at the start of a trajectory: the forces of the cheap calculator are not known yet.
    if (this.#state.extended[0] === 1) return this.#begin();
    const pending = this.#call();
    return isPromise(pending) ? pending.then(() => this.#begin()) : this.#begin();
  }

  afterForces(): void {
    this.#correct();
  }

  #begin(): void | Promise<void> {
    this.#correct();
    return this.#advance(0);
  }

  /** Inner steps from number `first` on; a promise only where a calculator gave one. */
  #advance(first: number): void | Promise<void> {
    for (let k = first; k < this.#substeps; k += 1) {
      const pending = this.#innerStep();
      if (isPromise(pending)) return pending.then(() => this.#advance(k + 1));
    }
    this.#state.heat = this.#inner.heat;
  }

  #innerStep(): void | Promise<void> {
    const moving = this.#steps.beforeForces();
    return isPromise(moving) ? moving.then(() => this.#finish()) : this.#finish();
  }

  #finish(): void | Promise<void> {
    this.#inner.step += 1;
    const pending = this.#call();
    if (isPromise(pending)) {
      return pending.then(() => {
        this.#steps.afterForces();
      });
    }
    this.#steps.afterForces();
  }

  /** Forces of the cheap calculator. */
  #call(): void | Promise<void> {
    const answer = callForces(this.#calculator, this.#inner, PROPERTIES);
    if (!isPromise(answer)) {
      this.#keep();
      return;
    }
    return answer.then(() => {
      this.#keep();
    });
  }

  #keep(): void {
    const { extended } = this.#state;
    const { energy, forces } = this.#inner;
    let sum = energy;
    for (const force of forces) sum += force;
    if (!Number.isFinite(sum)) throw this.#broken();
    extended[0] = 1;
    extended[1] = energy;
  }

  /** The kick of half a long step with what the cheap calculator lacks. */
  #correct(): void {
    const halfKick = this.#halfKick;
    const { velocities, forces } = this.#state;
    const cheap = this.#inner.forces;
    for (let i = 0, k = 0; i < halfKick.length; i += 1) {
      for (let c = 0; c < 3; c += 1, k += 1) velocities[k] += halfKick[i] * (forces[k] - cheap[k]);
    }
  }

  #broken(): MdError {
    const { name } = this.#calculator;
    const { step } = this.#state;
    const { energy, forces } = this.#inner;
    const atom = Math.floor(forces.findIndex((force) => !Number.isFinite(force)) / 3);
    return new MdError('md/non-finite', `${name} gave no finite answer after step ${step}`, {
      expected: 'finite energy and forces at every inner step',
      found: atom < 0 ? `energy ${energy} eV` : `a force that is not finite on atom ${atom}`,
      where: `inner step ${this.#inner.step}`,
      hint: 'Look at error.frame; take fewer substeps, or a shorter inner time step.',
      frame: frameOf(this.#state, { timestep: this.#timestep }),
    });
  }
}
