import { symbolOf } from '@mlffd/core';
import type { Dataset, LabelProperty } from '@mlffd/data';

/** What the training structures are like: the limits of any student of them. */
export interface DataFacts {
  readonly elements: readonly string[];
  /** Atoms of the smallest, the mean and the largest structure. */
  readonly sizes: readonly [number, number, number];
  /** Periodic structures. */
  readonly periodic: number;
  /** Thermostats of structures from dynamics, K: lowest, mean, highest; `null` where none is known. */
  readonly temperatures: readonly [number, number, number] | null;
  /** Largest force on an atom, eV/Angstrom; `null` without forces. */
  readonly largestForce: number | null;
  /** Root mean square of the force components, eV/Angstrom; `null` without forces. */
  readonly forceRms: number | null;
  /** What made the structures, with their numbers. */
  readonly sources: Readonly<Record<string, number>>;
  readonly groups: number;
  /** Structures with each label. */
  readonly labels: Readonly<Record<LabelProperty, number>>;
}

/** Looks through some structures of a dataset; `visit` is called before each. */
export function factsOf(
  dataset: Dataset,
  indices: readonly number[],
  visit: (done: number) => void,
): DataFacts {
  const elements = new Set<number>();
  const groups = new Set<string>();
  const sources: Record<string, number> = {};
  const labels = { energy: 0, forces: 0, stress: 0, energies: 0 };
  const sizes = new Range();
  const temperatures = new Range();
  let periodic = 0;
  let largest = 0;
  let squares = 0;
  let components = 0;
  for (const [done, index] of indices.entries()) {
    visit(done);
    const { atoms, meta, energy, forces, stress, energies } = dataset.get(index);
    for (const z of atoms.numbers) elements.add(z);
    sizes.add(atoms.numbers.length);
    if (atoms.pbc.some(Boolean)) periodic++;
    if (meta.temperature !== undefined) temperatures.add(meta.temperature);
    sources[meta.source] = (sources[meta.source] ?? 0) + 1;
    groups.add(meta.group);
    if (energy !== undefined) labels.energy++;
    if (stress !== undefined) labels.stress++;
    if (energies !== undefined) labels.energies++;
    if (forces === undefined) continue;
    labels.forces++;
    components += forces.length;
    for (let k = 0; k < forces.length; k += 3) {
      const square = forces[k] ** 2 + forces[k + 1] ** 2 + forces[k + 2] ** 2;
      squares += square;
      largest = Math.max(largest, square);
    }
  }
  return {
    elements: [...elements].sort((a, b) => a - b).map(symbolOf),
    sizes: sizes.values() ?? [0, 0, 0],
    periodic,
    temperatures: temperatures.values(),
    largestForce: components === 0 ? null : Math.sqrt(largest),
    forceRms: components === 0 ? null : Math.sqrt(squares / components),
    sources,
    groups: groups.size,
    labels,
  };
}

/** Smallest, mean and largest of some numbers. */
class Range {
  #low = Infinity;
  #high = -Infinity;
  #sum = 0;
  #count = 0;

  add(value: number): void {
    this.#low = Math.min(this.#low, value);
    this.#high = Math.max(this.#high, value);
    this.#sum += value;
    this.#count++;
  }

  values(): [number, number, number] | null {
    return this.#count === 0 ? null : [this.#low, this.#sum / this.#count, this.#high];
  }
}
