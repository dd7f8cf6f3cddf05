import type { Operator } from '../operator.ts';
import { requireFloat } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul, sub } from './arithmetic.ts';
import { applyUnary, NONE, unaryOperator } from './unary.ts';

type Elementwise = Operator<typeof NONE>;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

export const SIGMOID: Elementwise = unaryOperator({
  name: 'Sigmoid',
  type: 'Sigmoid',
  gradient: (node, g) => {
    const s: Tensor = node;
    return mul(g, mul(s, sub(g.graph.scalar(1), s)));
  },
  value: logistic,
});

export const TANH: Elementwise = unaryOperator({
  name: 'Tanh',
  type: 'Tanh',
  gradient: (node, g) => {
    const t: Tensor = node;
    return mul(g, sub(g.graph.scalar(1), mul(t, t)));
  },
  value: Math.tanh,
});

export const SOFTPLUS: Elementwise = unaryOperator({
  name: 'Softplus',
  type: 'Softplus',
  gradient: ({ inputs: [x] }, g) => mul(g, sigmoid(x)),
  value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
});

/** `x * sigmoid(x)`; ONNX Runtime has it as one kernel, QuickGelu with alpha 1. */
export const SILU: Elementwise = {
  name: 'Silu',
  infer(inputs) {
    requireFloat('Silu', inputs);
    return { shape: inputs[0].shape, dtype: 'float32' };
  },
  gradient: (node, g) => {
    const [x] = node.inputs;
    const s = sigmoid(x);
    return [mul(g, add(s, mul(node, sub(g.graph.scalar(1), s))))];
  },
  lower(node, lowering) {
    const output = lowering.name(node);
    lowering.node('QuickGelu', [lowering.name(node.inputs[0])], {
      output,
      domain: 'com.microsoft',
      attributes: { alpha: { float: 1 } },
    });
  },
  evaluate: ([x]) => ({ shape: x.shape, data: x.data.map((value) => value * logistic(value)) }),
};

/** Logistic function `1 / (1 + e^-x)`. */
export function sigmoid(x: Tensor): Tensor {
  return applyUnary(SIGMOID, x);
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return applyUnary(TANH, x);
}

/** `log(1 + e^x)` */
export function softplus(x: Tensor): Tensor {
  return applyUnary(SOFTPLUS, x);
}

/** `x * sigmoid(x)`, also called swish; its gradients share the sigmoid. */
export function silu(x: Tensor): Tensor {
  return x.graph.apply(SILU, [x], NONE);
}
