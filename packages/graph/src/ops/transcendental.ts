import type { Operator } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import { div, mul, neg } from './arithmetic.ts';
import type { NONE } from './unary.ts';
import { applyUnary, unaryOperator } from './unary.ts';

type Elementwise = Operator<typeof NONE>;

export const EXP: Elementwise = unaryOperator({
  name: 'Exp',
  type: 'Exp',
  gradient: (node, g) => mul(g, node),
  value: Math.exp,
});

export const LOG: Elementwise = unaryOperator({
  name: 'Log',
  type: 'Log',
  gradient: ({ inputs: [x] }, g) => div(g, x),
  value: Math.log,
});

export const SQRT: Elementwise = unaryOperator({
  name: 'Sqrt',
  type: 'Sqrt',
  gradient: (node, g) => mul(g, div(g.graph.scalar(0.5), node)),
  value: Math.sqrt,
});

export const SIN: Elementwise = unaryOperator({
  name: 'Sin',
  type: 'Sin',
  gradient: ({ inputs: [x] }, g) => mul(g, cos(x)),
  value: Math.sin,
});

export const COS: Elementwise = unaryOperator({
  name: 'Cos',
  type: 'Cos',
  gradient: ({ inputs: [x] }, g) => neg(mul(g, sin(x))),
  value: Math.cos,
});

/** `e^x` */
export function exp(x: Tensor): Tensor {
  return applyUnary(EXP, x);
}

/** Natural logarithm. */
export function log(x: Tensor): Tensor {
  return applyUnary(LOG, x);
}

/** Square root; its gradient at 0 is infinite. */
export function sqrt(x: Tensor): Tensor {
  return applyUnary(SQRT, x);
}

/** Sine of radians. */
export function sin(x: Tensor): Tensor {
  return applyUnary(SIN, x);
}

/** Cosine of radians. */
export function cos(x: Tensor): Tensor {
  return applyUnary(COS, x);
}
