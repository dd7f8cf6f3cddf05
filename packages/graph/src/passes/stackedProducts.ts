import { ADD } from '../ops/arithmetic.ts';
import { concat } from '../ops/concat.ts';
import { MATMUL, matmul } from '../ops/matmul.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { attrsOf, is } from './patterns.ts';
import type { Pass, RuleContext } from './rewrite.ts';
import { rulePass } from './rewrite.ts';

/** Longest inner size of a product that others are joined to; longer ones are worth a call each. */
const LONGEST_INNER = 16;

/** The axis that is summed over. */
function innerAxis(operand: Tensor, last: boolean): number {
  return operand.shape.length - (last ? 1 : 2);
}

/** Whether a tensor is a product of batches of thin matrices that nothing else needs. */
function isThin(x: Tensor, { uses }: RuleContext): boolean {
  const attrs = attrsOf(x, MATMUL);
  if (attrs === undefined || uses(x) > 1) return false;
  const [a, b] = x.inputs;
  const inner = a.shape[innerAxis(a, !attrs.transA)];
  return b.shape.length > 2 && typeof inner === 'number' && inner <= LONGEST_INNER;
}

/**
 * Sums of thin batched products as one product: `A B + C D -> [A C] [B; D]`.
 *
 * The large results are then neither stored one by one nor added.
 */
export const stackedProducts: Pass = rulePass('stackedProducts', (node, context) => {
  if (!is(node, ADD)) return undefined;
  const [x, y] = node.inputs;
  if (x === y || !sameShape(x.shape, y.shape) || !isThin(x, context) || !isThin(y, context)) {
    return undefined;
  }
  const attrs = attrsOf(x, MATMUL);
  const other = attrsOf(y, MATMUL);
  if (attrs === undefined || attrs.transA !== other?.transA || attrs.transB !== other.transB) {
    return undefined;
  }
  const [a, b] = x.inputs;
  const [c, d] = y.inputs;
  return matmul(
    concat([a, c], innerAxis(a, !attrs.transA)),
    concat([b, d], innerAxis(b, attrs.transB)),
    attrs,
  );
});
