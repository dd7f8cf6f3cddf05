import { GPA, pressureOf } from '@mlffd/core';
import { ReferenceFit } from '../normalization/referenceFit.ts';
import type { ReferenceSolution } from '../normalization/referenceFit.ts';
import type { LabelledStructure } from '../structure.ts';
import { binsOf, distributionOf, LogCounts } from './distribution.ts';
import type { DiversityReport } from './diversityReport.ts';
import type { Composition } from './formula.ts';

/** Edges between atoms at rest, atoms of warm matter, and atoms pushed together, eV/Angstrom. */
const FORCE_BUCKETS: readonly [number, number] = [0.1, 1];

/** Edges of the force histogram, eV/Angstrom; smaller and larger forces count in the outermost bins. */
const FORCE_RANGE = [1e-4, 1e3] as const;

interface ElementForces {
  atoms: number;
  sum: number;
  max: number;
  readonly buckets: [number, number, number];
}

/** Energies, forces and stresses of structures, as they come. */
export class LabelStatistics {
  readonly #fit = new ReferenceFit();
  /** Energy per atom of each structure, eV/atom; NaN without label. */
  readonly #energies: number[] = [];
  readonly #pressures: number[] = [];
  readonly #forces = new LogCounts(FORCE_RANGE);
  readonly #elements = new Map<number, ElementForces>();
  readonly #labelled = { energy: 0, forces: 0, stress: 0, complete: 0 };
  #solved: ReferenceSolution | undefined;

  add({ atoms, energy, forces, stress }: LabelledStructure, composition: Composition): void {
    const hasEnergy = energy !== undefined && Number.isFinite(energy) && composition.atoms > 0;
    const hasForces = forces?.every(Number.isFinite) === true;
    this.#energies.push(hasEnergy ? energy / composition.atoms : NaN);
    if (hasEnergy) {
      this.#labelled.energy++;
      this.#fit.add(atoms.numbers, energy);
    }
    if (hasForces) {
      this.#labelled.forces++;
      this.#addForces(atoms.numbers, forces);
    }
    if (hasEnergy && hasForces) this.#labelled.complete++;
    if (stress?.every(Number.isFinite) === true) {
      this.#labelled.stress++;
      this.#pressures.push(pressureOf(stress) / GPA);
    }
  }

  #addForces(numbers: Int32Array, forces: Float64Array): void {
    for (let i = 0; i < numbers.length; i++) {
      const size = Math.hypot(forces[3 * i], forces[3 * i + 1], forces[3 * i + 2]);
      this.#forces.add(size);
      let entry = this.#elements.get(numbers[i]);
      if (entry === undefined) {
        entry = { atoms: 0, sum: 0, max: 0, buckets: [0, 0, 0] };
        this.#elements.set(numbers[i], entry);
      }
      entry.atoms++;
      entry.sum += size;
      entry.max = Math.max(entry.max, size);
      entry.buckets[size < FORCE_BUCKETS[0] ? 0 : size <= FORCE_BUCKETS[1] ? 1 : 2]++;
    }
  }

  get labelled(): DiversityReport['labelled'] {
    return this.#labelled;
  }

  /** Reference energies of the elements, eV. */
  get references(): ReferenceSolution {
    this.#solved ??= this.#fit.solve();
    return this.#solved;
  }

  /** @param compositions of each structure */
  energies(compositions: (k: number) => Composition): DiversityReport['energies'] {
    const { energies, rank, fitted } = this.references;
    const residuals: number[] = [];
    for (const [k, perAtom] of this.#energies.entries()) {
      if (Number.isNaN(perAtom)) continue;
      const { elements, counts, atoms } = compositions(k);
      residuals.push(
        elements.reduce((rest, z, e) => rest - (energies[z] * counts[e]) / atoms, perAtom),
      );
    }
    const distribution = distributionOf(residuals);
    if (distribution === null) return null;
    const determined = rank === fitted.length;
    return { distribution, bins: binsOf(residuals, shownRange(distribution)), determined };
  }

  get forces(): DiversityReport['forces'] {
    const { distribution, bins } = this.#forces;
    if (distribution === null) return null;
    const buckets = [0, 0, 0];
    for (const entry of this.#elements.values()) {
      for (let k = 0; k < 3; k++) buckets[k] += entry.buckets[k];
    }
    return { distribution, bins, buckets };
  }

  /** Forces on the atoms of one element. */
  elementForces(z: number): {
    readonly forces: { readonly mean: number; readonly max: number } | null;
    readonly forceBuckets: readonly number[];
  } {
    const entry = this.#elements.get(z);
    if (entry === undefined) return { forces: null, forceBuckets: [0, 0, 0] };
    return {
      forces: { mean: entry.sum / entry.atoms, max: entry.max },
      forceBuckets: entry.buckets,
    };
  }

  get pressures(): DiversityReport['pressures'] {
    const distribution = distributionOf(this.#pressures);
    if (distribution === null) return null;
    return { distribution, bins: binsOf(this.#pressures, shownRange(distribution)) };
  }
}

/** A range that a few outliers cannot stretch: the middle 90 %, and as much again. */
function shownRange({
  min,
  max,
  p05,
  p95,
}: {
  readonly min: number;
  readonly max: number;
  readonly p05: number;
  readonly p95: number;
}): [number, number] {
  const half = (p95 - p05) / 2;
  return half > 0 ? [Math.max(min, p05 - half), Math.min(max, p95 + half)] : [min, max];
}
