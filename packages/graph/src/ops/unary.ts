import type { Operator } from '../operator.ts';
import { requireFloat } from '../operator.ts';
import type { Tensor } from '../tensor.ts';

type NoAttributes = Readonly<Record<string, never>>;

/** No attributes, shared. */
export const NONE: NoAttributes = {};

/** An elementwise operator of one float tensor that ONNX has under `type`. */
export function unaryOperator(definition: {
  readonly name: string;
  readonly type: string;
  /** Gradient of the input, given that of the result. */
  readonly gradient: (node: Tensor<NoAttributes>, g: Tensor) => Tensor;
  readonly value: (x: number) => number;
}): Operator<NoAttributes> {
  const { name, type, gradient, value } = definition;
  return {
    name,
    infer(inputs) {
      requireFloat(name, inputs);
      return { shape: inputs[0].shape, dtype: 'float32' };
    },
    gradient: (node, g) => [gradient(node, g)],
    lower(node, lowering) {
      const output = lowering.name(node);
      lowering.node(type, [lowering.name(node.inputs[0])], { output });
    },
    evaluate: ([x]) => ({ shape: x.shape, data: x.data.map(value) }),
  };
}

/** Applies a unary operator. */
export function applyUnary(operator: Operator<NoAttributes>, x: Tensor): Tensor {
  return x.graph.apply(operator, [x], NONE);
}
