import { cellDeterminant, InvalidArgumentError, KB } from '@mlffd/core';
import { MdError } from '../errors.ts';
import { kineticEnergy } from '../kinetics.ts';
import type { MdState } from '../state.ts';

/** What a barostat holds constant. */
export interface PressureOptions {
  /** K. */
  readonly temperature: number;
  /** eV/Angstrom^3; `GPA` and `BAR` of @mlffd/core convert. */
  readonly pressure: number;
}

/** Factor on the length of the cell in one step: a barostat at work stays far below. */
const LARGEST_CHANGE = 2;

/**
 * Volume, pressure and their energies for a cell that keeps its shape.
 *
 * Momentum conservation leaves N_f = 3N - 3 degrees of freedom, and the centre of mass rests in the
 * cell. In the isothermal-isobaric ensemble it does not: it moves through the volume V and presses
 * with kB T/V. Barostats get this missing pressure, (3N - N_f) kB T/(3V), so that volumes are
 * distributed as in the ensemble, V^N exp(-(U + P V)/kB T), for any number of atoms.
 */
export class BreathingCell {
  readonly #state: MdState;
  readonly #pressure: number;
  /** (3N - N_f) kB T, eV. */
  readonly #missing: number;

  /** @throws InvalidArgumentError unless the structure is periodic along three vectors and free */
  constructor(state: MdState, { temperature, pressure }: PressureOptions) {
    requireBreathing(state);
    this.#state = state;
    this.#pressure = pressure;
    this.#missing = (3 * state.masses.length - state.ndof) * KB * temperature;
  }

  /** Angstrom^3. */
  get volume(): number {
    return Math.abs(cellDeterminant(this.#state.atoms.cell));
  }

  /** Twice the kinetic energy, eV. */
  get twiceKinetic(): number {
    return 2 * kineticEnergy(this.#state.velocities, this.#state.masses);
  }

  /**
   * 3 V (P_int - P), eV: minus the derivative of K + U + P V by the logarithm of the length of the
   * cell, at constant scaled positions and momenta.
   */
  get drive(): number {
    const { stress } = this.#state;
    const trace = stress[0] + stress[1] + stress[2];
    return this.twiceKinetic + this.#missing - this.volume * (trace + 3 * this.#pressure);
  }

  /**
   * P V less the entropy of the centre of mass, eV.
   *
   * @param stretch logarithm of the length of the cell over that at the start
   */
  energy(stretch: number): number {
    return this.#pressure * this.volume - this.#missing * stretch;
  }

  /**
   * Multiplies the cell vectors.
   *
   * @throws MdError `md/unstable-cell`
   */
  scale(factor: number): void {
    // Written so that NaN fails too.
    if (!(factor <= LARGEST_CHANGE && factor >= 1 / LARGEST_CHANGE)) {
      throw unstable(factor, this.#state.step);
    }
    const { cell } = this.#state.atoms;
    for (let k = 0; k < 9; k += 1) cell[k] *= factor;
  }
}

function unstable(factor: number, step: number): MdError {
  return new MdError('md/unstable-cell', `the barostat has become unstable at step ${step + 1}`, {
    expected: `a cell whose lengths change by less than a factor of ${LARGEST_CHANGE} in one step`,
    found: `a factor of ${factor}`,
    where: `step ${step + 1}`,
    hint: 'Use a longer pressureTimeConstant or a shorter timestep, relax the cell first, and check the sign of the stress.',
  });
}

function requireBreathing({ atoms, fixed }: MdState): void {
  if (fixed.length > 0) {
    throw new InvalidArgumentError('md/invalid-option', 'a barostat would move the fixed atoms', {
      expected: 'no fixed atoms',
      found: `${fixed.length} fixed atoms`,
      where: 'fixed',
      hint: 'Use a thermostat at constant volume, or let all atoms move.',
    });
  }
  if (atoms.pbc.every((periodic) => periodic) && cellDeterminant(atoms.cell) !== 0) return;
  throw new InvalidArgumentError('md/invalid-option', 'a barostat needs a periodic structure', {
    expected: 'three cell vectors and pbc along all of them',
    found: `pbc ${atoms.pbc.join(' ')}, volume ${Math.abs(cellDeterminant(atoms.cell))} Angstrom^3`,
    where: 'atoms.pbc',
    hint: 'Set cell and pbc, or use a thermostat without a barostat.',
  });
}
