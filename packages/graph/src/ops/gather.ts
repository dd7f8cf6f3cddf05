import { multiplyDims } from '../dim.ts';
import type { IndexMap } from '../indexMap.ts';
import { GraphError } from '../errors.ts';
import type { NDArray } from '../ndarray.ts';
import { ndarray } from '../ndarray.ts';
import type { Operator } from '../operator.ts';
import { requireFloat, shapeError } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import { oneHot } from './oneHot.ts';
import { reshape } from './reshape.ts';

export interface GatherAttributes {
  readonly map: IndexMap;
}

export interface TableSumAttributes extends GatherAttributes {
  /** Table entries may be the number of positions and then add nothing. */
  readonly appendZeroRow: boolean;
}

/** Rows of `x` in the order of `index`. */
function takeRows(x: NDArray, index: NDArray): NDArray {
  const [rows, ...tail] = x.shape;
  const out = ndarray([...index.shape, ...tail]);
  const width = tail.reduce((product, size) => product * size, 1);
  index.data.forEach((row, position) => {
    if (row < 0 || row >= rows) {
      const found = `${row} at position ${position}`;
      throw new GraphError('graph/index-range', `gather: index out of range: ${found}`, {
        expected: `0 to ${rows - 1}`,
        found,
      });
    }
    out.data.set(x.data.subarray(row * width, (row + 1) * width), position * width);
  });
  return out;
}

/** Inputs: rows `[rows, ...]` and index `[...]`. */
export const GATHER: Operator<GatherAttributes> = {
  name: 'Gather',
  infer(inputs, { map }) {
    const [x, index] = inputs;
    if (index.dtype !== 'int64') throw shapeError('Gather', inputs, 'an int64 index');
    if (x.shape[0] !== map.rows) {
      throw shapeError('Gather', inputs, `${map.rows} rows on the first axis`);
    }
    return { shape: [...index.shape, ...x.shape.slice(1)], dtype: x.dtype };
  },
  gradient: ({ attrs: { map } }, g) => [linkTranspose(map.transpose(g), g, map)],
  lower(node, lowering) {
    lowering.node(
      'Gather',
      node.inputs.map((input) => lowering.name(input)),
      { output: lowering.name(node), attributes: { axis: 0 } },
    );
  },
  evaluate: ([x, index]) => takeRows(x, index),
};

/**
 * Inputs: the sum that `map.transpose` built, and the positions it was built from.
 *
 * The value is the first input. The gradient goes to the second by `gather`, not back through
 * whatever the map did, so that second derivatives read rows directly.
 */
export const GATHER_TRANSPOSE: Operator<GatherAttributes> = {
  name: 'GatherTranspose',
  infer(inputs, { map }) {
    const [sum] = inputs;
    if (sum.shape[0] !== map.rows) {
      throw shapeError('GatherTranspose', inputs, `${map.rows} rows on the first axis`);
    }
    return { shape: sum.shape, dtype: sum.dtype };
  },
  gradient: ({ inputs: [, y], attrs: { map } }, g) => [undefined, reshape(gather(g, map), y.shape)],
  lower(node, lowering) {
    lowering.node('Identity', [lowering.name(node.inputs[0])], { output: lowering.name(node) });
  },
  evaluate: ([sum]) => sum,
};

/** Sums that have the gradient by `gather` of their own. */
const LINKED: ReadonlySet<string> = new Set(['Gather', 'TableSum', 'OneHotSum']);

function linkTranspose(sum: Tensor, y: Tensor, map: IndexMap): Tensor {
  if (LINKED.has(sum.op)) return sum;
  return sum.graph.apply(GATHER_TRANSPOSE, [sum, y], { map });
}

