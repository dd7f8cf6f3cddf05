import { broadcastAt, fromIndex } from '../ndarray.ts';
import type { Operator } from '../operator.ts';
import { shapeError } from '../operator.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { applyBinary, binaryOperator } from './binary.ts';
import { sumTo } from './reduceSum.ts';
import { NONE } from './unary.ts';

export const LESS: Operator<typeof NONE> = binaryOperator({
  name: 'Less',
  type: 'Less',
  dtype: 'bool',
  value: (x, y) => (x < y ? 1 : 0),
});

export const WHERE: Operator<typeof NONE> = {
  name: 'Where',
  infer(inputs) {
    const [condition, a, b] = inputs;
    if (condition.dtype !== 'bool' || a.dtype !== 'float32' || b.dtype !== 'float32') {
      throw shapeError('Where', inputs, 'a bool and two float32 tensors');
    }
    const values = broadcastShapes(a.shape, b.shape);
    const shape = values && broadcastShapes(condition.shape, values);
    if (shape === undefined) throw shapeError('Where', inputs, 'shapes that broadcast');
    return { shape, dtype: 'float32' };
  },
  gradient: ({ inputs: [condition, a, b] }, g, [, wantA, wantB]) => {
    const zero = g.graph.scalar(0);
    return [
      undefined,
      wantA ? sumTo(where(condition, g, zero), a.shape) : undefined,
      wantB ? sumTo(where(condition, zero, g), b.shape) : undefined,
    ];
  },
  lower(node, lowering) {
    lowering.node(
      'Where',
      node.inputs.map((input) => lowering.name(input)),
      { output: lowering.name(node) },
    );
  },
  evaluate: ([condition, a, b], node, sizeOf) =>
    fromIndex(node.shape.map(sizeOf), (index) =>
      broadcastAt(broadcastAt(condition, index) === 0 ? b : a, index),
    ),
};

/** `a < b`, a bool tensor without gradient. */
export function less(a: Tensor, b: Tensor): Tensor {
  return applyBinary(LESS, a, b);
}

/**
 * `a` where the condition holds, else `b`, broadcast.
 *
 * The branch that is not taken contributes a gradient of exactly 0, but a NaN or infinity inside
 * its own gradient still spoils the sum (`0 * Infinity`): keep arguments of `sqrt` and `div`
 * in range before, not after.
 */
export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  return condition.graph.apply(WHERE, [condition, a, b], NONE);
}
