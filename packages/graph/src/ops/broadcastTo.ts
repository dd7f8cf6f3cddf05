import type { Dim } from '../dim.ts';
import { canonicalDim } from '../dim.ts';
import { broadcastAt, fromIndex } from '../ndarray.ts';
import type { Operator } from '../operator.ts';
import { shapeError } from '../operator.ts';
import { broadcastsTo, formatShape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { sumTo } from './reduceSum.ts';

export interface BroadcastAttributes {
  readonly shape: readonly Dim[];
}

export const BROADCAST_TO: Operator<BroadcastAttributes> = {
  name: 'BroadcastTo',
  infer(inputs, { shape }) {
    const [x] = inputs;
    if (!broadcastsTo(x.shape, shape)) {
      throw shapeError('BroadcastTo', inputs, `a shape that broadcasts to ${formatShape(shape)}`);
    }
    return { shape, dtype: x.dtype };
  },
  gradient: ({ inputs: [x] }, g) => [sumTo(g, x.shape)],
  lower(node, lowering) {
    const inputs = [lowering.name(node.inputs[0]), lowering.sizes(node.attrs.shape)];
    lowering.node('Expand', inputs, { output: lowering.name(node) });
  },
  evaluate: ([x], node, sizeOf) =>
    fromIndex(node.shape.map(sizeOf), (index) => broadcastAt(x, index)),
};

/**
 * Repeats a tensor along axes of size 1 (and new front axes) until it has the shape.
 *
 * @throws {@link ShapeError} where it does not broadcast to exactly that shape.
 */
export function broadcastTo(x: Tensor, shape: readonly Dim[]): Tensor {
  const dims = shape.map((dim) => canonicalDim(dim));
  return sameShape(x.shape, dims) ? x : x.graph.apply(BROADCAST_TO, [x], { shape: dims });
}
