import { requirePositive } from '../errors.ts';

/**
 * A method that walks downhill: from the forces at a point it says where to go next. It never calls
 * a calculator, so it can just as well walk on effective forces, for instance to a saddle point.
 */
export interface Descent {
  readonly name: string;
  /**
   * Writes the next displacement into `out`; no atom moves farther than the method's largest step.
   *
   * @param x coordinates, Angstrom
   * @param forces at x, eV/Angstrom
   */
  step(x: Float64Array, forces: Float64Array, out: Float64Array): void;
  /** Forgets the past and goes on with steps half as long, after a step that went wrong. */
  restart(): void;
}

/** What every method takes. */
export interface DescentOptions {
  /** Longest step, Angstrom; default 0.2. What is measured differs: see each method. */
  readonly maxStep?: number;
}

/** Name of a method for `minimize`. */
export type DescentMethod = 'fire' | 'lbfgs';

/** Longest step where none is given, Angstrom; as in ASE. */
const MAX_STEP = 0.2;

/** @throws InvalidArgumentError unless `maxStep` is positive */
export function maxStepOf({ maxStep = MAX_STEP }: DescentOptions): number {
  requirePositive('maxStep', maxStep);
  return maxStep;
}
