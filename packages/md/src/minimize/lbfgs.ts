import { dot, longestRow } from '@mlffd/core';
import { requireInteger, requirePositive } from '../errors.ts';
import { maxStepOf } from './descent.ts';
import type { Descent, DescentOptions } from './descent.ts';

/** Options of `lbfgs`. */
export interface LbfgsOptions extends DescentOptions {
  /** Steps that are remembered; default 100. */
  readonly memory?: number;
  /** First guess of the curvature, eV/Angstrom^2; default 70. */
  readonly curvature?: number;
}

/** One remembered step. */
interface Pair {
  /** Change of the coordinates. */
  readonly s: Float64Array;
  /** Change of the gradient. */
  readonly y: Float64Array;
  /** 1 / (s . y) */
  rho: number;
}

/**
 * L-BFGS without a line search, with the steps of ASE's `LBFGS`: one force call a step, and far
 * fewer steps than FIRE where forces are smooth. Two-loop recursion of Nocedal, Math. Comp. 35, 773
 * (1980).
 *
 * `maxStep` limits how far the atom goes that goes farthest. Unlike ASE, a pair of steps along
 * which the curvature is not positive is left out, since it would send the next step uphill.
 *
 * @param size number of coordinates
 */
export function lbfgs(size: number, options: LbfgsOptions = {}): Descent {
  const { memory = 100, curvature = 70 } = options;
  requireInteger('memory', memory, 1);
  requirePositive('curvature', curvature);
  let maxStep = maxStepOf(options);
  const lastX = new Float64Array(size);
  const lastForces = new Float64Array(size);
  const weights = new Float64Array(memory);
  let pairs: Pair[] = [];
  let started = false;

  const remember = (x: Float64Array, forces: Float64Array) => {
    const pair =
      pairs.length < memory
        ? { s: new Float64Array(size), y: new Float64Array(size), rho: 0 }
        : pairs[0];
    if (pairs.length === memory) pairs.shift();
    for (let k = 0; k < size; k++) {
      pair.s[k] = x[k] - lastX[k];
      pair.y[k] = lastForces[k] - forces[k];
    }
    const bend = dot(pair.s, pair.y);
    if (!(bend > 0)) return;
    pair.rho = 1 / bend;
    pairs.push(pair);
  };

  return {
    name: 'lbfgs',
    step(x, forces, out) {
      if (started) remember(x, forces);
      started = true;
      lastX.set(x);
      lastForces.set(forces);
      out.set(forces);
      for (let p = pairs.length - 1; p >= 0; p--) {
        const { s, y, rho } = pairs[p];
        weights[p] = rho * dot(s, out);
        for (let k = 0; k < size; k++) out[k] -= weights[p] * y[k];
      }
      for (let k = 0; k < size; k++) out[k] /= curvature;
      for (let p = 0; p < pairs.length; p++) {
        const { s, y, rho } = pairs[p];
        const change = weights[p] - rho * dot(y, out);
        for (let k = 0; k < size; k++) out[k] += change * s[k];
      }
      const longest = longestRow(out);
      if (longest >= maxStep) for (let k = 0; k < size; k++) out[k] *= maxStep / longest;
    },
    restart() {
      pairs = [];
      started = false;
      maxStep /= 2;
    },
  };
}
