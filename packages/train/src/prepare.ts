import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { AbortedError, neighborList, volume } from '@mlffd/core';
import type { Atoms, NeighborList } from '@mlffd/core';
import { NODE_SUM_HINT, nodeSumProblem } from '@mlffd/data';
import { zblEnergy } from '@mlffd/student';
import type { StructureRank } from './baseline.ts';
import { checkElectrons, hashElectrons, type ElectronOptions } from './electrons.ts';
import { LabelError } from './errors.ts';
import { checkProducts, hashProducts, productsWithoutRepulsion } from './hessianLabels.ts';
import type { TrainEvent } from './events.ts';
import type { LabelledSet, LabelledStructure } from './labelled.ts';
import { SharedSetWriter } from './sharedSet.ts';

/** Structures between two progress events. */
const EVENT_STRIDE = 64;

/** What is prepared and how. */
export interface PrepareOptions {
  readonly set: 'train' | 'validation';
  /** Angstrom. */
  readonly cutoff: number;
  /** Largest atomic number that the model has an embedding for. */
  readonly maxAtomicNumber: number;
  /** Structures with a longer force are left out, eV/Angstrom; 0: none. */
  readonly maxForce: number;
  /** Reach of the repulsion of nuclei that the student adds, which is taken off the labels; undefined: none. */
  readonly zblReach: number | undefined;
  /** Whether the student depends on charge or spin. */
  readonly electrons?: ElectronOptions | undefined;
  /** Whether neighbour lists stay in memory, or are only counted. */
  readonly keepEdges: boolean;
  /** Weight of a structure; one of weight 0 is left out. Default 1. */
  readonly weightOf?: (structure: LabelledStructure, index: number) => number;
  /** Called with each structure that is used, in order. */
  readonly onStructure?: (structure: LabelledStructure, rank: StructureRank) => void;
  readonly onEvent: (event: TrainEvent) => void;
  readonly signal: AbortSignal | undefined;
}

/** Structures in shared memory, before the baseline is known. */
export interface PreparedSet {
  readonly writer: SharedSetWriter;
  /** Hash of every structure and label that was used, in order. */
  readonly hash: string;
  /** Numbers of the structures that are used, in order, as the dataset counts them. */
  readonly indices: readonly number[];
  /** Structures left out because of `maxForce`. */
  readonly outliers: number;
}

/**
 * Reads structures, checks their labels and computes their neighbour lists, once.
 *
 * @throws LabelError for a label that is not finite or has the wrong length
 * @throws InvalidAtomsError for an unusable structure
 * @throws AbortedError when the signal fires
 */
export async function prepareSet(
  dataset: LabelledSet,
  indices: ArrayLike<number>,
  options: PrepareOptions,
): Promise<PreparedSet> {
  const { set, cutoff, maxForce, onEvent, signal } = options;
  const writer = new SharedSetWriter({ keepEdges: options.keepEdges });
  const used: number[] = [];
  const hash = createHash('sha256');
  let outliers = 0;
  for (let k = 0; k < indices.length; k++) {
    if (signal?.aborted === true) {
      throw new AbortedError('train/aborted', 'stopped while structures were prepared', {
        found: `${k} of ${indices.length} structures of the ${set} set`,
      });
    }
    const index = indices[k];
    const structure = await dataset.get(index);
    const weight = options.weightOf?.(structure, index) ?? 1;
    if (weight === 0) continue;
    checkLabels(structure, index, options.maxAtomicNumber);
    checkElectrons(structure.atoms, index, options.electrons);
    if (maxForce > 0 && longestForce(structure.forces) > maxForce) {
      outliers += 1;
      continue;
    }
    hashStructure(hash, structure, weight);
    hashElectrons(hash, structure.atoms, options.electrons);
    used.push(index);
    const { atoms } = structure;
    const list = neighborList(atoms, cutoff);
    const { zblReach } = options;
    const learned =
      zblReach === undefined ? structure : withoutRepulsion(structure, list, zblReach);
    options.onStructure?.(learned, { structure: index, weight });
    const { energy, forces, stress, energies, hessianProducts } = learned;
    writer.add({
      numbers: atoms.numbers,
      offsets: list.offsets,
      neighbors: list.neighbors.subarray(0, list.count),
      vectors: list.vectors.subarray(0, 3 * list.count),
      energy,
      forces,
      stress,
      energies,
      volume: hasVolume(atoms) ? volume(atoms) : 0,
      weight,
      positions: atoms.pbc.some(Boolean) ? undefined : atoms.positions,
      charge: atoms.charge,
      spin: atoms.spin,
      hessianProducts,
    });
    if ((k + 1) % EVENT_STRIDE === 0 || k + 1 === indices.length) {
      // Lets signals and timers in: everything above may have been synchronous.
      await setImmediate();
      onEvent({ type: 'prepare', set, done: k + 1, total: indices.length });
    }
  }
  return { writer, hash: hash.digest('hex'), indices: used, outliers };
}

