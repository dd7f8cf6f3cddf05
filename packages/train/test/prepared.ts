import { neighborList, volume } from '@mlffd/core';
import type { LabelledStructure } from '@mlffd/train';
import { SharedSetWriter } from '../src/sharedSet.ts';
import type { PreparedStructure, SharedSet } from '../src/sharedSet.ts';

/** A set in shared memory; energies as they are, without a baseline. */
export function sharedSet(structures: readonly LabelledStructure[], cutoff: number): SharedSet {
  const writer = new SharedSetWriter();
  for (const structure of structures) {
    const { atoms, energy, forces, stress, energies, hessianProducts, weight = 1 } = structure;
    const list = neighborList(atoms, cutoff);
    writer.add({
      numbers: atoms.numbers,
      offsets: list.offsets,
      neighbors: list.neighbors,
      vectors: list.vectors,
      energy,
      forces,
      stress,
      energies,
      weight,
      volume: atoms.pbc[0] ? volume(atoms) : 0,
      positions: atoms.pbc[0] ? undefined : atoms.positions,
      hessianProducts,
    });
  }
  return writer.finish(() => 0);
}

/** One structure as an executor sees it. */
export function preparedStructure(structure: LabelledStructure, cutoff: number): PreparedStructure {
  return sharedSet([structure], cutoff).get(0);
}
