import { fractionsOf, ReferenceFit } from '@mlffd/data';
import type { LabelledStructure } from './labelled.ts';
import { median } from './median.ts';

/** Small against every eigenvalue that the rank counts: what compositions determine stays as it is. */
const RIDGE = 1e-13;

/**
 * Energies per element that a teacher's energies of atoms may be shifted by, without a change of any
 * total energy of the training set.
 *
 * Where amounts of elements never vary (rock salt is always 1:1), energies tell nothing about the
 * difference between their atoms, and the teacher's own choice, often several eV, is not worth
 * learning. The medians m of the energies of the elements' atoms above the baseline are split: x, the
 * part of least norm about its mean that gives every composition the same energy, and m - x, which
 * adds up to nothing in each of them. Only the latter is taken off, so that the sum of what is left is
 * the energy above the baseline, for every structure, and both terms of the loss have one minimum.
 */
export class NodeGauge {
  readonly #compositions = new Map<string, ReadonlyMap<number, number>>();
  /** Mean energies of the atoms of an element, of each structure, eV. */
  readonly #means = new Map<number, number[]>();

  /** Takes one structure into account, with or without energies of its atoms. */
  add({ atoms: { numbers }, energies }: Pick<LabelledStructure, 'atoms' | 'energies'>): void {
    if (numbers.length === 0) return;
    const fractions = fractionsOf(numbers);
    const key = [...fractions].sort(([a], [b]) => a - b).join(' ');
    if (!this.#compositions.has(key)) this.#compositions.set(key, fractions);
    if (energies === undefined) return;
    const sums = new Map<number, number>();
    for (const [i, z] of numbers.entries()) sums.set(z, (sums.get(z) ?? 0) + energies[i]);
    for (const [z, sum] of sums) {
      const mean = sum / ((fractions.get(z) ?? 1) * numbers.length);
      const means = this.#means.get(z);
      if (means === undefined) this.#means.set(z, [mean]);
      else means.push(mean);
    }
  }

  /**
   * Shifts by atomic number, eV; 0 for elements whose atoms have no energies.
   *
   * @param baseline energies of the elements that are taken off besides, eV
   */
  solve(baseline: Float64Array): Float64Array {
    const above = new Map<number, number>();
    for (const [z, means] of this.#means) above.set(z, median(means) - baseline[z]);
    const shifts = new Float64Array(baseline.length);
    if (above.size === 0) return shifts;
    const fit = new ReferenceFit();
    for (const fractions of this.#compositions.values()) {
      let perAtom = 0;
      for (const [z, part] of fractions) perAtom += part * (above.get(z) ?? 0);
      fit.addFractions(fractions, perAtom);
    }
    const { energies } = fit.solve({ ridge: RIDGE });
    for (const [z, energy] of above) shifts[z] = energy - energies[z];
    return shifts;
  }
}
