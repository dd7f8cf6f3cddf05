import { add, ADD, DIV, div, MUL, mul, neg, NEG, SUB, sub } from '../ops/arithmetic.ts';
import { BROADCAST_TO } from '../ops/broadcastTo.ts';
import { CONCAT } from '../ops/concat.ts';
import { EMBED } from '../ops/embed.ts';
import { GATHER, ONE_HOT_SUM, TABLE_SUM } from '../ops/gather.ts';
import { MATMUL } from '../ops/matmul.ts';
import { REDUCE_SUM } from '../ops/reduceSum.ts';
import { RESHAPE } from '../ops/reshape.ts';
import { SLICE } from '../ops/slice.ts';
import { COS, SIN } from '../ops/transcendental.ts';
import { TRANSPOSE } from '../ops/transpose.ts';
import type { Tensor } from '../tensor.ts';
import { is, mapConstant, withInputs } from './patterns.ts';
import type { Rule, RuleContext } from './rewrite.ts';

const LINEAR: ReadonlySet<string> = new Set(
  [BROADCAST_TO, EMBED, GATHER, ONE_HOT_SUM, TABLE_SUM, REDUCE_SUM, RESHAPE, SLICE, TRANSPOSE].map(
    (operator) => operator.name,
  ),
);

/** The negative of a constant, undefined for any other tensor. */
function negated(tensor: Tensor): Tensor | undefined {
  return mapConstant(tensor, (x) => -x);
}

function ofSums(node: Tensor): Tensor | undefined {
  const [a, b] = node.inputs;
  if (is(node, ADD)) {
    if (is(a, NEG) && is(b, NEG)) return neg(add(a.inputs[0], b.inputs[0]));
    if (is(b, NEG)) return sub(a, b.inputs[0]);
    return is(a, NEG) ? sub(b, a.inputs[0]) : undefined;
  }
  if (!is(node, SUB)) return undefined;
  if (is(b, NEG)) return add(a, b.inputs[0]);
  return is(a, NEG) ? neg(add(a.inputs[0], b)) : undefined;
}

function ofProducts(node: Tensor): Tensor | undefined {
  const [a, b] = node.inputs;
  if (is(node, MUL)) {
    const [minusA, minusB] = [negated(a), negated(b)];
    if (is(a, NEG)) return minusB ? mul(a.inputs[0], minusB) : neg(mul(a.inputs[0], b));
    if (is(b, NEG)) return minusA ? mul(minusA, b.inputs[0]) : neg(mul(a, b.inputs[0]));
  }
  if (is(node, DIV)) {
    if (is(a, NEG)) return neg(div(a.inputs[0], b));
    if (is(b, NEG)) return neg(div(a, b.inputs[0]));
  }
  if (is(node, MATMUL)) {
    if (is(a, NEG)) return neg(withInputs(node, [a.inputs[0], b]));
    if (is(b, NEG)) return neg(withInputs(node, [a, b.inputs[0]]));
  }
  return undefined;
}

function outward(node: Tensor): Tensor | undefined {
  if (LINEAR.has(node.op) && is(node.inputs[0], NEG)) {
    const [x, ...others] = node.inputs;
    return neg(withInputs(node, [x.inputs[0], ...others]));
  }
  if (is(node, CONCAT) && node.inputs.every((input) => is(input, NEG))) {
    return neg(
      withInputs(
        node,
        node.inputs.map((input) => input.inputs[0]),
      ),
    );
  }
  if (is(node, SIN) && is(node.inputs[0], NEG)) {
    return neg(withInputs(node, [node.inputs[0].inputs[0]]));
  }
  return is(node, COS) && is(node.inputs[0], NEG)
    ? withInputs(node, [node.inputs[0].inputs[0]])
    : undefined;
}

function inside(node: Tensor, { uses }: RuleContext): Tensor | undefined {
  if (!is(node, NEG)) return undefined;
  const [x] = node.inputs;
  if (is(x, NEG)) return x.inputs[0];
  const [a, b] = x.inputs;
  if (is(x, SUB) && uses(x) === 1) return sub(b, a);
  if (!is(x, MUL)) return undefined;
  const [minusA, minusB] = [negated(a), negated(b)];
  if (minusA !== undefined) return mul(minusA, b);
  return minusB && mul(a, minusB);
}

/** Moves negations outward until they meet a sum, a constant or another negation. */
export const negation: readonly Rule[] = [ofSums, ofProducts, outward, inside];
