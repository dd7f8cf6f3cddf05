import type { Dim, Graph, IndexMap, Tensor } from '@mlffd/graph';
import {
  gather,
  matmul,
  multiplyDims,
  oneHotMap,
  ownerMap,
  reduceSum,
  reshape,
  sub,
  transpose,
} from '@mlffd/graph';
import type { EdgeBatch } from './layout.ts';

/** Names of the graph inputs that describe structures and their edges; see `EdgeBatch`. */
export const EDGE_INPUTS = {
  numbers: 'numbers',
  vectors: 'edge_vectors',
  neighbors: 'edge_neighbors',
  reverse: 'edge_reverse',
  owner: 'row_owner',
  table: 'atom_rows',
  structures: 'structure_of_atom',
} as const;

/**
 * Edges inside a graph. Sizes: N atoms, M rows of C slots (M is N where rows are dense), B structures.
 */
export interface EdgeTensors {
  /** Atomic numbers, int64 [N]. */
  readonly numbers: Tensor;
  /** r_ij, float32 [M, C, 3], Angstrom. */
  readonly vectors: Tensor;
  /** Atom j of each slot, [M, C]; the way back sums over the reverse edges of each atom. */
  readonly neighbors: IndexMap;
  /** Slot of the reverse edge, [M, C], into [C*M, ...]. */
  readonly reverse: IndexMap;
  /** Atom of each row, [M]; undefined where row i is atom i. */
  readonly owners: IndexMap | undefined;
  /** Slot j of row i holds the edge i -> j: what is read from neighbours is the same for all rows. */
  readonly square: boolean;
  /** Structure of each atom, [N]; the way back sums atoms by structure into [B, ...]. */
  readonly structures: IndexMap;
}

/** Choices of `declareEdges`. */
export interface EdgeOptions {
  /** One row per atom: `owner` and `table` are no inputs; default false. */
  readonly dense?: boolean;
  /** Rows and slots are the atoms of one structure (see `EdgeBatch.square`); default false. */
  readonly square?: boolean;
}

/**
 * Declares the inputs of a graph that hold edges.
 *
 * An input that nothing uses is not part of the written model. Where `structures` is used, another
 * input must have an axis of size `B` (labels have).
 */
export function declareEdges(graph: Graph, options: EdgeOptions = {}): EdgeTensors {
  const { square = false, dense = square } = options;
  const rows: Dim = dense ? 'N' : 'M';
  const columns: Dim = square ? 'N' : 'C';
  const numbers = graph.input(EDGE_INPUTS.numbers, ['N'], 'int64');
  const vectors = graph.scope('edges', () => graph.input(EDGE_INPUTS.vectors, [rows, columns, 3]));
  const slots = multiplyDims(columns, rows);
  const index = graph.input(EDGE_INPUTS.neighbors, [rows, columns], 'int64');
  const reverse = reverseMap(graph.input(EDGE_INPUTS.reverse, [rows, columns], 'int64'), slots);
  const owners = dense
    ? undefined
    : ownerMap(
        graph.input(EDGE_INPUTS.owner, ['M'], 'int64'),
        graph.input(EDGE_INPUTS.table, ['N', 'L'], 'int64'),
      );
  const neighbors: IndexMap = {
    index,
    rows: 'N',
    key: `neighbors(${index.id},${reverse.key},${owners?.key ?? 'dense'})`,
    transpose: (y) => sumRows(reduceSum(gather(flattenSlots(y), reverse), [1]), owners),
  };
  const of = graph.input(EDGE_INPUTS.structures, ['N'], 'int64');
  return { numbers, vectors, neighbors, reverse, owners, square, structures: oneHotMap(of, 'B') };
}

/**
 * `x` of the neighbour in each slot: [N, ...] -> [M, C, ...]; where slots are atoms, `x` itself, which
 * broadcasts to that.
 */
export function ofNeighbors(x: Tensor, edges: EdgeTensors): Tensor {
  return edges.square ? x : gather(x, edges.neighbors);
}

/** `[M, C, ...] -> [C*M, ...]` */
function flattenSlots(y: Tensor): Tensor {
  const [rows, slots, ...tail] = y.shape;
  return reshape(y, [multiplyDims(rows, slots), ...tail]);
}

/** Edges and their reverses: `index` of shape [M, C] is its own inverse. */
function reverseMap(index: Tensor, slots: Dim): IndexMap {
  const map: IndexMap = {
    index,
    rows: slots,
    key: `reverse(${index.id})`,
    transpose: (y) => flattenSlots(gather(flattenSlots(y), map)),
  };
  return map;
}

function sumRows(y: Tensor, owners: IndexMap | undefined): Tensor {
  return owners === undefined ? y : owners.transpose(y);
}

/** Adds the rows of each atom: `[M, ...] -> [N, ...]`. */
export function rowsToAtoms(y: Tensor, edges: EdgeTensors): Tensor {
  return sumRows(y, edges.owners);
}

/**
 * Forces on atoms from the derivatives of the energy with respect to the edge vectors:
 * F_i = sum over the edges of i of (g_ij - g_ji), since r_ij = r_j - r_i.
 *
 * `derivatives`: [M, C, 3], dE/dr_ij, eV/Angstrom; result [N, 3], eV/Angstrom.
 */
export function edgeForces(derivatives: Tensor, edges: EdgeTensors): Tensor {
  const backwards = edges.square
    ? transpose(derivatives, [1, 0, 2])
    : gather(flattenSlots(derivatives), edges.reverse);
  const pairs = sub(derivatives, backwards);
  return rowsToAtoms(reduceSum(pairs, [1]), edges);
}

/**
 * Virial of each atom, sum over its edges of r_ij (x) dE/dr_ij, eV: [N, 3, 3]. The sum over a
 * structure's atoms, made symmetric and divided by the volume, is its stress (tension positive).
 */
export function edgeVirials(derivatives: Tensor, edges: EdgeTensors): Tensor {
  return rowsToAtoms(matmul(edges.vectors, derivatives, { transA: true }), edges);
}

/** A value for a graph input, as sessions (`dims`) and the interpreter (`shape`) take it. */
export interface EdgeFeed {
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
  readonly shape: readonly number[];
}

function feed(data: EdgeFeed['data'], ...dims: readonly number[]): EdgeFeed {
  return { data, dims, shape: dims };
}

/**
 * All feeds that `declareEdges` can ask for, without copies; a session takes those that its model
 * has. `numbers`: atomic numbers of all structures, N.
 */
export function edgeFeeds(batch: EdgeBatch, numbers: BigInt64Array): Record<string, EdgeFeed> {
  const { atoms, rows, slots, depth } = batch;
  const feeds: Record<string, EdgeFeed> = {
    [EDGE_INPUTS.numbers]: feed(numbers, atoms),
    [EDGE_INPUTS.vectors]: feed(batch.vectors, rows, slots, 3),
    [EDGE_INPUTS.neighbors]: feed(batch.neighbors, rows, slots),
    [EDGE_INPUTS.structures]: feed(batch.structureOf, atoms),
  };
  if (batch.reverse.length > 0) feeds[EDGE_INPUTS.reverse] = feed(batch.reverse, rows, slots);
  if (!batch.dense) {
    feeds[EDGE_INPUTS.owner] = feed(batch.owner, rows);
    feeds[EDGE_INPUTS.table] = feed(batch.table, atoms, depth);
  }
  return feeds;
}
