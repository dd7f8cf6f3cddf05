import type { Operator } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import { applyBinary, binaryOperator } from './binary.ts';
import { sumTo } from './reduceSum.ts';
import type { NONE } from './unary.ts';
import { applyUnary, unaryOperator } from './unary.ts';

type Elementwise = Operator<typeof NONE>;

export const ADD: Elementwise = binaryOperator({
  name: 'Add',
  type: 'Add',
  commutative: true,
  gradient: ({ inputs: [a, b] }, g, [wantA, wantB]) => [
    wantA ? sumTo(g, a.shape) : undefined,
    wantB ? sumTo(g, b.shape) : undefined,
  ],
  value: (x, y) => x + y,
});

export const SUB: Elementwise = binaryOperator({
  name: 'Sub',
  type: 'Sub',
  gradient: ({ inputs: [a, b] }, g, [wantA, wantB]) => [
    wantA ? sumTo(g, a.shape) : undefined,
    wantB ? neg(sumTo(g, b.shape)) : undefined,
  ],
  value: (x, y) => x - y,
});

export const MUL: Elementwise = binaryOperator({
  name: 'Mul',
  type: 'Mul',
  commutative: true,
  gradient: ({ inputs: [a, b] }, g, [wantA, wantB]) => [
    wantA ? sumTo(mul(g, b), a.shape) : undefined,
    wantB ? sumTo(mul(g, a), b.shape) : undefined,
  ],
  value: (x, y) => x * y,
});

export const DIV: Elementwise = binaryOperator({
  name: 'Div',
  type: 'Div',
  gradient: (node, g, [wantA, wantB]) => {
    const [a, b] = node.inputs;
    return [
      wantA ? sumTo(div(g, b), a.shape) : undefined,
      wantB ? neg(sumTo(div(mul(g, node), b), b.shape)) : undefined,
    ];
  },
  value: (x, y) => x / y,
});

export const NEG: Elementwise = unaryOperator({
  name: 'Neg',
  type: 'Neg',
  gradient: (_node, g) => neg(g),
  value: (x) => -x,
});

export const RECIPROCAL: Elementwise = unaryOperator({
  name: 'Reciprocal',
  type: 'Reciprocal',
  gradient: (node, g) => neg(mul(g, square(node))),
  value: (x) => 1 / x,
});

/** `a + b`, broadcast. */
export function add(a: Tensor, b: Tensor): Tensor {
  return applyBinary(ADD, a, b);
}

/** `a - b`, broadcast. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return applyBinary(SUB, a, b);
}

/** `a * b`, broadcast. */
export function mul(a: Tensor, b: Tensor): Tensor {
  return applyBinary(MUL, a, b);
}

/** `a / b`, broadcast. */
export function div(a: Tensor, b: Tensor): Tensor {
  return applyBinary(DIV, a, b);
}

/** `-x` */
export function neg(x: Tensor): Tensor {
  return applyUnary(NEG, x);
}

/** `1 / x` */
export function reciprocal(x: Tensor): Tensor {
  return applyUnary(RECIPROCAL, x);
}

/** `x * x` */
export function square(x: Tensor): Tensor {
  return mul(x, x);
}
