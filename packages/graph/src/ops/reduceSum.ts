import type { Dim } from '../dim.ts';
import { ndarray, stridesOf } from '../ndarray.ts';
import type { Operator } from '../operator.ts';
import { requireFloat, shapeError } from '../operator.ts';
import { normalizeAxis, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { broadcastTo } from './broadcastTo.ts';
import { reshape } from './reshape.ts';

export interface ReduceSumAttributes {
  /** Summed axes, ascending, counted from the front. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

function keptShape(shape: readonly Dim[], axes: readonly number[]): Dim[] {
  return shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
}

export const REDUCE_SUM: Operator<ReduceSumAttributes> = {
  name: 'ReduceSum',
  infer(inputs, { axes, keepDims }) {
    requireFloat('ReduceSum', inputs);
    const [x] = inputs;
    const valid = axes.every((axis, k) => axis < x.shape.length && axis > (axes[k - 1] ?? -1));
    if (!valid) {
      throw shapeError('ReduceSum', inputs, `distinct axes of the tensor, not ${axes.join(', ')}`);
    }
    const shape = keepDims
      ? keptShape(x.shape, axes)
      : x.shape.filter((_, axis) => !axes.includes(axis));
    return { shape, dtype: 'float32' };
  },
  gradient: ({ inputs: [x], attrs }, g) => [
    broadcastTo(reshape(g, keptShape(x.shape, attrs.axes)), x.shape),
  ],
  lower(node, lowering) {
    const { axes, keepDims } = node.attrs;
    lowering.node('ReduceSum', [lowering.name(node.inputs[0]), lowering.ints(axes)], {
      output: lowering.name(node),
      attributes: { keepdims: keepDims ? 1 : 0 },
    });
  },
  evaluate([x], node, sizeOf) {
    const out = ndarray(node.shape.map(sizeOf));
    const kept = x.shape.map((size, axis) => (node.attrs.axes.includes(axis) ? 1 : size));
    const strides = stridesOf(kept).map((stride, axis) => (kept[axis] === 1 ? 0 : stride));
    const from = stridesOf(x.shape);
    for (let at = 0; at < x.data.length; at++) {
      let to = 0;
      for (let axis = 0; axis < kept.length; axis++) {
        to += (Math.floor(at / from[axis]) % x.shape[axis]) * strides[axis];
      }
      out.data[to] += x.data[at];
    }
    return out;
  },
};

/**
 * Sum over some axes.
 *
 * `keepDims` (default false) leaves them as axes of size 1.
 */
export function reduceSum(
  x: Tensor,
  axes: readonly number[],
  options: { readonly keepDims?: boolean } = {},
): Tensor {
  const sorted = axes.map((axis) => normalizeAxis(axis, x.shape.length)).sort((a, b) => a - b);
  if (sorted.length === 0) return x;
  return x.graph.apply(REDUCE_SUM, [x], { axes: sorted, keepDims: options.keepDims ?? false });
}

/** Sums a gradient of a broadcast result back to the shape of the operand. */
export function sumTo(g: Tensor, shape: readonly Dim[]): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const front = g.shape.length - shape.length;
  const axes = g.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < front || (shape[axis - front] === 1 && g.shape[axis] !== 1));
  return reshape(reduceSum(g, axes), shape);
}
