import { fillNormals, KB } from '@mlffd/core';
import { requireInteger } from '../errors.ts';
import type { MdState } from '../state.ts';
import { ThermalMotion } from './thermalMotion.ts';

/**
 * Fills `out` for the step that leaves step number `step`: a standard normal, then an independent
 * sum of `degrees` squared standard normals. It must be a pure function of `step`, or restarts are
 * not exact.
 */
export type RescalingNoise = (out: Float64Array, step: number, degrees: number) => void;

/** How {@link VelocityRescaling} couples to the bath. */
export interface RescalingOptions {
  /** fs. */
  readonly timestep: number;
  /** K. */
  readonly temperature: number;
  /** Relaxation time of the kinetic energy, fs. */
  readonly timeConstant: number;
}

/**
 * Draws the kinetic energy anew, such that it relaxes to the canonical distribution and forgets
 * where it was within the time constant.
 *
 * With c = exp(-dt/tau) and e = (1 - c) kB T/2: K' = (sqrt(c K) + sqrt(e) R)^2 + e S, where R is
 * normal and S a sum of N_f - 1 squared normals. Velocities are multiplied with sqrt(K'/K), with the
 * sign of sqrt(c K) + sqrt(e) R: for one degree of freedom this is Langevin dynamics.
 *
 * Source: Bussi, Donadio, Parrinello, J. Chem. Phys. 126, 014101 (2007), eq. A7; the sign from Bussi
 * and Parrinello, Comput. Phys. Commun. 179, 26 (2008).
 */
export class VelocityRescaling {
  readonly #motion: ThermalMotion;
  readonly #kept: number;
  readonly #drawn: number;

  /** @throws InvalidArgumentError where the degrees of freedom are no whole number */
  constructor(state: MdState, { timestep, temperature, timeConstant }: RescalingOptions) {
    requireInteger('ndof', state.ndof, 1);
    this.#motion = new ThermalMotion(state);
    this.#kept = Math.exp(-timestep / timeConstant);
    this.#drawn = -0.5 * KB * temperature * Math.expm1(-timestep / timeConstant);
  }

  /**
   * Scales the velocities for one step.
   *
   * @param random what {@link RescalingNoise} gives: R and S
   * @returns the heat that went in, eV
   */
  apply(random: Float64Array): number {
    const kinetic = this.#motion.twiceKinetic() / 2;
    // At rest there is no direction to scale along.
    if (kinetic === 0) return 0;
    const amplitude = Math.sqrt(this.#kept * kinetic) + Math.sqrt(this.#drawn) * random[0];
    const renewed = amplitude ** 2 + this.#drawn * random[1];
    this.#motion.scale(Math.sign(amplitude) * Math.sqrt(renewed / kinetic));
    return renewed - kinetic;
  }
}

/** Counter-based noise: a function of seed and step. */
export function seededNoise(seed: number): RescalingNoise {
  const normals = new Float64Array(4);
  return (out, step, degrees) => {
    for (let block = 0; ; block += 1) {
      const stream = block === 0 ? 'md/velocity-rescaling' : `md/velocity-rescaling/${block}`;
      fillNormals(normals, { seed, stream, step });
      if (block === 0) out[0] = normals[0];
      const squares = chiSquared(normals, degrees);
      if (squares === undefined) continue;
      out[1] = squares;
      return;
    }
  };
}

/**
 * A sum of `degrees` squared normals made of three normals, or undefined where the three are to be
 * drawn again (in less than 5 % of the cases).
 *
 * Twice a gamma variate: Marsaglia and Tsang, ACM Trans. Math. Softw. 26, 363 (2000). Their test
 * compares with the logarithm of a uniform number, here minus half the sum of two squared normals.
 *
 * @param normals the first is left alone
 */
function chiSquared(normals: Float64Array, degrees: number): number | undefined {
  const x = normals[1];
  if (degrees === 0) return 0;
  if (degrees === 1) return x * x;
  const d = degrees / 2 - 1 / 3;
  const root = 1 + x / Math.sqrt(9 * d);
  if (root <= 0) return undefined;
  const v = root ** 3;
  const logUniform = -0.5 * (normals[2] ** 2 + normals[3] ** 2);
  return logUniform < (x * x) / 2 + d - d * v + d * Math.log(v) ? 2 * d * v : undefined;
}
