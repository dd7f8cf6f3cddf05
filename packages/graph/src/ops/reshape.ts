import type { Dim } from '../dim.ts';
import type { Operator } from '../operator.ts';
import { shapeError } from '../operator.ts';
import { formatShape, resolveShape, sameShape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

export interface ReshapeAttributes {
  readonly shape: readonly Dim[];
}

export const RESHAPE: Operator<ReshapeAttributes> = {
  name: 'Reshape',
  infer(inputs, { shape }) {
    const [x] = inputs;
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw shapeError('Reshape', inputs, `as many elements as ${formatShape(shape)}`);
    }
    return { shape, dtype: x.dtype };
  },
  gradient: ({ inputs: [x] }, g) => [reshape(g, x.shape)],
  lower(node, lowering) {
    const { shape } = node.attrs;
    const [x] = node.inputs;
    const symbolic = shape.filter((dim) => typeof dim === 'string').length;
    const target = shape.map((dim) => (typeof dim === 'number' ? dim : -1));
    // 0 copies a size of the input, so that several symbolic sizes still need no run-time shape.
    const copied = shape.map((dim, axis) =>
      typeof dim === 'string' && x.shape[axis] === dim ? 0 : target[axis],
    );
    let sizes;
    if (symbolic <= 1) sizes = lowering.ints(target);
    else if (copied.filter((size) => size === -1).length <= 1) sizes = lowering.ints(copied);
    else sizes = lowering.sizes(shape);
    lowering.node('Reshape', [lowering.name(x), sizes], { output: lowering.name(node) });
  },
  evaluate: ([x], node, size) => ({ shape: node.shape.map(size), data: x.data }),
};

/**
 * The same elements in another shape; one size may be `-1` (what is left).
 *
 * @throws {@link ShapeError} where the number of elements differs.
 */
export function reshape(x: Tensor, shape: readonly Dim[]): Tensor {
  const resolved = resolveShape(shape, sizeOf(x.shape));
  if (resolved === undefined) {
    throw shapeError('Reshape', [x], `as many elements as ${formatShape(shape)}`);
  }
  return sameShape(resolved, x.shape) ? x : x.graph.apply(RESHAPE, [x], { shape: resolved });
}
