import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AbortedError, isPromise, longestRow, neighborList, volume } from '@mlffd/core';
import type { Atoms, Calculator, Results } from '@mlffd/core';
import { MdError, requireInteger, requirePositive } from '../errors.ts';
import { requireProperties } from '../requireProperties.ts';
import { atomCoordinates, cellCoordinates } from './coordinates.ts';
import type { Coordinates } from './coordinates.ts';
import type { Descent } from './descent.ts';
import { fire } from './fire.ts';
import { lbfgs } from './lbfgs.ts';
import type { MinimizeFrame, MinimizeOptions, MinimizeReason, MinimizeResult } from './types.ts';

/** Longest time without a turn of the event loop, ms. */
const TURN_INTERVAL = 20;
/** Time between two progress events, ms. */
const EVENT_INTERVAL = 1000;
/** Each halves the step: after so many it is a thousandth. */
const MOST_ROLLBACKS = 10;

/**
 * Walks downhill to a local minimum of the energy. One force call per step.
 *
 * The energy cannot run away: a step that ends more than `maxRise` above the lowest point, at NaN,
 * or with atoms closer than `minDistance` is taken back to that point, and the method goes on with
 * steps half as long. What comes back is the converged point, or else the lowest.
 *
 * @throws PropertyNotAvailableError when the calculator lacks forces, or stress to relax a cell
 * @throws InvalidArgumentError for an option out of range, or a cell that is not periodic
 * @throws MdError `md/non-finite`, `md/close-contact` when the start itself is unusable
 * @throws AbortedError when `signal` fires
 */
export async function minimize(
  calculator: Calculator,
  atoms: Atoms,
  options: MinimizeOptions = {},
): Promise<MinimizeResult> {
  const { cell = false, pressure = 0, method = 'lbfgs', maxStep } = options;
  const { fmax = 0.01, stressMax = 5e-4, maxRise = 1, maxSteps = 500 } = options;
  for (const [name, value] of Object.entries({ fmax, stressMax, maxRise })) {
    requirePositive(name, value);
  }
  requireInteger('maxSteps', maxSteps, 0);
  const coordinates = cell ? cellCoordinates(atoms, pressure) : atomCoordinates(atoms);
  requireProperties(calculator, coordinates.properties, cell ? 'keep the cell' : undefined);
  const steps = maxStep === undefined ? {} : { maxStep };
  const size = coordinates.x.length;
  const descent = method === 'fire' ? fire(size, steps) : lbfgs(size, steps);
  return new Minimization({ calculator, coordinates, descent, options }).go();
}

interface Parts {
  readonly calculator: Calculator;
  readonly coordinates: Coordinates;
  readonly descent: Descent;
  readonly options: MinimizeOptions;
}

/** A frame with what it takes to go on from it. */
interface Point {
  readonly frame: MinimizeFrame;
  readonly x: Float64Array;
  readonly forces: Float64Array;
  /** Energy and work against the pressure, eV. */
  readonly enthalpy: number;
  /** What is wrong with it, if something is. */
  readonly problem: Problem | undefined;
}

interface Problem {
  readonly code: 'md/non-finite' | 'md/close-contact';
  readonly message: string;
}

