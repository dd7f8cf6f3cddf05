import {
  type Atoms,
  type Calculator,
  InvalidArgumentError,
  type Property,
  type Results,
  sha256,
  stableStringify,
  VerletList,
} from '@mlffd/core';
import { checkRequest, requirePositive } from '../checks.ts';
import { PairSums } from '../pairs/pairSums.ts';
import { type LennardJonesPair, pairTable, type PairTable } from './pairParameters.ts';
import {
  lennardJonesEnergy,
  lennardJonesSlope,
  type Truncation,
  TRUNCATIONS,
} from './truncation.ts';

export interface LennardJonesOptions {
  /** Depth for every pair without an entry in `pairs`, eV. Without any parameters: argon's. */
  readonly epsilon?: number;
  /** Distance of zero energy, Angstrom; belongs to `epsilon`. */
  readonly sigma?: number;
  /** Parameters of single pairs; without `epsilon` and `sigma` other elements are refused. */
  readonly pairs?: readonly LennardJonesPair[];
  /** Angstrom, default 3 times the largest sigma. */
  readonly cutoff?: number;
  /** Default `shift`. */
  readonly truncation?: Truncation;
  /** Where `switch` sets in, Angstrom, default 0.66 cutoff. */
  readonly onset?: number;
  /** Candidates are kept this much farther than the cutoff, Angstrom, default 0.5. */
  readonly skin?: number;
}

/** Argon, A. Rahman, Phys. Rev. 136, A405 (1964): 119.8 K, 3.405 Angstrom. */
export const ARGON: { readonly epsilon: number; readonly sigma: number } = {
  epsilon: 0.0103235,
  sigma: 3.405,
};

/**
 * Lennard-Jones potential in float64, answering at once (no promise).
 *
 * Each atom of a pair has half of its energy. Any cell and any periodicity.
 */
export class LennardJones implements Calculator {
  readonly name = 'lennard-jones';
  readonly properties: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];
  readonly elements?: readonly number[];
  readonly cutoff: number;
  readonly truncation: Truncation;
  /** SHA-256 of everything that decides the energies. */
  readonly fingerprint: string;
  readonly #table: PairTable;
  readonly #onset: number;
  /** u(rc) and u'(rc) of each pair of kinds, as far as the truncation takes them off. */
  readonly #shifts: Float64Array;
  readonly #slopes: Float64Array;
  readonly #list: VerletList;

  /** @throws InvalidArgumentError for parameters that make no potential */
  constructor(options: LennardJonesOptions = {}) {
    const { pairs = [], truncation = 'shift', skin = 0.5 } = options;
    if (!TRUNCATIONS.includes(truncation)) {
      throw invalid('truncation', truncation, `one of ${TRUNCATIONS.join(', ')}`);
    }
    const table = pairTable(pairs, commonPair(options));
    const cutoff = options.cutoff ?? 3 * Math.max(...table.sigmas);
    requirePositive(cutoff, 'cutoff', 'Angstrom');
    const onset = options.onset ?? 0.66 * cutoff;
    if (!(onset > 0 && onset < cutoff)) {
      throw invalid('onset', onset, `a distance between 0 and the cutoff of ${cutoff} Angstrom`);
    }
    this.#table = table;
    this.cutoff = cutoff;
    this.truncation = truncation;
    this.#onset = onset;
    if (table.kinds.includes(-1)) {
      this.elements = Array.from(table.kinds.keys()).filter((z) => table.kinds[z] >= 0);
    }
    const isShifted = truncation !== 'switch';
    this.#shifts = table.sigmas.map((sigma, k) =>
      isShifted ? lennardJonesEnergy(cutoff, table.epsilons[k], sigma) : 0,
    );
    this.#slopes = table.sigmas.map((sigma, k) =>
      truncation === 'shifted-force' ? lennardJonesSlope(cutoff, table.epsilons[k], sigma) : 0,
    );
    this.fingerprint = sha256(
      stableStringify({
        type: 'lj',
        ...table,
        cutoff,
        truncation,
        ...(truncation === 'switch' ? { onset } : {}),
      }),
    );
    this.#list = new VerletList({ cutoff, skin });
  }

  calculate(atoms: Atoms, properties: readonly Property[]): Results {
    checkRequest(this, atoms, properties);
    const sums = new PairSums(atoms.numbers.length);
    this.#sum(atoms, sums);
    return sums.results(atoms, properties);
  }

  dispose(): void {
    // Nothing is held outside the memory of JavaScript.
  }

  #sum(atoms: Atoms, sums: PairSums): void {
    const list = this.#list.update(atoms);
    const { count: edges, neighbors, centers, distances } = list;
    const { count, kinds, epsilons, sigmas } = this.#table;
    const { numbers } = atoms;
    const shifts = this.#shifts;
    const slopes = this.#slopes;
    const isSwitched = this.truncation === 'switch';
    const rc = this.cutoff;
    const rc2 = rc * rc;
    const ro2 = this.#onset * this.#onset;
    const width = 1 / (rc2 - ro2) ** 3;
    for (let e = 0; e < edges; e++) {
      const pair = kinds[numbers[centers[e]]] * count + kinds[numbers[neighbors[e]]];
      const r = distances[e];
      const inverse = 1 / r;
      const x = sigmas[pair] * inverse;
      const x2 = x * x;
      const x6 = x2 * x2 * x2;
      const epsilon = epsilons[pair];
      const pure = 4 * epsilon * (x6 * x6 - x6);
      let slope = -24 * epsilon * (2 * x6 * x6 - x6) * inverse - slopes[pair];
      let energy = pure - shifts[pair] - (r - rc) * slopes[pair];
      if (isSwitched && r * r > ro2) {
        const gap = rc2 - r * r;
        const factor = gap * gap * (rc2 + 2 * r * r - 3 * ro2) * width;
        slope = factor * slope + 12 * r * gap * (ro2 - r * r) * width * pure;
        energy = factor * pure;
      }
      sums.add(list, e, energy, slope);
    }
  }
}

function commonPair(options: LennardJonesOptions): { epsilon: number; sigma: number } | undefined {
  const { epsilon, sigma, pairs } = options;
  if (epsilon !== undefined && sigma !== undefined) return { epsilon, sigma };
  if (epsilon !== undefined || sigma !== undefined) {
    const missing = epsilon === undefined ? 'epsilon' : 'sigma';
    throw invalid(missing, undefined, 'epsilon and sigma together');
  }
  return pairs === undefined || pairs.length === 0 ? ARGON : undefined;
}

function invalid(name: string, found: unknown, expected: string): InvalidArgumentError {
  const text = String(found);
  return new InvalidArgumentError('teachers/invalid-option', `${name} is ${text}`, {
    expected,
    found: text,
    where: name,
  });
}
