import { type Atoms, type Calculator, neighborList, symbolOf } from '@mlffd/core';
import { type Integrator, langevin, MdError, Simulation, velocityVerlet } from '@mlffd/md';
import type { Sample, Settings } from './protocol.ts';
import { RateMeter } from './rateMeter.ts';

/** Friction of the thermostat, 1/fs. */
const FRICTION = 0.01;
const SEED = 1;
/** Above these a molecule is no molecule any more: K, eV/Angstrom. */
const GUARDS = { maxTemperature: 20_000, maxForce: 300 };
/** The drift counts from the mean of so many steps: at the start alone, vibrations are at an extreme. */
const REFERENCE_STEPS = 100;
/** Steps between two looks for atoms that have left. */
const ESCAPE_STRIDE = 50;

/** One run: a structure under a calculator, advanced in slices of time. */
export class Engine {
  readonly #simulation: Simulation;
  readonly #rate = new RateMeter();
  readonly #cutoff: number;
  readonly #loners: number;
  #settings: Settings;
  /** Sum of the conserved energy over the first steps, eV, and their number. */
  #reference = { sum: 0, steps: 0 };

  /** @throws MlffdError where the student does not know an element, or the start is unusable */
  constructor(calculator: Calculator, atoms: Atoms, settings: Settings) {
    this.#settings = settings;
    this.#cutoff = calculator.cutoff ?? Infinity;
    this.#loners = this.#alone(atoms).length;
    this.#simulation = new Simulation({
      calculator,
      atoms,
      integrator: integratorOf(settings),
      temperature: settings.temperature,
      seed: SEED,
      guards: GUARDS,
    });
    this.#observe();
  }

  /** Goes on with other settings; a changed temperature needs a thermostat to have an effect. */
  change(settings: Settings): void {
    const { thermostat, timestep, temperature } = this.#settings;
    this.#settings = settings;
    const same =
      thermostat === settings.thermostat &&
      timestep === settings.timestep &&
      (temperature === settings.temperature || !thermostat);
    if (!same) this.#simulation.changeIntegrator(integratorOf(settings));
  }

  /** To be called when it goes on after a pause. */
  resume(): void {
    this.#rate.restart(performance.now(), this.#simulation.step);
  }

  /**
   * Steps for about `budget` ms, at least once.
   *
   * @throws MdError when the structure does not hold
   */
  advance(budget: number): void {
    const simulation = this.#simulation;
    const end = performance.now() + budget;
    do {
      simulation.advance(1);
      if (this.#reference.steps < REFERENCE_STEPS) this.#observe();
      if (simulation.step % ESCAPE_STRIDE === 0) this.#checkEscape();
    } while (performance.now() < end);
    this.#rate.mark(performance.now(), simulation.step);
  }

  /** Positions, Angstrom, and what is shown about them. */
  snapshot(): { positions: Float64Array; sample: Sample } {
    const frame = this.#simulation.frame();
    const stepsPerSecond = this.#rate.perSecond;
    const { sum, steps } = this.#reference;
    return {
      positions: frame.atoms.positions,
      sample: {
        step: frame.step,
        time: frame.time,
        temperature: frame.temperature,
        potential: frame.energy,
        total: frame.total,
        drift: (1000 * (frame.conserved - sum / steps)) / frame.atoms.numbers.length,
        stepsPerSecond,
        nsPerDay: 0.0864 * this.#settings.timestep * stepsPerSecond,
      },
    };
  }

  #observe(): void {
    this.#reference.sum += this.#simulation.frame().conserved;
    this.#reference.steps++;
  }

  #checkEscape(): void {
    const { atoms } = this.#simulation.frame();
    const alone = this.#alone(atoms);
    if (alone.length <= this.#loners) return;
    const [atom] = alone;
    const name = `${symbolOf(atoms.numbers[atom])}${atom + 1}`;
    throw new MdError('view/flew-apart', `The structure flew apart: ${name} is on its own`, {
      expected: `another atom within ${this.#cutoff} Angstrom`,
      found: `none, at step ${this.#simulation.step}`,
      hint: 'Lower the temperature or the time step and reset. The student may not have been trained for this structure.',
    });
  }

  /** Atoms that the student sees no neighbour of. */
  #alone(atoms: Atoms): number[] {
    if (!Number.isFinite(this.#cutoff)) return [];
    const seen = new Uint8Array(atoms.numbers.length);
    const { centers, count } = neighborList(atoms, this.#cutoff);
    for (let edge = 0; edge < count; edge++) seen[centers[edge]] = 1;
    return [...seen.keys()].filter((atom) => seen[atom] === 0);
  }
}

function integratorOf({ thermostat, timestep, temperature }: Settings): Integrator {
  return thermostat
    ? langevin({ timestep, temperature, friction: FRICTION, seed: SEED, scheme: 'baoab' })
    : velocityVerlet({ timestep });
}
