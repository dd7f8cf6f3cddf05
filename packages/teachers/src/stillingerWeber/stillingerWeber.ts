import {
  type Atoms,
  type Calculator,
  type NeighborList,
  type Property,
  type Results,
  sha256,
  stableStringify,
  VerletList,
} from '@mlffd/core';
import { checkRequest } from '../checks.ts';
import { EdgeSums, reserve } from '../manyBody/edgeSums.ts';
import {
  STILLINGER_WEBER_SILICON,
  type StillingerWeberEntry,
  type StillingerWeberTable,
  stillingerWeberTable,
} from './parameters.ts';

export interface StillingerWeberOptions {
  /** Parameters of every triple of elements, as in a LAMMPS `.sw` file. Default: silicon, 1985. */
  readonly entries?: readonly StillingerWeberEntry[];
  /** Candidates are kept this much farther than the cutoff, Angstrom, default 0.5. */
  readonly skin?: number;
}

/**
 * Stillinger-Weber potential in float64, answering at once (F. H. Stillinger and T. A. Weber, Phys.
 * Rev. B 31, 5262 (1985)); several elements as LAMMPS' `pair_style sw`:
 *
 *     u2(r)  = A epsilon (B (sigma/r)^p - (sigma/r)^q) exp(sigma / (r - a sigma))
 *     u3     = lambda epsilon (cos theta_jik - cos theta0)^2 g(r_ij) g(r_ik)
 *     g(r)   = exp(gamma sigma / (r - a sigma))
 *
 * for r < a sigma, zero beyond with all derivatives. Each atom of a pair has a half of its energy,
 * each of an angle a third, as in LAMMPS.
 */
export class StillingerWeber implements Calculator {
  readonly name = 'stillinger-weber';
  readonly properties: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];
  readonly elements: readonly number[];
  /** The longest range, Angstrom. */
  readonly cutoff: number;
  /** SHA-256 of everything that decides the energies. */
  readonly fingerprint: string;
  readonly #table: StillingerWeberTable;
  readonly #list: VerletList;
  // Of each edge: dE/dv, the factor g of an angle, dg/dr.
  #gradients: Float64Array = new Float64Array();
  #factors: Float64Array = new Float64Array();
  #slopes: Float64Array = new Float64Array();

  /** @throws InvalidArgumentError for parameters that make no potential */
  constructor(options: StillingerWeberOptions = {}) {
    const { entries = [STILLINGER_WEBER_SILICON], skin = 0.5 } = options;
    this.#table = stillingerWeberTable(entries);
    this.elements = this.#table.elements;
    this.cutoff = Math.max(...this.#table.ranges);
    this.#list = new VerletList({ cutoff: this.cutoff, skin });
    const sorted = [...entries].sort((a, b) => (a.elements.join() < b.elements.join() ? -1 : 1));
    this.fingerprint = sha256(
      stableStringify({
        type: 'stillinger-weber',
        entries: sorted.map((entry) => ({ cosTheta0: -1 / 3, ...entry })),
      }),
    );
  }

  calculate(atoms: Atoms, properties: readonly Property[]): Results {
    checkRequest(this, atoms, properties);
    const list = this.#list.update(atoms);
    const sums = new EdgeSums(atoms.numbers.length);
    this.#addPairs(list, atoms.numbers, sums.energies);
    this.#addAngles(list, atoms.numbers, sums.energies);
    sums.add(list, this.#gradients);
    return sums.results(atoms, properties);
  }

  dispose(): void {
    // Nothing is held outside the memory of JavaScript.
  }

  /** Two-body terms, and g of each edge. Every pair is met from both ends, each adds a half. */
  #addPairs(list: NeighborList, numbers: Int32Array, energies: Float64Array): void {
    const { count: edges, centers, neighbors, distances, vectors } = list;
    const { kinds, pairs, ranges, elements } = this.#table;
    const gradients = (this.#gradients = reserve(this.#gradients, 3 * edges));
    const factors = (this.#factors = reserve(this.#factors, edges));
    const slopes = (this.#slopes = reserve(this.#slopes, edges));
    gradients.fill(0);
    for (let e = 0; e < edges; e++) {
      const pair = kinds[numbers[centers[e]]] * elements.length + kinds[numbers[neighbors[e]]];
      const r = distances[e];
      const gap = r - ranges[pair];
      factors[e] = 0;
      if (gap >= 0) continue;
      const { epsilon, sigma, gamma, A, B, p, q } = pairs[pair];
      const decay = Math.exp(sigma / gap);
      const repulsion = B * (sigma / r) ** p;
      const attraction = (sigma / r) ** q;
      const scale = A * epsilon * decay;
      const energy = scale * (repulsion - attraction);
      const slope = (scale * (q * attraction - p * repulsion)) / r - (energy * sigma) / (gap * gap);
      energies[centers[e]] += 0.5 * energy;
      const g = (0.5 * slope) / r;
      gradients[3 * e] = g * vectors[3 * e];
      gradients[3 * e + 1] = g * vectors[3 * e + 1];
      gradients[3 * e + 2] = g * vectors[3 * e + 2];
      factors[e] = Math.exp((gamma * sigma) / gap);
      slopes[e] = (-gamma * sigma * factors[e]) / (gap * gap);
    }
  }

  #addAngles(list: NeighborList, numbers: Int32Array, energies: Float64Array): void {
    const { neighbors, distances, vectors, offsets } = list;
    const { kinds, strengths, cosines, elements } = this.#table;
    const gradients = this.#gradients;
    const factors = this.#factors;
    const slopes = this.#slopes;
    const count = elements.length;
    for (let i = 0; i < numbers.length; i++) {
      const end = offsets[i + 1];
      for (let e = offsets[i]; e < end; e++) {
        if (factors[e] === 0) continue;
        const first = (kinds[numbers[i]] * count + kinds[numbers[neighbors[e]]]) * count;
        const re = 1 / distances[e];
        const ex = re * vectors[3 * e];
        const ey = re * vectors[3 * e + 1];
        const ez = re * vectors[3 * e + 2];
        for (let f = e + 1; f < end; f++) {
          const triple = first + kinds[numbers[neighbors[f]]];
          const strength = strengths[triple];
          if (factors[f] === 0 || strength === 0) continue;
          const rf = 1 / distances[f];
          const fx = rf * vectors[3 * f];
          const fy = rf * vectors[3 * f + 1];
          const fz = rf * vectors[3 * f + 2];
          const cosine = ex * fx + ey * fy + ez * fz;
          const deviation = cosine - cosines[triple];
          const square = strength * deviation * deviation;
          const third = (square * factors[e] * factors[f]) / 3;
          energies[i] += third;
          energies[neighbors[e]] += third;
          energies[neighbors[f]] += third;
          // d cos / dv_e = (f - cos e) / |v_e| for unit vectors e and f.
          const turn = 2 * strength * deviation * factors[e] * factors[f];
          const radialE = square * slopes[e] * factors[f] - turn * re * cosine;
          const radialF = square * factors[e] * slopes[f] - turn * rf * cosine;
          gradients[3 * e] += radialE * ex + turn * re * fx;
          gradients[3 * e + 1] += radialE * ey + turn * re * fy;
          gradients[3 * e + 2] += radialE * ez + turn * re * fz;
          gradients[3 * f] += radialF * fx + turn * rf * ex;
          gradients[3 * f + 1] += radialF * fy + turn * rf * ey;
          gradients[3 * f + 2] += radialF * fz + turn * rf * ez;
        }
      }
    }
  }
}
