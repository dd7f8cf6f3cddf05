import { div, DIV, mul, MUL } from '../ops/arithmetic.ts';
import { WHERE, where } from '../ops/comparison.ts';
import { constantData } from '../ops/leaf.ts';
import { MATMUL } from '../ops/matmul.ts';
import { REDUCE_SUM } from '../ops/reduceSum.ts';
import { RESHAPE } from '../ops/reshape.ts';
import { SLICE } from '../ops/slice.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { estimateSize } from './estimate.ts';
import { is, valueOf, withInputs } from './patterns.ts';
import type { Rule, RuleContext } from './rewrite.ts';

interface Scaled {
  readonly x: Tensor;
  readonly factor: number;
}

/** A product with one number, which nothing else needs. */
function scaled(tensor: Tensor, { uses }: RuleContext): Scaled | undefined {
  if (!is(tensor, MUL) || uses(tensor) > 1) return undefined;
  const [a, b] = tensor.inputs;
  const [x, factor] = valueOf(b) === undefined ? [b, valueOf(a)] : [a, valueOf(b)];
  if (factor === undefined || !sameShape(x.shape, tensor.shape)) return undefined;
  return constantData(x) === undefined ? { x, factor } : undefined;
}

function times({ factor }: Scaled, x: Tensor): Tensor {
  return mul(x, x.graph.scalar(factor));
}

function ofProduct(node: Tensor, context: RuleContext): Tensor | undefined {
  if (!is(node, MUL)) return undefined;
  for (const [k, input] of node.inputs.entries()) {
    const inner = scaled(input, context);
    const other = node.inputs[1 - k];
    if (inner === undefined) continue;
    const value = valueOf(other);
    if (value !== undefined && sameShape(node.shape, inner.x.shape)) {
      return times({ ...inner, factor: inner.factor * value }, inner.x);
    }
    const grows = estimateSize(node.shape) > estimateSize(inner.x.shape);
    if (value === undefined && !grows) return times(inner, mul(inner.x, other));
  }
  return undefined;
}

/** Operators that are linear in their first input and do not make it larger. */
function ofLinear(node: Tensor, context: RuleContext): Tensor | undefined {
  const shrinks = is(node, REDUCE_SUM) || is(node, SLICE) || is(node, RESHAPE);
  if (shrinks) {
    const inner = scaled(node.inputs[0], context);
    return inner && times(inner, withInputs(node, [inner.x]));
  }
  if (!is(node, MATMUL)) return undefined;
  for (const [k, input] of node.inputs.entries()) {
    const inner = scaled(input, context);
    if (inner === undefined || estimateSize(node.shape) > estimateSize(inner.x.shape)) continue;
    const inputs = node.inputs.map((old, at) => (at === k ? inner.x : old));
    return times(inner, withInputs(node, inputs));
  }
  return undefined;
}

function ofChoice(node: Tensor, context: RuleContext): Tensor | undefined {
  if (!is(node, WHERE) || valueOf(node.inputs[2]) !== 0) return undefined;
  const inner = scaled(node.inputs[1], context);
  if (inner === undefined || !sameShape(node.shape, inner.x.shape)) return undefined;
  return times(inner, where(node.inputs[0], inner.x, node.inputs[2]));
}

function ofQuotient(node: Tensor, context: RuleContext): Tensor | undefined {
  const inner = is(node, DIV) ? scaled(node.inputs[0], context) : undefined;
  if (inner === undefined || !sameShape(node.shape, inner.x.shape)) return undefined;
  return times(inner, div(inner.x, node.inputs[1]));
}

/** Moves numbers outward, where tensors are not larger, until they meet and become one. */
export const scalars: readonly Rule[] = [ofProduct, ofLinear, ofChoice, ofQuotient];
