import { broadcastAt, fromIndex } from '../ndarray.ts';
import type { Operator, SizeOf } from '../operator.ts';
import { requireFloat, shapeError } from '../operator.ts';
import { broadcastShapes } from '../shape.ts';
import type { DType, Tensor } from '../tensor.ts';
import { NONE } from './unary.ts';

type NoAttributes = typeof NONE;

/** An elementwise operator of two float tensors with NumPy broadcasting. */
export function binaryOperator(definition: {
  readonly name: string;
  readonly type: string;
  readonly commutative?: boolean;
  readonly dtype?: DType;
  /** Gradients of both inputs, not yet summed over broadcast axes. */
  readonly gradient?: (
    node: Tensor<NoAttributes>,
    g: Tensor,
    wanted: readonly boolean[],
  ) => readonly (Tensor | undefined)[];
  readonly value: (x: number, y: number) => number;
}): Operator<NoAttributes> {
  const { name, type, gradient, value, commutative = false, dtype = 'float32' } = definition;
  return {
    name,
    commutative,
    infer(inputs) {
      requireFloat(name, inputs);
      const shape = broadcastShapes(inputs[0].shape, inputs[1].shape);
      if (shape === undefined) throw shapeError(name, inputs, 'shapes that broadcast');
      return { shape, dtype };
    },
    ...(gradient === undefined ? {} : { gradient }),
    lower(node, lowering) {
      const output = lowering.name(node);
      lowering.node(
        type,
        node.inputs.map((input) => lowering.name(input)),
        { output },
      );
    },
    evaluate: ([x, y], node, sizeOf: SizeOf) =>
      fromIndex(node.shape.map(sizeOf), (index) =>
        value(broadcastAt(x, index), broadcastAt(y, index)),
      ),
  };
}

/** Applies a binary operator. */
export function applyBinary(operator: Operator<NoAttributes>, x: Tensor, y: Tensor): Tensor {
  return x.graph.apply(operator, [x, y], NONE);
}
