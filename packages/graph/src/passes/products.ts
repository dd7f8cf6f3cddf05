import { mul, MUL } from '../ops/arithmetic.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { estimateSize } from './estimate.ts';
import { is } from './patterns.ts';
import type { Pass, RuleContext } from './rewrite.ts';
import { rulePass } from './rewrite.ts';

function productSize(a: Tensor, b: Tensor): number {
  const shape = broadcastShapes(a.shape, b.shape);
  return shape === undefined ? Infinity : estimateSize(shape);
}

function reorder(inner: Tensor, c: Tensor, { uses }: RuleContext): Tensor | undefined {
  if (!is(inner, MUL) || uses(inner) > 1) return undefined;
  const [a, b] = inner.inputs;
  const now = estimateSize(inner.shape);
  const withA = productSize(a, c);
  const withB = productSize(b, c);
  if (Math.min(withA, withB) >= now) return undefined;
  return withA <= withB ? mul(mul(a, c), b) : mul(mul(b, c), a);
}

/** Multiplies small factors with each other before they meet large ones: `(A b) c -> A (b c)`. */
export const products: Pass = rulePass('products', (node, context) => {
  if (!is(node, MUL)) return undefined;
  const [a, b] = node.inputs;
  return reorder(a, b, context) ?? reorder(b, a, context);
});