/** The same structure with labels less the repulsion of the nuclei: what the network is to learn. */
function withoutRepulsion(
  structure: LabelledStructure,
  list: NeighborList,
  reach: number,
): LabelledStructure {
  const { atoms, energy, forces, stress, energies, hessianProducts } = structure;
  const zbl = zblEnergy(atoms, list, { reach });
  const inverse = hasVolume(atoms) ? 1 / volume(atoms) : 0;
  return {
    ...structure,
    ...(energy === undefined ? {} : { energy: energy - zbl.energy }),
    ...(forces === undefined
      ? {}
      : { forces: Float64Array.from(forces, (f, k) => f - zbl.forces[k]) }),
    ...(stress === undefined
      ? {}
      : { stress: Float64Array.from(stress, (s, k) => s - zbl.virial[k] * inverse) }),
    ...(energies === undefined
      ? {}
      : { energies: Float64Array.from(energies, (e, i) => e - zbl.energies[i]) }),
    ...(hessianProducts === undefined
      ? {}
      : {
          hessianProducts: productsWithoutRepulsion(atoms, hessianProducts, {
            cutoff: list.cutoff,
            reach,
          }),
        }),
  };
}

function hasVolume({ pbc }: Atoms): boolean {
  return pbc[0] && pbc[1] && pbc[2];
}

function checkLabels(structure: LabelledStructure, index: number, maxAtomicNumber: number): void {
  const { atoms, energy, forces, stress, energies } = structure;
  const fail = (
    expected: string,
    found: string,
    hint = 'Remove the label or the structure; a missing label is left out of the loss.',
  ): LabelError =>
    new LabelError('train/label', `structure ${index}: expected ${expected}, found ${found}`, {
      expected,
      found,
      where: `structure ${index}`,
      hint,
    });
  const finite = (name: string, values: Float64Array | Float32Array): void => {
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw fail(`finite ${name}`, `${values[bad]} at index ${bad}`);
  };
  const heavy = atoms.numbers.find((z) => z > maxAtomicNumber);
  if (heavy !== undefined) {
    throw fail(`atomic numbers up to ${maxAtomicNumber}, as the model has`, String(heavy));
  }
  if (energy !== undefined && !Number.isFinite(energy))
    throw fail('a finite energy', String(energy));
  if (forces !== undefined) {
    const length = 3 * atoms.numbers.length;
    if (forces.length !== length) throw fail(`${length} force components`, String(forces.length));
    finite('forces', forces);
  }
  if (energies !== undefined) {
    const length = atoms.numbers.length;
    if (energies.length !== length) {
      throw fail(`${length} energies of atoms`, String(energies.length));
    }
    finite('energies of atoms', energies);
    const sum = energy === undefined ? undefined : nodeSumProblem(energy, energies);
    if (sum !== undefined) {
      throw fail('energies of the atoms that add up to the energy', sum, NODE_SUM_HINT);
    }
  }
  if (structure.hessianProducts !== undefined)
    checkProducts(structure.hessianProducts, atoms, fail);
  if (stress === undefined) return;
  if (stress.length !== 6) throw fail('6 stress components', String(stress.length));
  finite('stress', stress);
  if (!hasVolume(atoms))
    throw fail(
      'stress only for a cell that is periodic in 3 directions',
      `pbc ${atoms.pbc.join(' ')}`,
    );
}

function longestForce(forces: Float64Array | Float32Array | undefined): number {
  let longest = 0;
  for (let k = 0; forces !== undefined && k < forces.length; k += 3) {
    longest = Math.max(longest, Math.hypot(forces[k], forces[k + 1], forces[k + 2]));
  }
  return longest;
}

function hashStructure(
  hash: Hash,
  { atoms, energy, forces, stress, energies, hessianProducts }: LabelledStructure,
  weight: number,
): void {
  const head = [
    atoms.numbers.length,
    ...atoms.pbc.map(Number),
    energy ?? NaN,
    forces === undefined ? 0 : 1,
    stress === undefined ? 0 : 1,
  ];
  for (const array of [Float64Array.from(head), atoms.numbers, atoms.positions, atoms.cell]) {
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  for (const label of [forces, stress]) {
    if (label) hash.update(new Uint8Array(label.buffer, label.byteOffset, label.byteLength));
  }
  if (energies !== undefined) {
    hash.update('energies of atoms');
    hash.update(Float64Array.from(energies));
  }
  if (hessianProducts !== undefined) hashProducts(hash, hessianProducts);
  if (weight !== 1) hash.update(`weight ${weight}`);
}
