import { addScaled, dot, isPromise, longestRow, norm, scaled, withPositions } from '@mlffd/core';
import type { Atoms, Calculator } from '@mlffd/core';
import { fire, lbfgs, removeMotions, rigidMotions } from '@mlffd/md';
import type { Descent } from '@mlffd/md';
import { invalidOption, requireCount, requirePositive } from '../build/invalidOption.ts';
import { areApart } from '../perturbedSet.ts';
import { forcesOf, requireForces } from './forceCall.ts';
import { softestMode } from './softestMode.ts';
import type { SoftMode } from './softestMode.ts';
import { Turn } from './turn.ts';

/** When a walk has arrived, and when it is called off. */
export interface SaddleWalkOptions {
  /** At the saddle no atom feels more, eV/Angstrom; default 0.02. */
  readonly fmax?: number;
  /** Longest way of an atom in a step, Angstrom; default 0.1. */
  readonly step?: number;
  /** Default 200. */
  readonly maxSteps?: number;
  /** Energy above the start at which the walk is called off, eV; default 5. */
  readonly maxEnergy?: number;
  /** Distance of an atom from its start at which the walk is called off, Angstrom; default 4. */
  readonly maxDistance?: number;
  /** Smallest distance, as a fraction of the sum of the covalent radii; default 0.6. */
  readonly minDistance?: number;
  /** Displacement for curvatures, norm over all atoms, Angstrom; default 0.01. */
  readonly difference?: number;
  readonly signal?: AbortSignal;
}

/** A point of a walk. */
export interface WalkPoint {
  readonly atoms: Atoms;
  /** eV */
  readonly energy: number;
  /** 3N, eV/Angstrom */
  readonly forces: Float64Array;
}

/** Why a walk ended. */
export type WalkReason = 'saddle' | 'max-steps' | 'too-high' | 'too-far' | 'close-contact';

/** A walk uphill. */
export interface SaddleWalk {
  /** From the start on; where a guard ended the walk, without the point that it refused. */
  readonly points: readonly WalkPoint[];
  readonly reason: WalkReason;
  /** Softest mode of the last point, pointing away from the start where the walk has arrived. */
  readonly mode: SoftMode;
  /** Force calls. */
  readonly calls: number;
}

/** Curvature, eV/Angstrom^2, above which a direction does not count as unstable. */
const UNSTABLE = -0.01;
/** Relaxations across the way between two steps uphill, and the force that ends them, eV/Angstrom. */
const ACROSS = 5;
const SMOOTH = 0.1;
/** Curvature of a bond angle, eV/Angstrom^2, and how much a softer mode is stiffened at most. */
const COMMON_STIFFNESS = 5;
const STIFFER = 20;
/** Products for the softest mode at each step, and when the walk seems to have arrived. */
const PRODUCTS = 3;
const FINAL_PRODUCTS = 12;

/**
 * Walks from a minimum to a first-order saddle point with forces only: uphill along a direction,
 * relaxing across it, until the energy is concave along the softest mode (activation of ART
 * nouveau, Malek and Mousseau, Phys. Rev. E 62, 7723 (2000)); then with the force along the softest
 * mode turned round (minimum-mode following, Henkelman and Jonsson, J. Chem. Phys. 111, 7010
 * (1999)) to where all forces vanish. Nothing is random.
 *
 * Far from the start the walk follows the softest mode, which need not be the one it began with.
 *
 * @param direction 3N, Angstrom; only its direction counts
 * @throws InvalidArgumentError for an option out of range or a direction that is a rigid motion
 * @throws SamplingError when the calculator answers with NaN, or not at all
 * @throws AbortedError when `signal` fires
 */
export async function saddleWalk(
  calculator: Calculator,
  start: { readonly atoms: Atoms; readonly direction: Float64Array },
  options: SaddleWalkOptions = {},
): Promise<SaddleWalk> {
  const { fmax, step, maxEnergy, maxDistance, difference } = { ...DEFAULTS, ...options };
  for (const [name, value] of Object.entries({ fmax, step, maxEnergy, maxDistance, difference })) {
    requirePositive(name, value);
  }
  requireCount('maxSteps', options.maxSteps ?? DEFAULTS.maxSteps, 1);
  requireForces(calculator);
  return new Walk(calculator, start.atoms, options).go(start.direction);
}

