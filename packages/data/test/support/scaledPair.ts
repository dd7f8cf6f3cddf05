import { withPositions } from '@mlffd/core';
import type { Atoms, Calculator, Property, Results } from '@mlffd/core';
import { PairPotential } from './pairPotential.ts';

/** Depth and length of a Lennard-Jones potential, relative to `PairPotential`. */
export interface PairScales {
  readonly epsilon?: number;
  readonly sigma?: number;
}

/**
 * `PairPotential` with another depth and another length, by scaling energies and coordinates:
 * E'(r) = epsilon E(r / sigma).
 */
export class ScaledPair implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[] = ['energy', 'forces', 'stress'];
  readonly #pair = new PairPotential();
  readonly #epsilon: number;
  readonly #sigma: number;

  constructor({ epsilon = 1, sigma = 1 }: PairScales) {
    this.name = `pair-${epsilon}-${sigma}`;
    this.#epsilon = epsilon;
    this.#sigma = sigma;
  }

  get calls(): number {
    return this.#pair.calls;
  }

  calculate(atoms: Atoms, properties: readonly Property[]): Results {
    const shrink = (rows: Float64Array) => rows.map((x) => x / this.#sigma);
    const scaled = withPositions(atoms, shrink(atoms.positions), shrink(atoms.cell));
    const { energy, forces, stress } = this.#pair.calculate(scaled, properties);
    const [e, f] = [this.#epsilon, this.#epsilon / this.#sigma];
    return {
      energy: e * energy!,
      forces: forces!.map((force) => f * force),
      ...(stress === undefined
        ? {}
        : { stress: stress.map((value) => (e / this.#sigma ** 3) * value) }),
    };
  }

  dispose(): void {
    // Nothing is held.
  }
}

/** The same calculator, answering later. */
export function later(calculator: Calculator): Calculator {
  return {
    name: calculator.name,
    properties: calculator.properties,
    calculate: async (atoms, properties) => {
      await new Promise((resolve) => setImmediate(resolve));
      return calculator.calculate(atoms, properties);
    },
    dispose: () => calculator.dispose(),
  };
}
