import { ADD } from '../ops/arithmetic.ts';
import { affine } from '../ops/affine.ts';
import { MATMUL } from '../ops/matmul.ts';
import { broadcastsTo } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { attrsOf, is } from './patterns.ts';
import type { Pass, RuleContext } from './rewrite.ts';
import { rulePass } from './rewrite.ts';

function fuse(product: Tensor, term: Tensor, { uses }: RuleContext): Tensor | undefined {
  const attrs = attrsOf(product, MATMUL);
  if (attrs === undefined || uses(product) > 1) return undefined;
  if (product.shape.length !== 2 || !broadcastsTo(term.shape, product.shape)) return undefined;
  return affine([product.inputs[0], product.inputs[1], term], attrs);
}

/** A matrix product and the addition after it are one ONNX Gemm. */
export const fuseAffine: Pass = rulePass('fuseAffine', (node, context) => {
  if (!is(node, ADD)) return undefined;
  const [a, b] = node.inputs;
  // Where both are products, the older one is the term: it is computed first anyway.
  const [first, second] = a.id > b.id ? [a, b] : [b, a];
  return fuse(first, second, context) ?? fuse(second, first, context);
});
