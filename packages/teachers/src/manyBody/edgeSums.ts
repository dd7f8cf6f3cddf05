import { type Atoms, type NeighborList, type Property, type Results, volume } from '@mlffd/core';

/** Directed edges: those of a neighbour list, or springs. */
export type Edges = Pick<NeighborList, 'count' | 'centers' | 'neighbors' | 'vectors'>;

/**
 * Forces and stress of any potential that is a function of edge vectors v = r_j - r_i + S . cell:
 *
 *     F_i += dE/dv,   F_j -= dE/dv,   stress += v (dE/dv)^T / V
 */
export class EdgeSums {
  /** Energy of each atom, eV. */
  readonly energies: Float64Array;
  /** eV/Angstrom, 3N. */
  readonly #forces: Float64Array;
  /** dE/dstrain, eV, xx yy zz yz xz xy. */
  readonly #virial = new Float64Array(6);

  constructor(atoms: number) {
    this.energies = new Float64Array(atoms);
    this.#forces = new Float64Array(3 * atoms);
  }

  /** @param gradients dE/dv of each edge, eV/Angstrom, 3E */
  add({ count, centers, neighbors, vectors }: Edges, gradients: Float64Array): void {
    const forces = this.#forces;
    const virial = this.#virial;
    for (let e = 0; e < count; e++) {
      const i = 3 * centers[e];
      const j = 3 * neighbors[e];
      const gx = gradients[3 * e];
      const gy = gradients[3 * e + 1];
      const gz = gradients[3 * e + 2];
      forces[i] += gx;
      forces[i + 1] += gy;
      forces[i + 2] += gz;
      forces[j] -= gx;
      forces[j + 1] -= gy;
      forces[j + 2] -= gz;
      const x = vectors[3 * e];
      const y = vectors[3 * e + 1];
      const z = vectors[3 * e + 2];
      virial[0] += x * gx;
      virial[1] += y * gy;
      virial[2] += z * gz;
      virial[3] += 0.5 * (y * gz + z * gy);
      virial[4] += 0.5 * (x * gz + z * gx);
      virial[5] += 0.5 * (x * gy + y * gx);
    }
  }

  /** What was asked for; the arrays are handed over. */
  results(atoms: Atoms, properties: readonly Property[]): Results {
    const results: Results = {};
    if (properties.includes('energy')) {
      results.energy = this.energies.reduce((sum, energy) => sum + energy, 0);
    }
    if (properties.includes('energies')) results.energies = this.energies;
    if (properties.includes('forces')) results.forces = this.#forces;
    if (properties.includes('stress')) {
      const scale = 1 / volume(atoms);
      results.stress = this.#virial.map((value) => scale * value);
    }
    return results;
  }
}

/** `buffer` if it is long enough, otherwise a longer one; the content is lost. */
export function reserve(buffer: Float64Array, length: number): Float64Array {
  return buffer.length >= length ? buffer : new Float64Array(Math.ceil(1.25 * length));
}
