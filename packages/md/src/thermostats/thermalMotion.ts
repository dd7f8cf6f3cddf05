import { EV_PER_AMU_A2_PER_FS2 } from '@mlffd/core';
import type { MdState } from '../state.ts';

/**
 * The part of the motion that a global thermostat scales.
 *
 * Where the centre of mass does not count among the thermal degrees of freedom (`ndof` of at most
 * 3N - 3, nothing fixed), this is the motion relative to it. The total momentum then stays what it
 * is; scaling all of the velocities would let the rounding error in it wander to any size, since it
 * is multiplied with random factors.
 */
export class ThermalMotion {
  readonly #velocities: Float64Array;
  /** N, eV fs^2/Angstrom^2. */
  readonly #masses: Float64Array;
  readonly #totalMass: number;
  readonly #relative: boolean;
  readonly #drift = new Float64Array(3);

  constructor({ velocities, masses, fixed, ndof }: MdState) {
    const count = masses.length;
    this.#velocities = velocities;
    this.#masses = masses.map((mass) => mass * EV_PER_AMU_A2_PER_FS2);
    this.#totalMass = this.#masses.reduce((sum, mass) => sum + mass, 0);
    this.#relative = count > 1 && fixed.length === 0 && ndof <= 3 * count - 3;
  }

  /** Twice the kinetic energy, eV. */
  twiceKinetic(): number {
    const velocities = this.#velocities;
    const masses = this.#masses;
    if (this.#relative) this.#findDrift();
    const a = this.#drift[0];
    const b = this.#drift[1];
    const c = this.#drift[2];
    let twice = 0;
    for (let i = 0, k = 0; i < masses.length; i += 1, k += 3) {
      const x = velocities[k] - a;
      const y = velocities[k + 1] - b;
      const z = velocities[k + 2] - c;
      twice += masses[i] * (x * x + y * y + z * z);
    }
    return twice;
  }

  /** Multiplies the motion; only right after {@link twiceKinetic}. */
  scale(factor: number): void {
    const velocities = this.#velocities;
    const drift = this.#drift;
    for (let k = 0; k < velocities.length; k += 3) {
      for (let c = 0; c < 3; c += 1) {
        velocities[k + c] = factor * (velocities[k + c] - drift[c]) + drift[c];
      }
    }
  }

  #findDrift(): void {
    const velocities = this.#velocities;
    const masses = this.#masses;
    const drift = this.#drift;
    drift.fill(0);
    for (let i = 0, k = 0; i < masses.length; i += 1, k += 3) {
      for (let c = 0; c < 3; c += 1) drift[c] += masses[i] * velocities[k + c];
    }
    for (let c = 0; c < 3; c += 1) drift[c] /= this.#totalMass;
  }
}
