import { type Atoms, type NeighborList, type Property, type Results, volume } from '@mlffd/core';

/**
 * Sums of a pair potential over a full neighbour list. Every pair is met from both ends, so each end
 * adds its own half.
 */
export class PairSums {
  /** Energy of each atom, eV. */
  readonly energies: Float64Array;
  /** eV/Angstrom, 3N. */
  readonly forces: Float64Array;
  /** dE/dstrain, eV, xx yy zz yz xz xy, twice. */
  readonly #virial = new Float64Array(6);

  constructor(atoms: number) {
    this.energies = new Float64Array(atoms);
    this.forces = new Float64Array(3 * atoms);
  }

  /**
   * Adds the edge `e`.
   *
   * @param energy u(r), eV
   * @param slope u'(r), eV/Angstrom
   */
  add(list: NeighborList, e: number, energy: number, slope: number): void {
    const { centers, vectors, distances } = list;
    const { forces } = this;
    const virial = this.#virial;
    const i = centers[e];
    const x = vectors[3 * e];
    const y = vectors[3 * e + 1];
    const z = vectors[3 * e + 2];
    const g = slope / distances[e];
    this.energies[i] += 0.5 * energy;
    forces[3 * i] += g * x;
    forces[3 * i + 1] += g * y;
    forces[3 * i + 2] += g * z;
    virial[0] += g * x * x;
    virial[1] += g * y * y;
    virial[2] += g * z * z;
    virial[3] += g * y * z;
    virial[4] += g * x * z;
    virial[5] += g * x * y;
  }

  /** What was asked for; the arrays are handed over. */
  results(atoms: Atoms, properties: readonly Property[]): Results {
    const { energies, forces } = this;
    const results: Results = {};
    if (properties.includes('energy')) results.energy = total(energies);
    if (properties.includes('energies')) results.energies = energies;
    if (properties.includes('forces')) results.forces = forces;
    if (properties.includes('stress')) {
      const scale = 0.5 / volume(atoms);
      results.stress = this.#virial.map((value) => scale * value);
    }
    return results;
  }
}

function total(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
