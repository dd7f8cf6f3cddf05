import { BROADCAST_TO, broadcastTo } from '../ops/broadcastTo.ts';
import { COS, EXP, LOG, SIN, SQRT } from '../ops/transcendental.ts';
import { SIGMOID, SILU, SOFTPLUS, TANH } from '../ops/activation.ts';
import { ADD, DIV, MUL, NEG, RECIPROCAL, SUB } from '../ops/arithmetic.ts';
import { WHERE } from '../ops/comparison.ts';
import { constantData, uniformValue } from '../ops/leaf.ts';
import type { Dim } from '../dim.ts';
import type { Operator } from '../operator.ts';
import { operatorOf } from '../registry.ts';
import type { Tensor } from '../tensor.ts';

/** Whether a tensor is made by an operator. */
export function is(tensor: Tensor, operator: { readonly name: string }): boolean {
  return tensor.op === operator.name;
}

const UNARY: ReadonlySet<string> = new Set(
  [NEG, RECIPROCAL, EXP, LOG, SQRT, SIN, COS, SIGMOID, SILU, SOFTPLUS, TANH].map((op) => op.name),
);

const ELEMENTWISE: ReadonlySet<string> = new Set([
  ...UNARY,
  ...[ADD, SUB, MUL, DIV, WHERE].map((op) => op.name),
]);

/** Whether an operator acts on each element of one tensor. */
export function isUnary(tensor: Tensor): boolean {
  return UNARY.has(tensor.op);
}

/** Whether an operator acts on elements, with broadcasting. */
export function isElementwise(tensor: Tensor): boolean {
  return ELEMENTWISE.has(tensor.op);
}

/** The one value of all elements where that is known: constants, also broadcast. */
export function valueOf(tensor: Tensor): number | undefined {
  return uniformValue(is(tensor, BROADCAST_TO) ? tensor.inputs[0] : tensor);
}

/** A tensor whose elements all have one value. */
export function filled(like: Tensor, value: number, shape: readonly Dim[] = like.shape): Tensor {
  return broadcastTo(like.graph.scalar(value), shape);
}

/** The tensor without the broadcast that made it. */
export function unbroadcast(tensor: Tensor): Tensor {
  return is(tensor, BROADCAST_TO) ? tensor.inputs[0] : tensor;
}

/** The same operator on other inputs. */
export function withInputs(node: Tensor, inputs: readonly Tensor[]): Tensor {
  return node.graph.apply(operatorOf(node), inputs, node.attrs);
}

/** A constant with a function applied to each value, undefined for any other tensor. */
export function mapConstant(tensor: Tensor, value: (x: number) => number): Tensor | undefined {
  const data = constantData(tensor);
  const shape = tensor.shape.map(Number);
  return data && tensor.graph.constant(Float64Array.from(data, value), shape);
}

/** Attributes of a tensor that an operator made, undefined for any other tensor. */
export function attrsOf<A extends object>(tensor: Tensor, operator: Operator<A>): A | undefined {
  return tensor.op === operator.name ? (tensor.attrs as A) : undefined;
}
