import { neighborList } from '@mlffd/core';
import type { NeighborList } from '@mlffd/core';
import type { LabelledStructure } from '../structure.ts';
import { permuteAtoms, randomOrder, augmentRotation, rotateRows, rotateStress } from './augment.ts';
import type { Augmentation, AugmentationKey } from './augment.ts';
import { batchBytes, viewBatch } from './loadedBatch.ts';
import type { BatchArrays, BatchCounts } from './loadedBatch.ts';

/** A structure of a batch with its neighbour list, not yet turned. */
export interface BatchMember {
  readonly structure: LabelledStructure;
  readonly list: NeighborList;
  /** Which stored atom each atom is; undefined where none has moved. */
  readonly order: Int32Array | undefined;
  readonly rotation: Float64Array | undefined;
}

/**
 * Neighbours of a structure, its atoms permuted if that is asked for. It is turned only after its
 * list is known: a pair at the very cutoff is in the list whatever the rotation.
 *
 * @param cutoff Angstrom
 */
export function prepareMember(
  stored: LabelledStructure,
  cutoff: number,
  { augment, key }: { augment: Augmentation; key: AugmentationKey },
): BatchMember {
  const count = stored.atoms.numbers.length;
  const order = augment.permutation === true ? randomOrder(key, count) : undefined;
  const structure = order === undefined ? stored : permuteAtoms(stored, order);
  const rotation = augment.rotation === true ? augmentRotation(key) : undefined;
  return { structure, list: neighborList(structure.atoms, cutoff), order, rotation };
}

/** Copies structures one after another into one new buffer. */
export function assembleBatch(members: readonly BatchMember[]): {
  buffer: ArrayBuffer;
  counts: BatchCounts;
} {
  let atoms = 0;
  let edges = 0;
  for (const { structure, list } of members) {
    atoms += structure.atoms.numbers.length;
    edges += list.count;
  }
  const counts = { structures: members.length, atoms, edges };
  const buffer = new ArrayBuffer(batchBytes(counts));
  const out = viewBatch(buffer, counts);
  let atom = 0;
  let edge = 0;
  members.forEach((member, b) => {
    out.atomOffsets[b] = atom;
    out.edgeOffsets[b] = edge;
    writeStructure(out, member, { b, atom });
    writeEdges(out, member, { atom, edge });
    atom += member.structure.atoms.numbers.length;
    edge += member.list.count;
  });
  out.atomOffsets[members.length] = atom;
  out.edgeOffsets[members.length] = edge;
  out.firstEdges[atom] = edge;
  return { buffer, counts };
}

function writeStructure(
  out: BatchArrays,
  { structure, order, rotation }: BatchMember,
  { b, atom }: { b: number; atom: number },
): void {
  const { atoms, energy, forces, stress } = structure;
  const count = atoms.numbers.length;
  out.numbers.set(atoms.numbers, atom);
  for (let i = 0; i < count; i++) out.origins[atom + i] = order === undefined ? i : order[i];
  const positions = out.positions.subarray(3 * atom, 3 * (atom + count));
  const cell = out.cells.subarray(9 * b, 9 * b + 9);
  positions.set(atoms.positions);
  cell.set(atoms.cell);
  for (let k = 0; k < 3; k++) out.pbc[3 * b + k] = atoms.pbc[k] ? 1 : 0;
  out.charges[b] = atoms.charge ?? NaN;
  out.spins[b] = atoms.spin ?? NaN;
  if (rotation !== undefined) {
    rotateRows(rotation, positions);
    rotateRows(rotation, cell);
  }
  if (energy !== undefined) {
    out.energies[b] = energy;
    out.hasEnergy[b] = 1;
  }
  if (forces !== undefined) {
    const target = out.forces.subarray(3 * atom, 3 * (atom + count));
    target.set(forces);
    if (rotation !== undefined) rotateRows(rotation, target);
    out.hasForces[b] = 1;
  }
  if (stress !== undefined) {
    const target = out.stresses.subarray(6 * b, 6 * b + 6);
    target.set(stress);
    if (rotation !== undefined) rotateStress(rotation, target);
    out.hasStress[b] = 1;
  }
}

function writeEdges(
  out: BatchArrays,
  { list, rotation }: BatchMember,
  { atom, edge }: { atom: number; edge: number },
): void {
  const { count, centers, neighbors, offsets } = list;
  const { centers: outCenters, neighbors: outNeighbors, firstEdges } = out;
  for (let e = 0; e < count; e++) {
    outCenters[edge + e] = centers[e] + atom;
    outNeighbors[edge + e] = neighbors[e] + atom;
  }
  for (let i = 0; i + 1 < offsets.length; i++) firstEdges[atom + i] = offsets[i] + edge;
  out.shifts.set(list.shifts.subarray(0, 3 * count), 3 * edge);
  const vectors = out.vectors.subarray(3 * edge, 3 * (edge + count));
  vectors.set(list.vectors.subarray(0, 3 * count));
  if (rotation !== undefined) rotateRows(rotation, vectors);
}
