import type { Baseline } from '@mlffd/student';
import type { LabelledStructure } from './labelled.ts';
import { symmetricEigen } from './symmetricEigen.ts';

/** Eigenvalues of the composition matrix below this part of the largest one are directions without data. */
const RANK_TOLERANCE = 1e-9;

/** A baseline with what is to be known about how it was found. */
export interface FittedBaseline extends Baseline {
  /** Atomic numbers that occur in the structures, ascending. */
  readonly elements: readonly number[];
  /** Number of energies that were fitted: elements that occur in structures with an energy. */
  readonly freedom: number;
  /** Rank of the composition matrix; less than `freedom` when amounts never vary freely. */
  readonly rank: number;
  /** Root mean square of what the fit leaves over, eV/atom. */
  readonly residual: number;
}

/**
 * Least-squares fit of one energy per element, E(s) = sum_i E0[Z_i], in one pass over the data.
 *
 * Each structure counts as one row E/N = sum_z x_z E0[z] with composition fractions x. The mean
 * energy per atom is taken off first, so that compositions which never vary (rock salt is always
 * 1:1) get equal energies for their elements instead of large ones of opposite sign: the
 * minimum-norm solution about the mean.
 */
export class BaselineFit {
  readonly #rows: number;
  readonly #gram: Float64Array;
  readonly #right: Float64Array;
  /** Elements that occur, and those that occur with an energy. */
  readonly #seen: Uint8Array;
  readonly #fitted: Uint8Array;
  #structures = 0;
  #energySum = 0;
  #energySquares = 0;
  #forceSquares = 0;
  #forceComponents = 0;

  /** @param rows number of rows of the table, at least the largest atomic number + 1 */
  constructor(rows: number) {
    this.#rows = rows;
    this.#gram = new Float64Array(rows * rows);
    this.#right = new Float64Array(rows);
    this.#seen = new Uint8Array(rows);
    this.#fitted = new Uint8Array(rows);
  }

  /** Takes the labels of one structure into account. */
  add({ atoms, energy, forces }: LabelledStructure): void {
    const { numbers } = atoms;
    for (const z of numbers) this.#seen[z] = 1;
    if (energy !== undefined && numbers.length > 0) this.#addEnergy(numbers, energy);
    if (forces === undefined) return;
    for (const component of forces) this.#forceSquares += component * component;
    this.#forceComponents += forces.length;
  }

  #addEnergy(numbers: Int32Array, energy: number): void {
    const rows = this.#rows;
    const atoms = numbers.length;
    const perAtom = energy / atoms;
    const fractions = new Map<number, number>();
    for (const z of numbers) fractions.set(z, (fractions.get(z) ?? 0) + 1 / atoms);
    for (const [z, x] of fractions) {
      this.#fitted[z] = 1;
      this.#right[z] += x * perAtom;
      for (const [other, y] of fractions) this.#gram[z * rows + other] += x * y;
    }
    this.#structures += 1;
    this.#energySum += perAtom;
    this.#energySquares += perAtom * perAtom;
  }

  /**
   * Solves for the energies and the scale.
   *
   * @param ridge added to the eigenvalues, as a part of the largest
   */
  solve(ridge: number): FittedBaseline {
    const energies = new Float64Array(this.#rows);
    const elements = [...this.#fitted.keys()].filter((z) => this.#fitted[z] === 1);
    const mean = this.#structures > 0 ? this.#energySum / this.#structures : 0;
    const { deviations, rank } = this.#solveDeviations(elements, mean, ridge);
    elements.forEach((z, k) => (energies[z] = mean + deviations[k]));
    const residual = this.#residual(elements, deviations, mean);
    return {
      energies,
      scale: this.#scale(residual),
      elements: [...this.#seen.keys()].filter((z) => this.#seen[z] === 1),
      freedom: elements.length,
      rank,
      residual,
    };
  }

  #solveDeviations(
    elements: readonly number[],
    mean: number,
    ridge: number,
  ): { deviations: Float64Array; rank: number } {
    const n = elements.length;
    const gram = new Float64Array(n * n);
    const right = new Float64Array(n);
    elements.forEach((z, r) => {
      right[r] = this.#right[z];
      elements.forEach((other, c) => {
        gram[r * n + c] = this.#gram[z * this.#rows + other];
        right[r] -= mean * gram[r * n + c];
      });
    });
    const { values, vectors } = symmetricEigen(gram, n);
    const largest = values.reduce((a, b) => Math.max(a, b), 0);
    const deviations = new Float64Array(n);
    let rank = 0;
    for (let k = 0; k < n; k++) {
      if (values[k] <= RANK_TOLERANCE * largest) continue;
      rank += 1;
      let projection = 0;
      for (let r = 0; r < n; r++) projection += vectors[r * n + k] * right[r];
      projection /= values[k] + ridge * largest;
      for (let r = 0; r < n; r++) deviations[r] += projection * vectors[r * n + k];
    }
    return { deviations, rank };
  }

  #residual(elements: readonly number[], deviations: Float64Array, mean: number): number {
    if (this.#structures === 0) return 0;
    let fitted = 0;
    let cross = 0;
    elements.forEach((z, r) => {
      let image = 0;
      let centred = this.#right[z];
      elements.forEach((other, c) => {
        const gram = this.#gram[z * this.#rows + other];
        image += gram * deviations[c];
        centred -= mean * gram;
      });
      fitted += deviations[r] * image;
      cross += deviations[r] * centred;
    });
    const centredSquares = this.#energySquares - this.#structures * mean * mean;
    return Math.sqrt(Math.max(0, (centredSquares - 2 * cross + fitted) / this.#structures));
  }

  #scale(residual: number): number {
    const forceRms = Math.sqrt(this.#forceSquares / Math.max(1, this.#forceComponents));
    if (forceRms > 0) return forceRms;
    return residual > 0 ? residual : 1;
  }
}

/** Energy of the isolated-atom model, eV: the sum of the reference energies, in float64. */
export function baselineEnergy(baseline: Baseline, numbers: Int32Array): number {
  let sum = 0;
  for (const z of numbers) sum += baseline.energies[z];
  return sum;
}
