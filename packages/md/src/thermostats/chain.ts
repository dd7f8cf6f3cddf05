import type { SuzukiYoshidaStages } from './suzukiYoshida.ts';
import { suzukiYoshidaWeights } from './suzukiYoshida.ts';

/** What a chain is attached to, and how it is integrated. */
export interface ChainOptions {
  /**
   * Where the chain lives: M positions eta (no unit), then M momenta p (eV fs). A view into
   * `state.extended`.
   */
  readonly variables: Float64Array;
  /** Degrees of freedom that the first thermostat is attached to. */
  readonly freedoms: number;
  /** kB T, eV. */
  readonly thermalEnergy: number;
  /** Mass of the first thermostat and of the others, eV fs^2. */
  readonly masses: { readonly first: number; readonly others: number };
  /** Time of one {@link ThermostatChain.advance}, fs. */
  readonly time: number;
  readonly substeps: number;
  readonly stages: SuzukiYoshidaStages;
}

/**
 * A chain of Nose-Hoover thermostats, each holding the one before at kB T.
 *
 * d eta_k/dt = p_k/Q_k;  dp_1/dt = 2K - N_f kB T - p_1 p_2/Q_2;
 * dp_k/dt = p_{k-1}^2/Q_{k-1} - kB T - p_k p_{k+1}/Q_{k+1};  dp/dt of a particle: - p p_1/Q_1
 *
 * Propagator of Martyna, Tuckerman, Tobias, Klein, Mol. Phys. 87, 1117 (1996), in the order of
 * ASE's `NoseHooverChainThermostat`. Particles enter through their kinetic energy only, so that
 * one pass over the velocities before and one after do for any number of substeps.
 */
export class ThermostatChain {
  readonly #positions: Float64Array;
  readonly #momenta: Float64Array;
  readonly #masses: Float64Array;
  readonly #freedoms: number;
  readonly #thermalEnergy: number;
  readonly #substeps: number;
  /** Times of the stages of one substep, fs. */
  readonly #times: Float64Array;

  constructor(options: ChainOptions) {
    const { variables, masses, time, substeps } = options;
    const length = variables.length / 2;
    this.#positions = variables.subarray(0, length);
    this.#momenta = variables.subarray(length);
    this.#masses = new Float64Array(length).fill(masses.others);
    this.#masses[0] = masses.first;
    this.#freedoms = options.freedoms;
    this.#thermalEnergy = options.thermalEnergy;
    this.#substeps = substeps;
    this.#times = suzukiYoshidaWeights(options.stages).map((weight) => (weight * time) / substeps);
  }

  /** Energy of the chain, eV: N_f kB T eta_1 + kB T sum eta_k + sum p_k^2/(2 Q_k). */
  get energy(): number {
    const momenta = this.#momenta;
    let heat = this.#freedoms * this.#positions[0];
    let kinetic = 0;
    for (let k = 0; k < momenta.length; k += 1) {
      if (k > 0) heat += this.#positions[k];
      kinetic += momenta[k] ** 2 / (2 * this.#masses[k]);
    }
    return this.#thermalEnergy * heat + kinetic;
  }

  /**
   * Moves the chain on.
   *
   * @param twiceKinetic of the degrees of freedom that it is attached to, eV
   * @returns what their velocities are to be multiplied with
   */
  advance(twiceKinetic: number): number {
    const positions = this.#positions;
    const momenta = this.#momenta;
    const masses = this.#masses;
    let scale = 1;
    let twice = twiceKinetic;
    for (let substep = 0; substep < this.#substeps; substep += 1) {
      for (const time of this.#times) {
        for (let k = momenta.length - 1; k >= 0; k -= 1) this.#push(k, time, twice);
        for (let k = 0; k < momenta.length; k += 1) positions[k] += (time * momenta[k]) / masses[k];
        const factor = Math.exp((-time * momenta[0]) / masses[0]);
        scale *= factor;
        twice *= factor * factor;
        for (let k = 0; k < momenta.length; k += 1) this.#push(k, time, twice);
      }
    }
    return scale;
  }

  /** Half of a stage for one momentum: friction of the next thermostat around its force. */
  #push(k: number, time: number, twiceKinetic: number): void {
    const momenta = this.#momenta;
    const masses = this.#masses;
    const isLast = k === momenta.length - 1;
    const friction = isLast ? 1 : Math.exp((-0.25 * time * momenta[k + 1]) / masses[k + 1]);
    const force =
      k === 0
        ? twiceKinetic - this.#freedoms * this.#thermalEnergy
        : momenta[k - 1] ** 2 / masses[k - 1] - this.#thermalEnergy;
    momenta[k] = (momenta[k] * friction + 0.5 * time * force) * friction;
  }
}
