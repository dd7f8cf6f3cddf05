import type { Dim } from '../dim.ts';
import { canonicalDim } from '../dim.ts';
import { ndarray } from '../ndarray.ts';
import type { Operator } from '../operator.ts';
import { shapeError } from '../operator.ts';
import type { Tensor } from '../tensor.ts';

export interface OneHotAttributes {
  readonly rows: Dim;
}

export const ONE_HOT: Operator<OneHotAttributes> = {
  name: 'OneHot',
  infer(inputs, { rows }) {
    const [index] = inputs;
    if (index.dtype !== 'int64') throw shapeError('OneHot', inputs, 'an int64 index');
    return { shape: [...index.shape, rows], dtype: 'float32' };
  },
  lower(node, lowering) {
    const inputs = [lowering.name(node.inputs[0]), lowering.sizes([node.attrs.rows])];
    inputs.push(lowering.floats([0, 1]));
    lowering.node('OneHot', inputs, { output: lowering.name(node) });
  },
  evaluate([index], node, sizeOf) {
    const out = ndarray(node.shape.map(sizeOf));
    const rows = sizeOf(node.attrs.rows);
    index.data.forEach((row, position) => {
      out.data[position * rows + row] = 1;
    });
    return out;
  },
};

/** 1 in column `index[p]` of row `p`, 0 elsewhere: `[...] -> [..., rows]` float32, no gradient. */
export function oneHot(index: Tensor, rows: Dim): Tensor {
  return index.graph.apply(ONE_HOT, [index], { rows: canonicalDim(rows) });
}
