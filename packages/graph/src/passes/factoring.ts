import { ADD, mul, MUL, SUB } from '../ops/arithmetic.ts';
import { gather, GATHER } from '../ops/gather.ts';
import { MATMUL, matmul } from '../ops/matmul.ts';
import { broadcastShapes, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { estimateSize } from './estimate.ts';
import { attrsOf, is, withInputs } from './patterns.ts';
import type { Pass, RuleContext } from './rewrite.ts';
import { rulePass } from './rewrite.ts';

/** Sum or difference of the parts that differ. */
function combine(node: Tensor, a: Tensor, b: Tensor): Tensor {
  return withInputs(node, [a, b]);
}

function ofMul(node: Tensor, a: Tensor, b: Tensor): Tensor | undefined {
  if (!is(a, MUL) || !is(b, MUL)) return undefined;
  for (const [k, factor] of a.inputs.entries()) {
    const at = b.inputs.indexOf(factor);
    if (at < 0) continue;
    const x = a.inputs[1 - k];
    const y = b.inputs[1 - at];
    const shape = broadcastShapes(x.shape, y.shape);
    if (shape === undefined || estimateSize(shape) > estimateSize(node.shape)) continue;
    const product = mul(combine(node, x, y), factor);
    if (sameShape(product.shape, node.shape)) return product;
  }
  return undefined;
}

function ofMatmul(node: Tensor, a: Tensor, b: Tensor): Tensor | undefined {
  const attrs = attrsOf(a, MATMUL);
  const other = attrsOf(b, MATMUL);
  if (attrs === undefined || other === undefined) return undefined;
  if (attrs.transA !== other.transA || attrs.transB !== other.transB) return undefined;
  const [left, right] = a.inputs;
  const [left2, right2] = b.inputs;
  if (right === right2 && sameShape(left.shape, left2.shape)) {
    return matmul(combine(node, left, left2), right, attrs);
  }
  return left === left2 && sameShape(right.shape, right2.shape)
    ? matmul(left, combine(node, right, right2), attrs)
    : undefined;
}

function ofGather(node: Tensor, a: Tensor, b: Tensor): Tensor | undefined {
  const attrs = attrsOf(a, GATHER);
  if (attrs === undefined || !is(b, GATHER) || a.inputs[1] !== b.inputs[1]) return undefined;
  const [x] = a.inputs;
  const [y] = b.inputs;
  return sameShape(x.shape, y.shape) ? gather(combine(node, x, y), attrs.map) : undefined;
}

function factor(node: Tensor, { uses }: RuleContext): Tensor | undefined {
  if (!is(node, ADD) && !is(node, SUB)) return undefined;
  const [a, b] = node.inputs;
  if (uses(a) > 1 || uses(b) > 1 || a === b) return undefined;
  return ofMul(node, a, b) ?? ofMatmul(node, a, b) ?? ofGather(node, a, b);
}

/** Sums of products that share a factor: `a x + b x -> (a + b) x`, also for matrices and gathers. */
export const factoring: Pass = rulePass('factoring', factor);
