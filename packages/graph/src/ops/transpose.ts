import { fromIndex, stridesOf } from '../ndarray.ts';
import type { Operator } from '../operator.ts';
import { shapeError } from '../operator.ts';
import type { Tensor } from '../tensor.ts';

export interface TransposeAttributes {
  /** Axis of the input that each axis of the result is. */
  readonly perm: readonly number[];
}

function inverse(perm: readonly number[]): number[] {
  return perm.map((_, axis) => perm.indexOf(axis));
}

export const TRANSPOSE: Operator<TransposeAttributes> = {
  name: 'Transpose',
  infer(inputs, { perm }) {
    const [x] = inputs;
    const sorted = [...perm].sort((a, b) => a - b);
    if (perm.length !== x.shape.length || sorted.some((axis, k) => axis !== k)) {
      throw shapeError('Transpose', inputs, `a tensor that has the axes ${perm.join(', ')}`);
    }
    return { shape: perm.map((axis) => x.shape[axis]), dtype: x.dtype };
  },
  gradient: ({ attrs }, g) => [transpose(g, inverse(attrs.perm))],
  lower(node, lowering) {
    lowering.node('Transpose', [lowering.name(node.inputs[0])], {
      output: lowering.name(node),
      attributes: { perm: node.attrs.perm },
    });
  },
  evaluate([x], node, sizeOf) {
    const from = stridesOf(x.shape);
    const strides = node.attrs.perm.map((axis) => from[axis]);
    return fromIndex(
      node.shape.map(sizeOf),
      (index) => x.data[index.reduce((at, k, axis) => at + k * strides[axis], 0)],
    );
  },
};

/** Reorders axes: axis `k` of the result is axis `perm[k]` of `x`. */
export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  if (perm.length === x.shape.length && perm.every((axis, k) => axis === k)) return x;
  return x.graph.apply(TRANSPOSE, [x], { perm });
}
