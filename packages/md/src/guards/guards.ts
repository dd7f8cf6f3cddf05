import { type Atoms, copyAtoms, KB, type Uncertainties } from '@mlffd/core';
import { breachError, type Breach } from './breach.ts';
import { forceBreach, largestSquare, nonFinite } from './forceGuard.ts';
import { completeLimits, type CompleteLimits, type GuardLimits, type GuardName } from './limits.ts';
import type { GuardMemory } from './memory.ts';
import { RunningLevel } from './runningLevel.ts';
import { StructureGuard } from './structureGuard.ts';
import type { MdEvent } from '../events.ts';
import type { MdFrame } from '../frame.ts';
import type { MdState } from '../state.ts';

/** Where guards report to. */
export interface GuardReports {
  /** A copy of the moment; called only to report. */
  readonly frame: () => MdFrame;
  readonly onEvent: ((event: MdEvent) => void) | undefined;
}

/**
 * Compares a state with the limits, and does what the user wants about a breach: throws, warns, or
 * gives it back for the teacher.
 */
export class Guards {
  readonly limits: CompleteLimits;
  readonly #options: GuardLimits;
  readonly #reports: GuardReports;
  readonly #temperature: RunningLevel;
  readonly #force: RunningLevel;
  readonly #warned = new Map<GuardName, { step: number; suppressed: number }>();
  readonly #reference: Atoms | undefined;
  readonly #structure: StructureGuard;
  readonly #hasMemory: boolean;
  #conserved = NaN;
  #step = 0;
  /** The first breach of the step in flight that is for the teacher. */
  #wanted: Breach | undefined;
  readonly #onBreach = (breach: Breach): void => {
    this.#handle(breach);
  };

  /**
   * @param atoms at the start of this run
   * @throws InvalidArgumentError
   */
  constructor(
    options: GuardLimits,
    atoms: Atoms,
    reports: GuardReports & { readonly memory?: GuardMemory | undefined },
  ) {
    const { memory } = reports;
    this.limits = completeLimits(options);
    this.#options = options;
    this.#reports = reports;
    const { levelSteps, maxStretch, temperatureSpike, forceSpike, maxDrift } = this.limits;
    this.#temperature = new RunningLevel(levelSteps);
    this.#force = new RunningLevel(levelSteps);
    if (memory !== undefined) {
      this.#temperature.restore(...memory.temperature);
      this.#force.restore(...memory.force);
      this.#conserved = memory.conserved;
    }
    const watchesBonds = maxStretch < Infinity || options.newBonds === true;
    const own = options.reference ?? copyAtoms({ ...atoms, ...memory?.reference });
    this.#reference = watchesBonds ? own : undefined;
    this.#structure = new StructureGuard(this.limits, options, own);
    this.#hasMemory =
      watchesBonds ||
      Math.min(temperatureSpike, forceSpike, maxDrift) < Infinity ||
      options.teacher !== undefined;
  }

  /** What a restart has to keep; undefined where nothing depends on steps before. */
  memory(teacherUntil: number): GuardMemory | undefined {
    if (!this.#hasMemory) return undefined;
    return {
      temperature: [this.#temperature.value, this.#temperature.steps],
      force: [this.#force.value, this.#force.steps],
      conserved: this.#conserved,
      teacherUntil,
      ...(this.#reference === undefined
        ? {}
        : {
            reference: {
              positions: this.#reference.positions.slice(),
              cell: this.#reference.cell.slice(),
            },
          }),
    };
  }

  /** The conserved quantity is another one from now on. */
  forgetConserved(): void {
    this.#conserved = NaN;
  }

  /**
   * Right after the force call. Returns the breach that is for the teacher.
   *
   * @throws MdError
   */
  checkForces(state: MdState): Breach | undefined {
    this.#begin(state);
    const broken = nonFinite(state);
    if (broken !== undefined) throw breachError(broken, this.#reports.frame());
    const norm = Math.sqrt(largestSquare(state.forces));
    const breach = forceBreach(norm, state, { limits: this.limits, level: this.#force });
    this.#force.add(norm, this.limits.forceSpike);
    if (breach !== undefined) this.#handle(breach);
    if (state.step % this.limits.stride === 0) this.#structure.check(state.atoms, this.#onBreach);
    return this.#wanted;
  }

  /** True where the uncertainty is to be asked for at this step. */
  wantsUncertainty({ step }: MdState): boolean {
    return this.limits.maxUncertainty < Infinity && step % this.limits.stride === 0;
  }

  /** As {@link Guards.checkForces}, which comes first. */
  checkUncertainty({ forces }: Uncertainties): Breach | undefined {
    const { maxUncertainty } = this.limits;
    let worst = 0;
    for (let i = 1; i < forces.length; i += 1) if (!(forces[i] <= forces[worst])) worst = i;
    // Written so that NaN is a breach too.
    if (!(forces[worst] <= maxUncertainty)) {
      this.#handle({
        guard: 'maxUncertainty',
        code: 'md/uncertain',
        message: `the force on atom ${worst} is uncertain`,
        expected: `a standard deviation of at most ${maxUncertainty} eV/A`,
        found: `${forces[worst].toPrecision(4)} eV/A on atom ${worst}`,
        hint: 'Label structures like error.frame and train again.',
      });
    }
    return this.#wanted;
  }

  /**
   * Whether the forces of a calculator that is to take over again are within the limits; nothing is
   * remembered of it.
   */
  areSound(state: MdState): boolean {
    if (nonFinite(state) !== undefined) return false;
    const norm = Math.sqrt(largestSquare(state.forces));
    return forceBreach(norm, state, { limits: this.limits, level: this.#force }) === undefined;
  }

  /**
   * At the end of a step. Returns the breach that is for the teacher.
   *
   * @param temperature K
   * @throws MdError
   */
  checkStep(state: MdState, temperature: number): Breach | undefined {
    this.#begin(state);
    const { maxTemperature, temperatureSpike, maxDrift } = this.limits;
    const level = this.#temperature;
    // Written so that NaN is a breach too.
    if (!(temperature <= maxTemperature)) {
      this.#handle({
        guard: 'maxTemperature',
        code: 'md/too-hot',
        message: `temperature ${temperature.toFixed(0)} K is above the limit`,
        expected: `at most ${maxTemperature} K`,
        found: `${temperature} K`,
        hint: 'The potential has probably left the region it was trained on, or the time step is too long.',
      });
    } else if (level.isSpike(temperature, temperatureSpike)) {
      this.#handle({
        guard: 'temperatureSpike',
        code: 'md/temperature-spike',
        message: 'the temperature has jumped',
        expected: `at most ${temperatureSpike} times the running mean, ${level.value.toFixed(1)} K`,
        found: `${temperature.toFixed(1)} K`,
        hint: 'Look at error.frame: energy has come from somewhere, such as a structure that the potential does not know.',
      });
    }
    level.add(temperature, temperatureSpike);
    if (maxDrift < Infinity) this.#checkDrift(state, temperature);
    return this.#wanted;
  }

  #checkDrift(state: MdState, temperature: number): void {
    const { energy, heat, switched, ndof, masses } = state;
    const conserved = energy + 0.5 * ndof * KB * temperature - heat - switched;
    if (Number.isNaN(this.#conserved)) this.#conserved = conserved;
    const drift = (conserved - this.#conserved) / masses.length;
    const { maxDrift } = this.limits;
    if (Math.abs(drift) <= maxDrift) return;
    this.#handle({
      guard: 'maxDrift',
      code: 'md/energy-drift',
      message: 'the conserved quantity has drifted',
      expected: `within ${maxDrift} eV per atom of its value at the start`,
      found: `${drift.toExponential(3)} eV per atom`,
      hint: 'Shorten the time step; where that does not help, the forces are not the gradient of the energy, or the potential is not smooth.',
    });
  }

  #begin({ step }: MdState): void {
    this.#step = step;
    this.#wanted = undefined;
  }

  #handle(breach: Breach): void {
    const action = this.#options.actions?.[breach.guard] ?? 'stop';
    if (action === 'stop') throw breachError(breach, this.#reports.frame());
    if (action === 'warn') this.#warn(breach);
    else this.#wanted ??= breach;
  }

  #warn({ guard, message, expected, found }: Breach): void {
    const step = this.#step;
    const last = this.#warned.get(guard);
    if (last !== undefined && step < last.step + this.limits.warningStride) {
      last.suppressed += 1;
      return;
    }
    const suppressed = last?.suppressed ?? 0;
    this.#warned.set(guard, { step, suppressed: 0 });
    this.#reports.onEvent?.({ type: 'guard', step, guard, message, expected, found, suppressed });
  }
}
