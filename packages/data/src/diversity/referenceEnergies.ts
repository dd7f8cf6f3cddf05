import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Composition } from './formula.ts';

/** Energies of the elements that explain the energies of structures best. */
export interface ReferenceEnergies {
  /** eV by atomic number; only elements that occurred. */
  readonly energies: ReadonlyMap<number, number>;
  /** False where the compositions leave a combination of them open, which is then as small as possible. */
  readonly determined: boolean;
}

// Compositions are fractions of one: eigenvalues below this part of the largest are rounding.
const RANK_TOLERANCE = 1e-10;

/**
 * Fits one energy per element to energies per atom, structure by structure: least squares of
 * `E/N - sum_z x_z e_z` with x the composition, so that large structures do not outweigh small ones.
 * Keeps the normal equations only.
 */
export class ReferenceFit {
  readonly #elements = new Map<number, number>();
  readonly #products = new Map<string, number>();
  readonly #right: number[] = [];

  /** @param energyPerAtom eV/atom */
  add({ elements, counts, atoms }: Composition, energyPerAtom: number): void {
    for (const [k, z] of elements.entries()) {
      const a = this.#indexOf(z);
      const share = counts[k] / atoms;
      this.#right[a] += share * energyPerAtom;
      for (let l = 0; l <= k; l++) {
        const key = `${z} ${elements[l]}`;
        const product = (share * counts[l]) / atoms;
        this.#products.set(key, (this.#products.get(key) ?? 0) + product);
      }
    }
  }

  solve(): ReferenceEnergies {
    const elements = [...this.#elements.keys()].sort((a, b) => a - b);
    const size = elements.length;
    if (size === 0) return { energies: new Map(), determined: true };
    const normal = Matrix.zeros(size, size);
    for (const [a, z] of elements.entries()) {
      for (let b = 0; b <= a; b++) {
        const value = this.#products.get(`${z} ${elements[b]}`) ?? 0;
        normal.set(a, b, value);
        normal.set(b, a, value);
      }
    }
    const right = elements.map((z) => this.#right[this.#indexOf(z)]);
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(normal, {
      assumeSymmetric: true,
    });
    const limit = RANK_TOLERANCE * Math.max(...realEigenvalues);
    const solution = new Float64Array(size);
    for (const [k, value] of realEigenvalues.entries()) {
      if (value <= limit) continue;
      const direction = eigenvectorMatrix.getColumn(k);
      const along = direction.reduce((sum, x, a) => sum + x * right[a], 0) / value;
      for (let a = 0; a < size; a++) solution[a] += along * direction[a];
    }
    return {
      energies: new Map(elements.map((z, a) => [z, solution[a]])),
      determined: realEigenvalues.every((value) => value > limit),
    };
  }

  #indexOf(z: number): number {
    const known = this.#elements.get(z);
    if (known !== undefined) return known;
    const index = this.#elements.size;
    this.#elements.set(z, index);
    this.#right[index] = 0;
    return index;
  }
}
