import { type NeighborList, reverseEdges } from '@mlffd/core';
import { ElectronBuffers } from './electronic/electronInputs.ts';

/** Slots per row where rows are chunks; short rows waste little, long ones make fewer products. */
export const CHUNK_SLOTS = 8;

/** One row per atom is taken while it needs at most this many times the slots of chunked rows. */
const DENSE_SLOT_LIMIT = 1.3;

/** A pad's vector is this many cutoffs long: its filter and all derivatives are exactly zero. */
const PAD_LENGTH = 2;

/** How `layoutEdges` arranges edges. */
export interface LayoutOptions {
  /**
   * `'dense'`: one row of slots per atom; `'chunked'`: rows of `CHUNK_SLOTS`, several per atom;
   * `'auto'` (default): dense unless that wastes too many slots.
   */
  readonly rows?: 'auto' | 'dense' | 'chunked';
  /**
   * Whether a dense structure of so many atoms and slots per row shall have a slot per atom instead
   * (see `EdgeBatch.square`), if it is alone and no atom sees two images of another; default never.
   */
  readonly square?: (atoms: number, slots: number) => boolean;
  /** Whether to fill `reverse`; default true. Inference does not need it. */
  readonly reverse?: boolean;
  /** Slots per row are rounded up to a multiple of this; default 1. */
  readonly slotMultiple?: number;
  /** Where to write; without it new buffers are made. What was laid out there before is lost. */
  readonly buffers?: EdgeBuffers;
}

/**
 * Edges of one or several structures in rows of slots, as the graph of a student takes them.
 *
 * Each atom owns one row (`dense`) or several (chunked) of C slots; each slot holds one edge of the
 * atom or a pad. A pad's vector is longer than the cutoff, so it adds exactly zero to everything;
 * its neighbour and reverse are valid but have no influence.
 *
 * | field | shape | content |
 * |---|---|---|
 * | `vectors` | M x C x 3 | r_ij = r_j - r_i, Angstrom |
 * | `neighbors` | M x C | atom j of each slot |
 * | `reverse` | M x C | slot of the edge j -> i; a pad is its own reverse |
 * | `owner` | M | atom i of each row |
 * | `table` | N x L | rows of each atom, filled up with the last row, which then has only pads |
 * | `structureOf` | N | structure of each atom |
 * | `slotOf` | E | slot of each edge, lists one after the other |
 */
export interface EdgeBatch {
  readonly atoms: number;
  readonly structures: number;
  readonly edges: number;
  /** M */
  readonly rows: number;
  /** C */
  readonly slots: number;
  /** L: rows of an atom. */
  readonly depth: number;
  /** Row i belongs to atom i, `owner` and `table` are the identity. */
  readonly dense: boolean;
  /** Dense, and slot j of row i is the edge i -> j or a pad; `reverse` is empty. */
  readonly square: boolean;
  readonly vectors: Float32Array;
  readonly neighbors: BigInt64Array;
  readonly reverse: BigInt64Array;
  readonly owner: BigInt64Array;
  readonly table: BigInt64Array;
  readonly structureOf: BigInt64Array;
  readonly slotOf: Int32Array;
}

/** Memory that `layoutEdges` writes to and keeps between calls; it grows and never shrinks. */
export class EdgeBuffers {
  readonly vectors: Growing<Float32Array> = new Growing<Float32Array>((n) => new Float32Array(n));
  readonly neighbors: IndexBuffer = new IndexBuffer();
  readonly reverse: IndexBuffer = new IndexBuffer();
  readonly owner: IndexBuffer = new IndexBuffer();
  readonly table: IndexBuffer = new IndexBuffer();
  readonly structureOf: IndexBuffer = new IndexBuffer();
  readonly slotOf: Growing<Int32Array> = new Growing<Int32Array>((n) => new Int32Array(n));
  readonly partners: Growing<Int32Array> = new Growing<Int32Array>((n) => new Int32Array(n));
  /** Charge and spin of the structures: no part of the layout, but of the same batch. */
  readonly electrons: ElectronBuffers = new ElectronBuffers();
}

