import { COULOMB, COVALENT_RADII } from '@mlffd/core';

/** Weights and decay constants of the universal screening function; the weights add up to 1. */
const WEIGHTS = [0.18175, 0.50986, 0.28022, 0.02817] as const;
const DECAYS = [3.1998, 0.94229, 0.4029, 0.20162] as const;
/** Screening length a = LENGTH / (Z_i^POWER + Z_j^POWER), Angstrom: 0.8854 Bohr radii. */
const LENGTH = 0.4685;
const POWER = 0.23;

const CHARGES = COVALENT_RADII.map((_, z) => z ** POWER);

/** Where the repulsion of two elements ends, Angstrom: `reach` times the sum of their covalent radii. */
export function zblRange(a: number, b: number, reach = 1): number {
  return reach * (COVALENT_RADII[a] + COVALENT_RADII[b]);
}

/**
 * Ziegler-Biersack-Littmark repulsion of two nuclei, V = k Z_i Z_j / r phi(r / a) f(r), with
 * phi(x) = sum_n w_n exp(-d_n x).
 *
 * Constants as in LAMMPS (`pair_style zbl`; Ziegler, Biersack, Littmark, The Stopping and Range of
 * Ions in Matter, 1985). The envelope is 1 - 28 x^6 + 48 x^7 - 21 x^8, x = r / end (as in MACE,
 * p = 6), which has a continuous second derivative at its end.
 *
 * `choose` takes the elements, `at` a distance; answers stay in fields, so that a loop over pairs
 * allocates nothing.
 */
export class ZblPair {
  /** V, eV. */
  energy = 0;
  /** dV/dr, eV/Angstrom; never positive. */
  derivative = 0;
  /** k Z_i Z_j, eV Angstrom. */
  #strength = 0;
  /** 1 / a, 1/Angstrom. */
  #screening = 0;
  /** Where the envelope ends, Angstrom. */
  #end = 0;

  /**
   * Elements by atomic number, and where the envelope ends (Angstrom; `Infinity`: no envelope);
   * default: at `zblRange`.
   */
  choose(first: number, second: number, end: number = zblRange(first, second)): this {
    this.#strength = COULOMB * (first * second);
    this.#screening = (CHARGES[first] + CHARGES[second]) / LENGTH;
    this.#end = end;
    return this;
  }

  /** Energy and derivative at the distance `r` (Angstrom, positive). */
  at(r: number): this {
    this.energy = 0;
    this.derivative = 0;
    const y = r / this.#end;
    if (y >= 1) return this;
    const x = r * this.#screening;
    let phi = 0;
    let slope = 0;
    for (let n = 0; n < WEIGHTS.length; n++) {
      const term = WEIGHTS[n] * Math.exp(-DECAYS[n] * x);
      phi += term;
      slope -= DECAYS[n] * term;
    }
    const rest = 1 - y;
    // As in `cutoffFunction`: no cancellation near the end.
    const sum = 1 + y * (3 + y * (6 + y * (10 + y * (15 + y * 21))));
    const envelope = rest * rest * rest * sum;
    const fall = (-168 * y ** 5 * rest * rest) / this.#end;
    const bare = this.#strength / r;
    this.energy = bare * phi * envelope;
    this.derivative = bare * ((slope * this.#screening - phi / r) * envelope + phi * fall);
    return this;
  }
}
