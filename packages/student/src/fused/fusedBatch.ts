import { type Atoms, cellDeterminant, type Property, type Results } from '@mlffd/core';
import { type BatchOutcome, failureOf, requireAll } from '../batchOutcome.ts';
import { requireProperties } from '../properties.ts';
import { BatchMemory, type MemberRange } from './batchMemory.ts';
import { DIRECT_ATOMS, type FusedPotential, type SharedStudent } from './fusedPotential.ts';
import { fusedResults } from './fusedResults.ts';
import { PairRepulsion } from './pairRepulsion.ts';

/** Atoms that are computed at once. More make it no faster, and slower where their rows leave the cache. */
const ATOMS_AT_ONCE = 32;
/** Room for pairs of an atom over the cubed cutoff, 1/Angstrom^3: some more than diamond has. */
const PAIRS_PER_VOLUME = 0.4;

/** Choices of a `FusedBatch`. */
export interface FusedBatchOptions {
  /** How many atoms are computed at once; default 32. Structures that have more are computed alone. */
  readonly atoms?: number;
}

/**
 * Many small structures at once: they lie one after the other as one set of atoms with pairs only
 * within each, so that weights are read once for all of them and products of matrices have many
 * rows. Structures may be of any kind and size; those that are large, or wrong, are computed alone.
 *
 * It shares the student and the kernels of a potential.
 */
export class FusedBatch {
  readonly #potential: FusedPotential;
  readonly #shared: SharedStudent;
  readonly #memory: BatchMemory;
  readonly #repulsion: PairRepulsion | undefined;

  /**
   * What the potential has said of its last structure does not hold any more.
   *
   * @throws FusedMemoryError
   */
  constructor(potential: FusedPotential, { atoms = ATOMS_AT_ONCE }: FusedBatchOptions = {}) {
    this.#potential = potential;
    const { shared, memory } = potential.extend((student) => {
      const pairs = Math.ceil(atoms * PAIRS_PER_VOLUME * student.student.config.cutoff ** 3);
      // All pairs of the largest structures of which all are looked at have room, too.
      const capacity = { atoms, pairs: Math.max(pairs, (atoms * DIRECT_ATOMS) / 2) };
      return { shared: student, memory: new BatchMemory(student, capacity) };
    });
    this.#shared = shared;
    this.#memory = memory;
    this.#repulsion = PairRepulsion.of(shared.student);
  }

  /**
   * Energy (eV), energies (eV), forces (eV/Angstrom), stress (eV/Angstrom^3) of each structure.
   *
   * @throws as `FusedPotential.evaluate`, for the first structure that has no answer; `where` names
   * it by its index. PropertyNotAvailableError
   */
  calculate(structures: readonly Atoms[], properties: readonly Property[]): Results[] {
    return requireAll(this.settle(structures, properties));
  }

  /**
   * The same for all structures that have an answer, and the errors of the others.
   *
   * @throws PropertyNotAvailableError
   */
  settle(structures: readonly Atoms[], properties: readonly Property[]): BatchOutcome[] {
    requireProperties(this.#potential.name, properties);
    const outcomes = new Array<BatchOutcome>(structures.length);
    const indices: number[] = [];
    const alone: number[] = [];
    const flush = (): void => {
      this.#run(indices, { structures, properties, outcomes, alone });
      indices.length = 0;
      this.#memory.clear();
    };
    this.#memory.clear();
    structures.forEach((atoms, k) => {
      let added = this.#memory.add(atoms);
      if (added === 'full') {
        flush();
        added = this.#memory.add(atoms);
      }
      (added === 'added' ? indices : alone).push(k);
    });
    flush();
    for (const k of alone) outcomes[k] = this.#alone(structures[k], { k, properties });
    return outcomes;
  }

  /** Computes what is in memory: the structures of these indices. */
  #run(
    indices: readonly number[],
    {
      structures,
      properties,
      outcomes,
      alone,
    }: {
      readonly structures: readonly Atoms[];
      readonly properties: readonly Property[];
      readonly outcomes: BatchOutcome[];
      readonly alone: number[];
    },
  ): void {
    if (indices.length === 0) return;
    this.#memory.run();
    indices.forEach((index, k) => {
      const results = this.#results(structures[index], { k, properties });
      if (results === undefined) alone.push(index);
      else outcomes[index] = { results };
    });
  }

  /** Results of member k; undefined where something is wrong, which its own computation will tell. */
  #results(
    atoms: Atoms,
    { k, properties }: { readonly k: number; readonly properties: readonly Property[] },
  ): Results | undefined {
    const range = this.#memory.range(k);
    if (range.isClash) return undefined;
    this.#repel(range);
    const energy = this.#energy(range);
    const forces = this.#forces(range);
    const size = properties.includes('stress') ? Math.abs(cellDeterminant(atoms.cell)) : 1;
    let check = energy;
    for (const component of forces) check += component;
    if (!Number.isFinite(check) || !(size > 0)) return undefined;
    const results: Results = {};
    if (properties.includes('energy') || properties.includes('energies')) results.energy = energy;
    if (properties.includes('energies')) results.energies = this.#energies(range);
    if (properties.includes('forces')) results.forces = forces;
    if (properties.includes('stress')) {
      const stress = this.#memory.virial(k, new Float64Array(6));
      this.#repulsion?.addVirial(stress);
      for (let c = 0; c < 6; c++) stress[c] /= size;
      results.stress = stress;
    }
    return results;
  }

  /** Without the repulsion of nuclei, eV. */
  #energyOf(i: number): number {
    const { outputs, species } = this.#memory.views;
    const { references, student } = this.#shared;
    return references[species[i]] + student.baseline.scale * outputs[i];
  }

  #energy({ first, last }: MemberRange): number {
    let energy = 0;
    // Atom by atom, as `FusedPotential` does, so that it is the same to the last bit.
    for (let i = first; i < last; i++) energy += this.#energyOf(i);
    return energy + (this.#repulsion?.energy ?? 0);
  }

  #energies({ first, last }: MemberRange): Float64Array {
    const energies = new Float64Array(last - first);
    for (let i = first; i < last; i++) energies[i - first] = this.#energyOf(i);
    this.#repulsion?.addEnergies(energies, first);
    return energies;
  }

  #forces({ first, last }: MemberRange): Float64Array {
    const all = this.#memory.views.forces;
    // Faster than `slice` for so few.
    const forces = new Float64Array(3 * (last - first));
    for (let c = 0; c < forces.length; c++) forces[c] = all[3 * first + c];
    return forces;
  }

  #repel({ first, last, firstPair, lastPair }: MemberRange): void {
    if (this.#repulsion === undefined) return;
    const { forces, pairs } = this.#memory.views;
    this.#repulsion.begin(first, last);
    this.#repulsion.add(forces, pairs, { first: firstPair, last: lastPair });
  }

  #alone(
    atoms: Atoms,
    { k, properties }: { readonly k: number; readonly properties: readonly Property[] },
  ): BatchOutcome {
    try {
      return { results: fusedResults(this.#potential, atoms, properties) };
    } catch (error) {
      return failureOf(error, k);
    }
  }
}