/** A typed array that grows and never shrinks. */
export class Growing<T extends Float32Array | Int32Array> {
  readonly #make: (length: number) => T;
  #array: T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#array = make(0);
  }

  take(length: number): T {
    if (this.#array.length < length) this.#array = this.#make(Math.ceil(length * 1.25));
    return this.#array.subarray(0, length) as T;
  }
}

/**
 * Indices as ONNX wants them (int64), written through an int32 view of the low words: storing a
 * BigInt allocates. Every platform that ONNX Runtime has binaries for is little-endian.
 */
export class IndexBuffer {
  #low = new Int32Array(0);

  /** Int32 view: value k is at 2k, the word after it stays zero. */
  take(length: number): Int32Array {
    if (this.#low.length < 2 * length) this.#low = new Int32Array(2 * Math.ceil(length * 1.25));
    return this.#low;
  }

  indices(length: number): BigInt64Array {
    return new BigInt64Array(this.#low.buffer, 0, length);
  }
}

interface Extent {
  atoms: number;
  edges: number;
  /** Largest number of neighbours. */
  widest: number;
  chunks: number;
}

function measure(lists: readonly NeighborList[]): Extent {
  const extent: Extent = { atoms: 0, edges: 0, widest: 0, chunks: 0 };
  for (const { offsets, count } of lists) {
    const atoms = offsets.length - 1;
    for (let i = 0; i < atoms; i++) {
      const degree = offsets[i + 1] - offsets[i];
      if (degree > extent.widest) extent.widest = degree;
      extent.chunks += Math.ceil(degree / CHUNK_SLOTS);
    }
    extent.atoms += atoms;
    extent.edges += count;
  }
  return extent;
}

/** Whether there is one structure in which no atom sees two images of another. */
function hasSingleImages([{ neighbors, offsets }, ...others]: readonly NeighborList[]): boolean {
  for (let i = 0; i + 1 < offsets.length; i++) {
    for (let e = offsets[i] + 1; e < offsets[i + 1]; e++) {
      if (neighbors[e] <= neighbors[e - 1]) return false;
    }
  }
  return others.length === 0;
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/**
 * Arranges the edges of one or several structures, atoms numbered through.
 *
 * The lists must be full and sorted as `neighborList` makes them. The arrays that come back are views of `buffers`, valid until
 * the next call with the same buffers.
 */
export function layoutEdges(
  lists: NeighborList | readonly NeighborList[],
  options: LayoutOptions = {},
): EdgeBatch {
  const all = 'centers' in lists ? [lists] : lists;
  const buffers = options.buffers ?? new EdgeBuffers();
  const extent = measure(all);
  const { atoms, edges } = extent;
  const wide = Math.max(1, roundUp(extent.widest, options.slotMultiple ?? 1));
  // The row that holds only pads ends the chunked layout.
  const chunked = (extent.chunks + 1) * CHUNK_SLOTS;
  const choice = options.rows ?? 'auto';
  const dense = choice === 'auto' ? atoms * wide <= DENSE_SLOT_LIMIT * chunked : choice === 'dense';
  const square = dense && options.square?.(atoms, wide) === true && hasSingleImages(all);
  const slots = square ? atoms : dense ? wide : CHUNK_SLOTS;
  const rows = dense ? atoms : extent.chunks + 1;
  const depth = dense ? 1 : Math.max(1, Math.ceil(extent.widest / CHUNK_SLOTS));

  const slotOf = buffers.slotOf.take(edges);
  fillRows(all, { buffers, dense, square, slots, rows, depth });
  const vectors = buffers.vectors.take(3 * rows * slots);
  fillEdges(all, { vectors, neighbors: buffers.neighbors.take(rows * slots), slotOf });
  const reverse = options.reverse !== false && !square;
  if (reverse) fillReverse(all, { buffers, slotOf, total: rows * slots });
  return {
    atoms,
    structures: all.length,
    edges,
    rows,
    slots,
    depth,
    dense,
    square,
    vectors,
    neighbors: buffers.neighbors.indices(rows * slots),
    reverse: buffers.reverse.indices(reverse ? rows * slots : 0),
    owner: buffers.owner.indices(rows),
    table: buffers.table.indices(atoms * depth),
    structureOf: buffers.structureOf.indices(atoms),
    slotOf,
  };
}

interface RowPlan {
  buffers: EdgeBuffers;
  dense: boolean;
  square: boolean;
  slots: number;
  rows: number;
  depth: number;
}

/** Writes owner, table, structureOf and the slot of every edge. */
function fillRows(lists: readonly NeighborList[], plan: RowPlan): void {
  const { buffers, dense, square, slots, rows, depth } = plan;
  let atoms = 0;
  let edges = 0;
  for (const list of lists) {
    atoms += list.offsets.length - 1;
    edges += list.count;
  }
  const owner = buffers.owner.take(rows);
  const table = buffers.table.take(atoms * depth);
  const structureOf = buffers.structureOf.take(atoms);
  const slotOf = buffers.slotOf.take(edges);
  let row = 0;
  let atom = 0;
  let edge = 0;
  for (let b = 0; b < lists.length; b++) {
    const { offsets, neighbors } = lists[b];
    for (let i = 0; i + 1 < offsets.length; i++, atom++) {
      structureOf[2 * atom] = b;
      const degree = offsets[i + 1] - offsets[i];
      const slot = row * slots;
      for (let k = 0; k < degree; k++) {
        slotOf[edge++] = slot + (square ? neighbors[offsets[i] + k] : k);
      }
      const used = dense ? 1 : Math.ceil(degree / slots);
      for (let k = 0; k < depth; k++) {
        table[2 * (atom * depth + k)] = k < used ? row : rows - 1;
        if (k >= used) continue;
        owner[2 * row] = atom;
        row++;
      }
    }
  }
  if (row < rows) owner[2 * row] = 0;
}

interface EdgeTarget {
  vectors: Float32Array;
  neighbors: Int32Array;
  slotOf: Int32Array;
}

/** Writes vector and neighbour of every slot, pads between the edges included. */
function fillEdges(lists: readonly NeighborList[], target: EdgeTarget): void {
  const { vectors, neighbors, slotOf } = target;
  const total = vectors.length / 3;
  const pad = PAD_LENGTH * (lists[0]?.cutoff ?? 1);
  let next = 0;
  let edge = 0;
  let atom = 0;
  const fillPads = (until: number): void => {
    for (; next < until; next++) {
      vectors[3 * next] = pad;
      vectors[3 * next + 1] = 0;
      vectors[3 * next + 2] = 0;
      neighbors[2 * next] = 0;
    }
  };
  for (const { count, vectors: from, neighbors: js, offsets } of lists) {
    for (let e = 0; e < count; e++) {
      const slot = slotOf[edge++];
      if (next < slot) fillPads(slot);
      vectors[3 * slot] = from[3 * e];
      vectors[3 * slot + 1] = from[3 * e + 1];
      vectors[3 * slot + 2] = from[3 * e + 2];
      neighbors[2 * slot] = atom + js[e];
      next = slot + 1;
    }
    atom += offsets.length - 1;
  }
  fillPads(total);
}

/** Writes the slot of the reverse of every edge. */
function fillReverse(
  lists: readonly NeighborList[],
  target: { buffers: EdgeBuffers; slotOf: Int32Array; total: number },
): void {
  const { buffers, slotOf, total } = target;
  const reverse = buffers.reverse.take(total);
  for (let slot = 0; slot < total; slot++) reverse[2 * slot] = slot;
  let first = 0;
  for (const list of lists) {
    const partners = reverseEdges(list, buffers.partners.take(list.count));
    for (let e = 0; e < list.count; e++) {
      reverse[2 * slotOf[first + e]] = slotOf[first + partners[e]];
    }
    first += list.count;
  }
}
