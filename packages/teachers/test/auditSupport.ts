import { type Atoms, type Calculator, createAtoms, type Property, type Results } from '@mlffd/core';
import { Morse } from '../src/morse/morse.ts';

export const CRYSTAL: Atoms = createAtoms({
  symbols: ['Cu', 'Au', 'Pd', 'Cu'],
  positions: [0.1, -0.1, 0, 2.1, 1.9, 0.1, 0.1, 1.9, 2.0, 1.9, 0.2, 2.1],
  cell: [4.1, 0.2, -0.1, 0.3, 3.9, 0.2, -0.2, 0.1, 4.0],
  pbc: true,
});
export const CLUSTER: Atoms = createAtoms({
  symbols: ['Ni', 'Al', 'Pt'],
  positions: [0, 0, 0, 2.5, 0.2, 0.1, 1.1, 2.3, -0.2],
});

// Energies of some eV in float64; differences of sixth order, 0.01 Angstrom apart, are exact to 1e-7.
export const ROUNDING = 1e-12;
export const DIFFERENCES = 1e-7;

/** Faults of teachers that predict forces directly, of a known size. */
export class Swirl implements Calculator {
  readonly name = 'swirl';
  readonly properties: readonly Property[] = ['energy', 'forces'];
  readonly #base = new Morse();
  readonly #strength: number;
  readonly #push: number;

  /** F += strength (-y, x, 0) + push (1, 0, 0), eV/Angstrom^2 and eV/Angstrom. */
  constructor(strength: number, push: number) {
    this.#strength = strength;
    this.#push = push;
  }

  calculate(atoms: Atoms, properties: readonly Property[]): Results {
    const results = this.#base.calculate(atoms, properties);
    for (let i = 0; i < atoms.positions.length; i += 3) {
      if (results.forces === undefined) break;
      results.forces[i] += this.#push - this.#strength * atoms.positions[i + 1];
      results.forces[i + 1] += this.#strength * atoms.positions[i];
    }
    return results;
  }

  dispose(): void {
    // Nothing is held.
  }
}

/** A potential whose energy knows which way is up: + strength sum z^2 about the mean position. */
export class Tilted implements Calculator {
  readonly name = 'tilted';
  readonly properties: readonly Property[] = ['energy', 'forces'];
  readonly #base = new Morse();
  readonly #strength: number;

  /** @param strength eV/Angstrom^2 */
  constructor(strength: number) {
    this.#strength = strength;
  }

  calculate(atoms: Atoms, properties: readonly Property[]): Results {
    const results = this.#base.calculate(atoms, properties);
    const n = atoms.numbers.length;
    let middle = 0;
    for (let i = 0; i < n; i++) middle += atoms.positions[3 * i + 2] / n;
    for (let i = 0; i < n; i++) {
      const z = atoms.positions[3 * i + 2] - middle;
      if (results.energy !== undefined) results.energy += this.#strength * z * z;
      if (results.forces !== undefined) results.forces[3 * i + 2] -= 2 * this.#strength * z;
    }
    return results;
  }

  dispose(): void {
    // Nothing is held.
  }
}