const DEFAULTS = {
  fmax: 0.02,
  step: 0.1,
  maxSteps: 200,
  maxEnergy: 5,
  maxDistance: 4,
  minDistance: 0.6,
  difference: 0.01,
};

class Walk {
  readonly #calculator: Calculator;
  readonly #start: Atoms;
  readonly #limits: typeof DEFAULTS;
  readonly #ones: Float64Array;
  readonly #turn: Turn;
  readonly #points: WalkPoint[] = [];
  #calls = 0;
  #refused: WalkReason | undefined;

  constructor(calculator: Calculator, start: Atoms, { signal, ...limits }: SaddleWalkOptions) {
    this.#calculator = calculator;
    this.#start = start;
    this.#limits = { ...DEFAULTS, ...limits };
    this.#ones = new Float64Array(start.numbers.length).fill(1);
    this.#turn = new Turn('the walk to a saddle point', signal);
  }

  async go(direction: Float64Array): Promise<SaddleWalk> {
    const first = await this.#evaluate(this.#start);
    this.#points.push(first);
    const way = direction.slice();
    removeMotions(rigidMotions(this.#start, this.#ones), way);
    if (!(norm(way) > 1e-6 * norm(direction))) {
      throw invalidOption('direction', 'the direction moves or turns the structure as a whole', {
        expected: 'a direction that changes distances',
        found: `norm ${norm(direction)}, ${norm(way)} of it without rigid motions`,
      });
    }
    const uphill = scaled(way, 1 / norm(way));
    const mode = await this.#activate(first, uphill);
    return this.#refused === undefined ? this.#follow(mode) : this.#end(this.#refused, mode);
  }

  get #last(): WalkPoint {
    return this.#points[this.#points.length - 1];
  }

  /**
   * Uphill through the convex part. The direction turns with the floor of the valley, so that
   * hydrogens go round in circles instead of off along a tangent.
   */
  async #activate(first: WalkPoint, start: Float64Array): Promise<SoftMode> {
    const { step } = this.#limits;
    let uphill = start;
    for (let point = first; ; point = this.#last) {
      const rise = scaled(uphill, step / longestRow(uphill));
      if (!(await this.#move(point, rise)) || !(await this.#relaxAcross(uphill))) break;
      const mode = await this.#softest(this.#last.atoms, uphill, PRODUCTS);
      if (mode.curvature < UNSTABLE) return mode;
      const way = this.#last.atoms.positions.slice();
      addScaled(way, point.atoms.positions, -1);
      removeMotions(rigidMotions(this.#last.atoms, this.#ones), way);
      // A relaxation that undid the step tells nothing about the way.
      if (dot(way, uphill) > norm(way) / 2) uphill = scaled(way, 1 / norm(way));
    }
    return this.#softest(this.#last.atoms, uphill, PRODUCTS);
  }

  /** Lowers the energy across the way; false where the walk is called off. */
  async #relaxAcross(uphill: Float64Array): Promise<boolean> {
    const across = this.#descent();
    const move = new Float64Array(uphill.length);
    for (let k = 0; k < ACROSS; k++) {
      const { forces, atoms } = this.#last;
      const force = forces.slice();
      addScaled(force, uphill, -dot(force, uphill));
      if (longestRow(force) < SMOOTH) break;
      across.step(atoms.positions, force, move);
      if (!(await this.#move(this.#last, move))) return false;
    }
    return true;
  }

  /** Along the softest mode to where forces vanish. */
  async #follow(start: SoftMode): Promise<SaddleWalk> {
    const { fmax } = this.#limits;
    // Not L-BFGS, which would mix what it learnt along different modes.
    const descent = fire(this.#start.positions.length, { maxStep: this.#limits.step });
    let mode = start;
    for (;;) {
      const point = this.#last;
      if (longestRow(point.forces) < fmax && mode.curvature < UNSTABLE) {
        mode = await this.#softest(point.atoms, mode.direction, FINAL_PRODUCTS);
        if (mode.curvature < UNSTABLE) return this.#end('saddle', mode);
      }
      const force = effectiveForce(point.forces, mode);
      const move = new Float64Array(force.length);
      descent.step(point.atoms.positions, force, move);
      if (!(await this.#move(point, move))) return this.#end(this.#refused ?? 'max-steps', mode);
      mode = await this.#softest(this.#last.atoms, mode.direction, PRODUCTS);
    }
  }

  #descent(): Descent {
    return lbfgs(this.#start.positions.length, { maxStep: this.#limits.step });
  }

  /** Goes to a new point; false where that is called off, with the reason in `#refused`. */
  async #move({ atoms }: WalkPoint, move: Float64Array): Promise<boolean> {
    const { maxSteps, maxEnergy, maxDistance, minDistance } = this.#limits;
    if (this.#points.length > maxSteps) return this.#refuse('max-steps');
    const pending = this.#turn.pass();
    if (pending !== undefined) await pending;
    const positions = atoms.positions.slice();
    addScaled(positions, move, 1);
    const next = withPositions(this.#start, positions);
    const shift = positions.slice();
    addScaled(shift, this.#start.positions, -1);
    if (longestRow(shift) > maxDistance) return this.#refuse('too-far');
    if (!areApart(next, minDistance)) return this.#refuse('close-contact');
    const point = await this.#evaluate(next);
    if (point.energy - this.#points[0].energy > maxEnergy) return this.#refuse('too-high');
    this.#points.push(point);
    return true;
  }

  #refuse(reason: WalkReason): false {
    this.#refused = reason;
    return false;
  }

  async #evaluate(atoms: Atoms): Promise<WalkPoint> {
    this.#calls++;
    const answer = forcesOf(this.#calculator, atoms);
    return { atoms, ...(isPromise(answer) ? await answer : answer) };
  }

  async #softest(atoms: Atoms, from: Float64Array, products: number): Promise<SoftMode> {
    const rigid = rigidMotions(atoms, this.#ones);
    const start = from.slice();
    removeMotions(rigid, start);
    const { difference } = this.#limits;
    const at = async (direction: Float64Array, way: number): Promise<Float64Array> => {
      const positions = atoms.positions.slice();
      addScaled(positions, direction, way);
      return (await this.#evaluate(withPositions(atoms, positions))).forces;
    };
    const product = async (direction: Float64Array): Promise<Float64Array> => {
      const pending = this.#turn.pass();
      if (pending !== undefined) await pending;
      const change = (await at(direction, -difference)).slice();
      addScaled(change, await at(direction, difference), -1);
      const image = scaled(change, 1 / (2 * difference));
      removeMotions(rigid, image);
      return image;
    };
    return softestMode(start, product, { products });
  }

  #end(reason: WalkReason, mode: SoftMode): SaddleWalk {
    const away = this.#last.atoms.positions.slice();
    addScaled(away, this.#start.positions, -1);
    const direction = dot(away, mode.direction) < 0 ? scaled(mode.direction, -1) : mode.direction;
    return {
      points: this.#points,
      reason,
      mode: { ...mode, direction },
      calls: this.#calls,
    };
  }
}

/**
 * The force with its part along the mode turned round; in the convex part that part alone. A soft
 * mode pulls harder, as if it were as stiff as the others: where forces vanish stays the same, and
 * the way there becomes shorter.
 */
function effectiveForce(forces: Float64Array, { direction, curvature }: SoftMode): Float64Array {
  const along = dot(forces, direction);
  const pull = Math.max(1, Math.min(STIFFER, COMMON_STIFFNESS / Math.abs(curvature)));
  const out = curvature < UNSTABLE ? forces.slice() : new Float64Array(forces.length);
  addScaled(out, direction, curvature < UNSTABLE ? -(1 + pull) * along : -along);
  return out;
}
