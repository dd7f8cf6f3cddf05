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
  BETA,
  EMT_ELEMENTS,
  type EmtCutoff,
  emtCutoff,
  type EmtTable,
  emtTable,
} from './parameters.ts';

export interface EmtOptions {
  /**
   * True (default): one cutoff for all structures, that of the largest atom there are parameters for.
   * False: that of the largest atom in the structure, as `asap_cutoff=True` of ASE, so that adding a
   * larger atom changes the others.
   */
  readonly fixedCutoff?: boolean;
  /** Candidates are kept this much farther than the cutoff, Angstrom, default 0.5. */
  readonly skin?: number;
}

/**
 * Effective-medium theory, equal to `ase.calculators.emt.EMT` of ASE 3.29, in float64, answering at
 * once (K. W. Jacobsen, P. Stoltze, J. K. Norskov, Surf. Sci. 366, 394 (1996)):
 *
 *     E = sum_i [ E0 (1 + lambda s_i) exp(-lambda s_i) + 6 V0 exp(-kappa s_i)
 *                 - V0 sigma2_i / (2 gamma2) - E0 ],
 *     s_i = -ln(sigma1_i / (12 gamma1)) / (beta eta2)
 *
 * where sigma1 and sigma2 are sums over neighbours of decaying exponentials times w(r). Al, Cu, Ag,
 * Au, Ni, Pd and Pt and their alloys; H, C, N and O have toy parameters, good for trying software and
 * for nothing else. The energy is zero for the fcc crystal of each metal.
 *
 * Pairs end where w(r) is 7e-6, not zero (3e-3 without `fixedCutoff`), and energies and forces jump
 * there, as ASE's do: hardly in a metal, where others are closer, but by up to 1 meV for a dimer.
 */
export class Emt implements Calculator {
  readonly name = 'emt';
  readonly properties: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];
  readonly elements: readonly number[] = EMT_ELEMENTS;
  /** Angstrom; without `fixedCutoff` the longest that any structure can have. */
  readonly cutoff: number;
  readonly fixedCutoff: boolean;
  /** SHA-256 of everything that decides the energies. */
  readonly fingerprint: string;
  readonly #skin: number;
  #cut: EmtCutoff;
  #table: EmtTable;
  #list: VerletList;
  // Of the edges of the list, and of the atoms.
  #embedding: Float64Array = new Float64Array();
  #pairs: Float64Array = new Float64Array();
  #gradients: Float64Array = new Float64Array();
  #sigmas: Float64Array = new Float64Array();

  constructor(options: EmtOptions = {}) {
    this.fixedCutoff = options.fixedCutoff ?? true;
    this.#skin = options.skin ?? 0.5;
    this.#cut = emtCutoff(EMT_ELEMENTS, this.fixedCutoff);
    this.#table = emtTable(this.#cut);
    this.cutoff = this.#cut.end;
    this.#list = new VerletList({ cutoff: this.cutoff, skin: this.#skin });
    this.fingerprint = sha256(
      stableStringify({ type: 'emt', ...this.#table, fixedCutoff: this.fixedCutoff }),
    );
  }

  calculate(atoms: Atoms, properties: readonly Property[]): Results {
    checkRequest(this, atoms, properties);
    if (!this.fixedCutoff) this.#adapt(atoms.numbers);
    const list = this.#list.update(atoms);
    const sums = new EdgeSums(atoms.numbers.length);
    this.#density(list, atoms.numbers, sums.energies);
    this.#embed(list, atoms.numbers, sums.energies);
    sums.add(list, this.#gradients);
    return sums.results(atoms, properties);
  }

  dispose(): void {
    // Nothing is held outside the memory of JavaScript.
  }

  /** Cutoff and normalisation by the largest atom at hand. */
  #adapt(numbers: Int32Array): void {
    const cut = emtCutoff([...new Set(numbers)], false);
    if (cut.end === this.#cut.end) return;
    this.#cut = cut;
    this.#table = emtTable(cut);
    this.#list = new VerletList({ cutoff: cut.end, skin: this.#skin });
  }

  /** sigma1 of each atom, and the pair energy; slopes of both over r are kept by edge. */
  #density(list: NeighborList, numbers: Int32Array, energies: Float64Array): void {
    const { count: edges, centers, neighbors, distances } = list;
    const { kinds, count, s0, eta2, kappa, pairScale, chi } = this.#table;
    const { slope, middle } = this.#cut;
    const embedding = (this.#embedding = reserve(this.#embedding, edges));
    const pairs = (this.#pairs = reserve(this.#pairs, edges));
    const sigmas = (this.#sigmas = reserve(this.#sigmas, numbers.length));
    sigmas.fill(0);
    for (let e = 0; e < edges; e++) {
      const i = centers[e];
      const j = neighbors[e];
      const r = distances[e];
      const a = kinds[numbers[i]];
      const b = kinds[numbers[j]];
      const w = 1 / (1 + Math.exp(slope * (r - middle)));
      const decay = slope * (w - 1);
      const scale = chi[a * count + b] * w;
      const sigma1 = scale * Math.exp(-eta2[b] * (r - BETA * s0[b]));
      const energy = pairScale[a] * scale * Math.exp(-kappa[b] * (r / BETA - s0[b]));
      sigmas[i] += sigma1;
      energies[i] += 0.5 * energy;
      energies[j] += 0.5 * energy;
      embedding[e] = (sigma1 * (decay - eta2[b])) / r;
      pairs[e] = (energy * (decay - kappa[b] / BETA)) / r;
    }
  }

  /** Energies of the atoms in their sigma1, and from it dE/dv of each edge. */
  #embed(list: NeighborList, numbers: Int32Array, energies: Float64Array): void {
    const { kinds, e0, v0, eta2, kappa, lambda, inverseGamma1 } = this.#table;
    const sigmas = this.#sigmas;
    for (let i = 0; i < numbers.length; i++) {
      const a = kinds[numbers[i]];
      energies[i] -= e0[a];
      // An atom by itself has neither term.
      if (sigmas[i] === 0) continue;
      const s = -Math.log(sigmas[i] * inverseGamma1[a]) / (BETA * eta2[a]);
      const cohesive = e0[a] * Math.exp(-lambda[a] * s);
      const repulsive = 6 * v0[a] * Math.exp(-kappa[a] * s);
      energies[i] += cohesive * (1 + lambda[a] * s) + repulsive;
      const slope = -cohesive * lambda[a] * lambda[a] * s - kappa[a] * repulsive;
      // From here on dE/dsigma1.
      sigmas[i] = -slope / (BETA * eta2[a] * sigmas[i]);
    }
    const { count: edges, centers, vectors } = list;
    const embedding = this.#embedding;
    const pairs = this.#pairs;
    const gradients = (this.#gradients = reserve(this.#gradients, 3 * edges));
    for (let e = 0; e < edges; e++) {
      const g = sigmas[centers[e]] * embedding[e] + pairs[e];
      gradients[3 * e] = g * vectors[3 * e];
      gradients[3 * e + 1] = g * vectors[3 * e + 1];
      gradients[3 * e + 2] = g * vectors[3 * e + 2];
    }
  }
}
