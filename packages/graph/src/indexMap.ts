import type { Dim } from './dim.ts';
import { canonicalDim } from './dim.ts';
import { ShapeError } from './errors.ts';
import { gather, oneHotSum, tableSum } from './ops/gather.ts';
import { reduceSum } from './ops/reduceSum.ts';
import { reshape } from './ops/reshape.ts';
import { formatShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/**
 * Which row each position reads, together with a safe way back.
 *
 * `gather(x, map)` reads rows; its gradient has to sum positions into rows. Scattered additions are
 * wrong (ScatterND) or slow (ScatterElements) in ONNX Runtime on several threads, so a map
 * knows another way to do that sum, and no scatter operator exists.
 */
export interface IndexMap {
  /** int64, row of each position; any shape. */
  readonly index: Tensor;
  /** Number of rows. */
  readonly rows: Dim;
  /** Sum over the positions of each row: `[...index shape, ...] -> [rows, ...]`. */
  transpose(y: Tensor): Tensor;
  /** Identifies the map among those of one graph. */
  readonly key: string;
}

function requireIndex(name: string, index: Tensor): void {
  if (index.dtype === 'int64') return;
  throw new ShapeError('graph/index-dtype', `${name}: the index must be int64`, {
    expected: 'an int64 tensor',
    found: `${formatShape(index.shape)} ${index.dtype}`,
    where: name,
  });
}

/**
 * Each position belongs to a row, and `table` `[rows, K]` (int64) lists the positions of each row.
 *
 * Rows with fewer than K positions are padded:
 * - by default with the number of a position whose value is zero *by construction*, in every tensor
 *   that is ever summed, gradients included (an edge masked by `where(less(d, cutoff), ..., 0)`);
 * - with `appendZeroRow`, with the number P of positions: a row of zeros is appended to whatever is
 *   summed, at the cost of a copy.
 */
export function ownerMap(
  owner: Tensor,
  table: Tensor,
  options: { readonly appendZeroRow?: boolean } = {},
): IndexMap {
  requireIndex('ownerMap', owner);
  requireIndex('ownerMap', table);
  const { appendZeroRow = false } = options;
  const map: IndexMap = {
    index: owner,
    rows: table.shape[0],
    key: `owner(${owner.id},${table.id},${appendZeroRow})`,
    transpose: (y) => tableSum(y, table, { map, appendZeroRow }),
  };
  return map;
}

/** `index` is its own inverse (`index[index[p]] = p`): reverse edges. */
export function involution(index: Tensor): IndexMap {
  return permutationMap(index, index);
}

/** `index` is a permutation, `inverse` undoes it. */
export function permutationMap(index: Tensor, inverse: Tensor): IndexMap {
  requireIndex('permutationMap', index);
  requireIndex('permutationMap', inverse);
  const rows = index.shape[0];
  const map: IndexMap = {
    index,
    rows,
    key: `permutation(${index.id},${inverse.id})`,
    transpose: (y) => gather(y, index === inverse ? map : permutationMap(inverse, index)),
  };
  return map;
}

/**
 * Row `outer.index[inner.index[p]]` for each position `p`; give `index` where it is known.
 *
 * A neighbour map is `compose(centres, reverse, { index: neighbours })`: its way back gathers by
 * reverse edges, then sums by centre.
 */
export function compose(
  outer: IndexMap,
  inner: IndexMap,
  options: { readonly index?: Tensor } = {},
): IndexMap {
  const rank = outer.index.shape.length;
  const flat = rank === 1 ? outer.index : reshape(outer.index, [-1]);
  const index = options.index ?? gather(flat, inner);
  return {
    index,
    rows: outer.rows,
    key: `compose(${outer.key},${inner.key},${index.id})`,
    transpose: (y) => {
      const inside = inner.transpose(y);
      return outer.transpose(
        rank === 1 ? inside : reshape(inside, [...outer.index.shape, ...inside.shape.slice(1)]),
      );
    },
  };
}

/**
 * Position `p` belongs to row `floor(p / size)`: a fixed number of positions per row.
 *
 * `index` must hold exactly that; its way back is a sum over an axis, without any gather.
 */
export function blockMap(index: Tensor, rows: Dim, size: number): IndexMap {
  requireIndex('blockMap', index);
  const count = canonicalDim(rows);
  return {
    index,
    rows: count,
    key: `block(${index.id},${count},${size})`,
    transpose: (y) => {
      const tail = y.shape.slice(index.shape.length);
      return reduceSum(reshape(y, [count, size, ...tail]), [1]);
    },
  };
}

/** Any index into few rows: the way back is a product with a one-hot matrix `[positions, rows]`. */
export function oneHotMap(index: Tensor, rows: Dim): IndexMap {
  requireIndex('oneHotMap', index);
  const map: IndexMap = {
    index,
    rows: canonicalDim(rows),
    key: `oneHot(${index.id},${rows})`,
    transpose: (y) => oneHotSum(y, map),
  };
  return map;
}
