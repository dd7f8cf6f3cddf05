import type { Atoms } from '@mlffd/core';
import type { BatchPlan } from './batches.ts';

/** How much a batch holds. */
export interface BatchCounts {
  readonly structures: number;
  readonly atoms: number;
  /** Directed edges. */
  readonly edges: number;
}

/**
 * Flat arrays of B structures with A atoms and E edges: views of one buffer, the receiver's own.
 *
 * Atoms are numbered through the batch: those of structure b are `atomOffsets[b]` to
 * `atomOffsets[b + 1]`. Edges are sorted as in a `NeighborList`: by centre, neighbour, shift.
 */
export interface BatchArrays {
  /** Positions, Angstrom, 3A. */
  readonly positions: Float64Array;
  /** Rows are lattice vectors, Angstrom, 9B. */
  readonly cells: Float64Array;
  /** Total charge, e, B; NaN where unknown. */
  readonly charges: Float64Array;
  /** Unpaired electrons, B; NaN where unknown. */
  readonly spins: Float64Array;
  /** Potential energy, eV, B; 0 where `hasEnergy` is 0. */
  readonly energies: Float64Array;
  /** Forces, eV/Angstrom, 3A; 0 where `hasForces` is 0. */
  readonly forces: Float64Array;
  /** Stress, eV/Angstrom^3, Voigt xx yy zz yz xz xy, 6B; 0 where `hasStress` is 0. */
  readonly stresses: Float64Array;
  /** r_j - r_i + S . cell, Angstrom, 3E. */
  readonly vectors: Float64Array;
  /** Atomic numbers, A. */
  readonly numbers: Int32Array;
  /** Which atom of the stored structure each atom is, A: its own number unless atoms are permuted. */
  readonly origins: Int32Array;
  /** First atom of each structure, B + 1. */
  readonly atomOffsets: Int32Array;
  /** First edge of each structure, B + 1. */
  readonly edgeOffsets: Int32Array;
  /** First edge of each atom, A + 1. */
  readonly firstEdges: Int32Array;
  /** Atom i of each edge, E. */
  readonly centers: Int32Array;
  /** Atom j of each edge, E. */
  readonly neighbors: Int32Array;
  /** Whole cells S, 3E. */
  readonly shifts: Int32Array;
  /** Which lattice vectors repeat, 3B. */
  readonly pbc: Uint8Array;
  /** 1 where there is the label, B. */
  readonly hasEnergy: Uint8Array;
  readonly hasForces: Uint8Array;
  readonly hasStress: Uint8Array;
}

/** One batch, ready for a training step. */
export interface LoadedBatch extends BatchPlan, BatchArrays {
  readonly counts: BatchCounts;
  /** Angstrom. */
  readonly cutoff: number;
  /** Memory of all arrays, bytes. */
  readonly bytes: number;
}

/** Values per structure, atom and edge, and one more where a list of offsets ends. */
interface Shape {
  readonly structure?: number;
  readonly atom?: number;
  readonly edge?: number;
  readonly extra?: number;
}

// Wide values first, so that every array starts at a multiple of its element size.
const FLOAT64: Readonly<Record<string, Shape>> = {
  positions: { atom: 3 },
  cells: { structure: 9 },
  charges: { structure: 1 },
  spins: { structure: 1 },
  energies: { structure: 1 },
  forces: { atom: 3 },
  stresses: { structure: 6 },
  vectors: { edge: 3 },
};
const INT32: Readonly<Record<string, Shape>> = {
  numbers: { atom: 1 },
  origins: { atom: 1 },
  atomOffsets: { structure: 1, extra: 1 },
  edgeOffsets: { structure: 1, extra: 1 },
  firstEdges: { atom: 1, extra: 1 },
  centers: { edge: 1 },
  neighbors: { edge: 1 },
  shifts: { edge: 3 },
};
const UINT8: Readonly<Record<string, Shape>> = {
  pbc: { structure: 3 },
  hasEnergy: { structure: 1 },
  hasForces: { structure: 1 },
  hasStress: { structure: 1 },
};

function sizeOf(shape: Shape, { structures, atoms, edges }: BatchCounts): number {
  const { structure = 0, atom = 0, edge = 0, extra = 0 } = shape;
  return structure * structures + atom * atoms + edge * edges + extra;
}

function total(shapes: Readonly<Record<string, Shape>>, counts: BatchCounts): number {
  return Object.values(shapes).reduce((sum, shape) => sum + sizeOf(shape, counts), 0);
}

/** Memory of a batch, bytes: 44 per edge, 60 per atom, about 160 per structure. */
export function batchBytes(counts: BatchCounts): number {
  return 8 * total(FLOAT64, counts) + 4 * total(INT32, counts) + total(UINT8, counts);
}

/** Views of a buffer of `batchBytes(counts)`. */
export function viewBatch(buffer: ArrayBuffer, counts: BatchCounts): BatchArrays {
  const views: Record<string, Float64Array | Int32Array | Uint8Array> = {};
  let at = 0;
  const add = (
    shapes: Readonly<Record<string, Shape>>,
    make: (length: number) => Float64Array | Int32Array | Uint8Array,
  ): void => {
    for (const [name, shape] of Object.entries(shapes)) {
      views[name] = make(sizeOf(shape, counts));
      at += views[name].byteLength;
    }
  };
  add(FLOAT64, (length) => new Float64Array(buffer, at, length));
  add(INT32, (length) => new Int32Array(buffer, at, length));
  add(UINT8, (length) => new Uint8Array(buffer, at, length));
  // Every name of the interface is a key of one of the three tables.
  return views as unknown as BatchArrays;
}

/** Structure `b` of a batch: its arrays are views of the batch. */
export function batchAtoms(batch: BatchArrays, b: number): Atoms {
  const { atomOffsets, numbers, positions, cells, pbc, charges, spins } = batch;
  const start = atomOffsets[b];
  const end = atomOffsets[b + 1];
  return {
    numbers: numbers.subarray(start, end),
    positions: positions.subarray(3 * start, 3 * end),
    cell: cells.subarray(9 * b, 9 * b + 9),
    pbc: [pbc[3 * b] !== 0, pbc[3 * b + 1] !== 0, pbc[3 * b + 2] !== 0],
    ...(charges[b] === charges[b] ? { charge: charges[b] } : {}),
    ...(spins[b] === spins[b] ? { spin: spins[b] } : {}),
  };
}