/** One call of {@link minimize}. */
class Minimization {
  readonly #parts: Parts;
  readonly #options: MinimizeOptions;
  readonly #move: Float64Array;
  readonly #start: number = performance.now();
  #lastTurn: number = this.#start;
  #lastEvent: number = this.#start;
  #step = 0;
  #rollbacks = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#options = parts.options;
    this.#move = new Float64Array(parts.coordinates.x.length);
  }

  async go(): Promise<MinimizeResult> {
    const { maxSteps = 500, maxRise = 1, onEvent } = this.#options;
    let from = await this.#evaluate();
    if (from.problem !== undefined) throw badStart(from.problem);
    let best = from;
    await this.#options.onFrame?.(from.frame);
    while (!this.#isConverged(from.frame)) {
      if (this.#step >= maxSteps) return this.#end(best, 'max-steps');
      await this.#pause(from.frame);
      this.#advance(from);
      const next = await this.#evaluate();
      if (next.problem?.code !== 'md/non-finite') await this.#options.onFrame?.(next.frame);
      const rise = next.enthalpy - best.enthalpy;
      if (next.problem === undefined && rise <= maxRise) {
        from = next;
        if (rise < 0) best = next;
        continue;
      }
      if (this.#rollbacks === MOST_ROLLBACKS) return this.#end(best, 'diverged');
      this.#rollbacks++;
      const message = next.problem?.message ?? `the energy has risen by ${rise.toPrecision(3)} eV`;
      onEvent?.({ type: 'rollback', step: this.#step, message });
      this.#parts.descent.restart();
      from = best;
    }
    return this.#end(from, 'converged');
  }

  #advance({ x, forces }: Point): void {
    const { coordinates, descent } = this.#parts;
    descent.step(x, forces, this.#move);
    for (let k = 0; k < x.length; k++) coordinates.x[k] = x[k] + this.#move[k];
    this.#step++;
  }

  async #evaluate(): Promise<Point> {
    const { calculator, coordinates } = this.#parts;
    const atoms = coordinates.atoms();
    const answer = calculator.calculate(atoms, coordinates.properties);
    const results = checked(calculator, isPromise(answer) ? await answer : answer, atoms);
    const { energy, forces, stress } = results;
    const out = new Float64Array(coordinates.x.length);
    coordinates.forces(results, atoms, out);
    const { cell = false, pressure = 0 } = this.#options;
    const frame: MinimizeFrame = {
      atoms,
      energy,
      forces,
      step: this.#step,
      maxForce: longestRow(forces),
      ...(cell && stress !== undefined ? { stress } : {}),
    };
    return {
      frame,
      x: coordinates.x.slice(),
      forces: out,
      enthalpy: energy + (cell ? pressure * volume(atoms) : 0),
      problem: this.#problemOf(frame, out),
    };
  }

  #problemOf({ atoms, energy }: MinimizeFrame, forces: Float64Array): Problem | undefined {
    const { minDistance = 0 } = this.#options;
    if (!Number.isFinite(energy) || !forces.every((value) => Number.isFinite(value))) {
      return { code: 'md/non-finite', message: 'energy or forces are not finite' };
    }
    if (!(minDistance > 0)) return undefined;
    const list = neighborList(atoms, minDistance);
    if (list.count === 0) return undefined;
    const [i, j] = [list.centers[0], list.neighbors[0]];
    const message = `atoms ${i} and ${j} are ${list.distances[0].toPrecision(3)} A apart`;
    return { code: 'md/close-contact', message };
  }

  #isConverged({ maxForce, stress }: MinimizeFrame): boolean {
    const { fmax = 0.01, stressMax = 5e-4, pressure = 0 } = this.#options;
    if (!(maxForce < fmax)) return false;
    return stress?.every((s, k) => Math.abs(s + (k < 3 ? pressure : 0)) < stressMax) ?? true;
  }

  /** Reports, lets signals and timers through, and stops when asked to. */
  async #pause({ energy, maxForce }: MinimizeFrame): Promise<void> {
    const { signal, onEvent, maxSteps: steps = 500 } = this.#options;
    const now = performance.now();
    if (now - this.#lastEvent > EVENT_INTERVAL) {
      this.#lastEvent = now;
      const stepsPerSecond = (1000 * this.#step) / (now - this.#start);
      onEvent?.({ type: 'progress', step: this.#step, steps, energy, maxForce, stepsPerSecond });
    }
    if (now - this.#lastTurn > TURN_INTERVAL) {
      await nextTurn();
      this.#lastTurn = performance.now();
    }
    if (signal?.aborted !== true) return;
    throw new AbortedError('md/aborted', `the minimisation was stopped at step ${this.#step}`, {
      where: `step ${this.#step}`,
      hint: 'Keep what onFrame gave, or start it again.',
      cause: signal.reason,
    });
  }

  #end({ frame }: Point, reason: MinimizeReason): MinimizeResult {
    this.#options.onEvent?.({ type: 'end', step: this.#step, reason });
    return {
      ...frame,
      converged: reason === 'converged',
      reason,
      steps: this.#step,
      rollbacks: this.#rollbacks,
    };
  }
}

type Checked = Results & { readonly energy: number; readonly forces: Float64Array };

function checked(calculator: Calculator, results: Results, atoms: Atoms): Checked {
  const { energy, forces } = results;
  const length = atoms.positions.length;
  if (energy !== undefined && forces?.length === length) return { ...results, energy, forces };
  throw new MdError('md/missing-result', `${calculator.name} gave no usable energy and forces`, {
    expected: `energy and ${length} force components`,
    found: `energy ${energy ?? 'absent'}, ${forces?.length ?? 'no'} force components`,
    where: `calculator ${calculator.name}`,
    hint: 'The calculator breaks its contract; run checkCalculator of @mlffd/core on it.',
  });
}

function badStart({ code, message }: Problem): MdError {
  return new MdError(code, `the structure to relax cannot be used: ${message}`, {
    where: 'step 0',
    hint: 'Look at the start for close contacts, or at the calculator.',
  });
}