/** Inputs: positions `[P, ...]` and table `[rows, K]`; sums the positions of each table row. */
export const TABLE_SUM: Operator<TableSumAttributes> = {
  name: 'TableSum',
  infer(inputs) {
    requireFloat('TableSum', [inputs[0]]);
    const [y, table] = inputs;
    if (table.dtype !== 'int64' || table.shape.length !== 2) {
      throw shapeError('TableSum', inputs, 'an int64 table [rows, K]');
    }
    return { shape: [table.shape[0], ...y.shape.slice(1)], dtype: 'float32' };
  },
  gradient: ({ inputs: [y], attrs: { map } }, g) => [reshape(gather(g, map), y.shape)],
  lower(node, lowering) {
    const [y, table] = node.inputs;
    let rows = lowering.name(y);
    if (node.attrs.appendZeroRow) {
      const shape = lowering.sizes([1, ...y.shape.slice(1)]);
      const zero = lowering.node('ConstantOfShape', [shape]);
      rows = lowering.node('Concat', [rows, zero], { attributes: { axis: 0 } });
    }
    const taken = lowering.node('Gather', [rows, lowering.name(table)], {
      attributes: { axis: 0 },
    });
    lowering.node('ReduceSum', [taken, lowering.ints([1])], {
      output: lowering.name(node),
      attributes: { keepdims: 0 },
    });
  },
  evaluate([y, table], node, sizeOf) {
    const zero = ndarray([node.attrs.appendZeroRow ? 1 : 0, ...y.shape.slice(1)]);
    const joined = new Float64Array(y.data.length + zero.data.length);
    joined.set(y.data);
    const rows = {
      shape: [y.shape[0] + zero.shape[0], ...y.shape.slice(1)],
      data: joined,
    };
    const taken = takeRows(rows, table);
    const out = ndarray(node.shape.map(sizeOf));
    const [, slots] = table.shape;
    const width = out.data.length / Math.max(out.shape[0], 1);
    for (let at = 0; at < taken.data.length; at++) {
      const row = Math.floor(at / (width * slots));
      out.data[row * width + (at % width)] += taken.data[at];
    }
    return out;
  },
};

/** Inputs: positions `[P, ...]` and one-hot matrix `[P, rows]`; sums positions by row. */
export const ONE_HOT_SUM: Operator<GatherAttributes> = {
  name: 'OneHotSum',
  infer(inputs, { map }) {
    requireFloat('OneHotSum', inputs);
    const [y, hot] = inputs;
    if (hot.shape.length !== 2 || hot.shape[0] !== y.shape[0] || hot.shape[1] !== map.rows) {
      throw shapeError('OneHotSum', inputs, 'a one-hot matrix [P, rows] for P positions');
    }
    return { shape: [map.rows, ...y.shape.slice(1)], dtype: 'float32' };
  },
  gradient: ({ inputs: [y], attrs: { map } }, g) => [reshape(gather(g, map), y.shape)],
  lower(node, lowering) {
    const [y, hot] = node.inputs;
    const tail = y.shape.slice(1);
    const width = tail.reduce((size, dim) => multiplyDims(size, dim), 1);
    const output = lowering.name(node);
    let matrix = lowering.name(y);
    if (tail.length !== 1) {
      matrix = lowering.node('Reshape', [matrix, lowering.sizes([y.shape[0], width])]);
    }
    const sum = lowering.node('Gemm', [lowering.name(hot), matrix], {
      ...(tail.length === 1 ? { output } : {}),
      attributes: { transA: 1 },
    });
    if (tail.length !== 1) {
      lowering.node('Reshape', [sum, lowering.sizes(node.shape)], { output });
    }
  },
  evaluate([y, hot], node, sizeOf) {
    const [positions, rows] = hot.shape;
    const out = ndarray(node.shape.map(sizeOf));
    const width = out.data.length / Math.max(rows, 1);
    for (let position = 0; position < positions; position++) {
      for (let at = 0; at < out.data.length; at++) {
        const weight = hot.data[position * rows + Math.floor(at / width)];
        out.data[at] += weight * y.data[position * width + (at % width)];
      }
    }
    return out;
  },
};

/**
 * Row `map.index[p]` of `x` for each position `p`: `[rows, ...] -> [...index shape, ...]`.
 *
 * Its gradient is `map.transpose`, so no scatter is ever needed.
 */
export function gather(x: Tensor, map: IndexMap): Tensor {
  return x.graph.apply(GATHER, [x, map.index], { map });
}

/** All axes of the index of `map` in front of `y` as one. */
function flattenPositions(y: Tensor, map: IndexMap): Tensor {
  const rank = map.index.shape.length;
  return rank === 1 ? y : reshape(y, [-1, ...y.shape.slice(rank)]);
}

/** `[P, ...] -> [rows, ...]`: sum of the positions that `table` lists for each row. */
export function tableSum(y: Tensor, table: Tensor, attrs: TableSumAttributes): Tensor {
  return y.graph.apply(TABLE_SUM, [flattenPositions(y, attrs.map), table], attrs);
}

/** `[P, ...] -> [rows, ...]`: sum of the positions of each row as a product with a one-hot matrix. */
export function oneHotSum(y: Tensor, map: IndexMap): Tensor {
  const index = map.index.shape.length === 1 ? map.index : reshape(map.index, [-1]);
  return y.graph.apply(ONE_HOT_SUM, [flattenPositions(y, map), oneHot(index, map.rows)], { map });
}
