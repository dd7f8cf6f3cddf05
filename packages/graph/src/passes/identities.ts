import { ADD, DIV, MUL, neg, reciprocal, RECIPROCAL, SUB, mul, div } from '../ops/arithmetic.ts';
import { broadcastTo } from '../ops/broadcastTo.ts';
import { WHERE } from '../ops/comparison.ts';
import { EMBED } from '../ops/embed.ts';
import { GATHER, ONE_HOT_SUM, TABLE_SUM } from '../ops/gather.ts';
import { constantData } from '../ops/leaf.ts';
import { MATMUL } from '../ops/matmul.ts';
import { REDUCE_SUM } from '../ops/reduceSum.ts';
import { RESHAPE } from '../ops/reshape.ts';
import { SLICE } from '../ops/slice.ts';
import { TRANSPOSE } from '../ops/transpose.ts';
import { NEG } from '../ops/arithmetic.ts';
import type { Tensor } from '../tensor.ts';
import { filled, is, mapConstant, valueOf } from './patterns.ts';
import type { Rule, RuleContext } from './rewrite.ts';

/** Operators that are linear in their first input. */
const LINEAR: ReadonlySet<string> = new Set(
  [NEG, EMBED, GATHER, ONE_HOT_SUM, TABLE_SUM, MATMUL, REDUCE_SUM, RESHAPE, SLICE, TRANSPOSE].map(
    (operator) => operator.name,
  ),
);

function sums(node: Tensor): Tensor | undefined {
  const [a, b] = node.inputs;
  if (is(node, ADD)) {
    if (valueOf(a) === 0) return broadcastTo(b, node.shape);
    if (valueOf(b) === 0) return broadcastTo(a, node.shape);
    return a === b ? mul(a, a.graph.scalar(2)) : undefined;
  }
  if (!is(node, SUB)) return undefined;
  if (valueOf(b) === 0) return broadcastTo(a, node.shape);
  if (a === b) return filled(node, 0);
  return valueOf(a) === 0 ? neg(broadcastTo(b, node.shape)) : undefined;
}

function scaled(x: Tensor, factor: number | undefined, node: Tensor): Tensor | undefined {
  if (factor === 1) return broadcastTo(x, node.shape);
  if (factor === 0) return filled(node, 0);
  return factor === -1 ? neg(broadcastTo(x, node.shape)) : undefined;
}

function products(node: Tensor, { uses }: RuleContext): Tensor | undefined {
  const [a, b] = node.inputs;
  if (is(node, MUL)) {
    const simple = scaled(a, valueOf(b), node) ?? scaled(b, valueOf(a), node);
    if (simple !== undefined) return simple;
    if (is(b, RECIPROCAL) && uses(b) === 1) return div(a, b.inputs[0]);
    return is(a, RECIPROCAL) && uses(a) === 1 ? div(b, a.inputs[0]) : undefined;
  }
  if (!is(node, DIV)) return undefined;
  if (valueOf(a) === 0) return filled(node, 0);
  if (valueOf(a) === 1) return broadcastTo(reciprocal(b), node.shape);
  const value = valueOf(b);
  if (value !== undefined) return mul(a, a.graph.scalar(1 / value));
  const inverse = mapConstant(b, (x) => 1 / x);
  return inverse && mul(a, inverse);
}

function zeros(node: Tensor): Tensor | undefined {
  const [x, y] = node.inputs;
  if (is(node, WHERE)) return node.inputs[1] === node.inputs[2] ? branch(node) : undefined;
  if (!LINEAR.has(node.op)) return undefined;
  if (valueOf(x) === 0 || (is(node, MATMUL) && valueOf(y) === 0)) return filled(node, 0);
  return undefined;
}

function branch(node: Tensor): Tensor {
  return broadcastTo(node.inputs[1], node.shape);
}

/** A constant of equal values in one shape is a scalar that is broadcast. */
function uniformConstant(node: Tensor): Tensor | undefined {
  const value = valueOf(node);
  const data = constantData(node);
  if (value === undefined || data === undefined || node.shape.length === 0) return undefined;
  return filled(node, value);
}

/**
 * Neutral and absorbing elements: `x + 0`, `x * 1`, `x * 0`, `x / c`, `x - x`, linear operators on
 * zeros, `where` with equal branches.
 */
export const identities: readonly Rule[] = [sums, products, zeros, uniformConstant];
