import type { Dim } from '../dim.ts';
import { MUL } from '../ops/arithmetic.ts';
import { BROADCAST_TO, broadcastTo } from '../ops/broadcastTo.ts';
import { constantData } from '../ops/leaf.ts';
import { MATMUL } from '../ops/matmul.ts';
import { REDUCE_SUM, reduceSum } from '../ops/reduceSum.ts';
import { RESHAPE, reshape } from '../ops/reshape.ts';
import { matmul } from '../ops/matmul.ts';
import { TRANSPOSE, transpose } from '../ops/transpose.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { attrsOf, is, isElementwise, isUnary, unbroadcast, withInputs } from './patterns.ts';
import type { Rule, RuleContext } from './rewrite.ts';

/** Sizes other than 1. */
function essential(shape: readonly Dim[]): Dim[] {
  return shape.filter((dim) => dim !== 1);
}

/** For each axis of `to`, the shape before broadcasting, where axes of size 1 came or went. */
function unbroadcastShape(
  before: readonly Dim[],
  after: readonly Dim[],
  to: readonly Dim[],
): Dim[] | undefined {
  if (!sameShape(essential(after), essential(to))) return undefined;
  const padded = [...new Array<Dim>(after.length - before.length).fill(1), ...before];
  const sizes = padded.filter((_, axis) => after[axis] !== 1);
  let next = 0;
  return to.map((dim) => (dim === 1 ? 1 : sizes[next++]));
}

function ofReshape(node: Tensor, { uses }: RuleContext): Tensor | undefined {
  if (!is(node, RESHAPE)) return undefined;
  const [x] = node.inputs;
  if (is(x, RESHAPE)) return reshape(x.inputs[0], node.shape);
  const broadcast = attrsOf(x, BROADCAST_TO);
  if (broadcast !== undefined) {
    const [source] = x.inputs;
    const shape = unbroadcastShape(source.shape, x.shape, node.shape);
    return shape && broadcastTo(reshape(source, shape), node.shape);
  }
  if (isUnary(x) && is(x.inputs[0], RESHAPE) && uses(x) === 1) {
    return withInputs(x, [reshape(x.inputs[0], node.shape)]);
  }
  const sum = attrsOf(x, REDUCE_SUM);
  if (sum !== undefined && uses(x) === 1) {
    const [source] = x.inputs;
    const kept = source.shape.map((dim, axis) => (sum.axes.includes(axis) ? 1 : dim));
    const dropped = source.shape.filter((_, axis) => !sum.axes.includes(axis));
    if (sum.keepDims && sameShape(dropped, node.shape)) return reduceSum(source, sum.axes);
    if (!sum.keepDims && sameShape(kept, node.shape)) {
      return reduceSum(source, sum.axes, { keepDims: true });
    }
  }
  return undefined;
}

/** `f(reshape(a), reshape(b)) -> reshape(f(a, b))` where both had one shape before. */
function ofElementwise(node: Tensor): Tensor | undefined {
  if (!isElementwise(node) || node.inputs.length !== 2) return undefined;
  const [a, b] = node.inputs;
  if (!is(a, RESHAPE) || !is(b, RESHAPE) || !sameShape(a.shape, b.shape)) return undefined;
  const [x] = a.inputs;
  const [y] = b.inputs;
  return sameShape(x.shape, y.shape) ? reshape(withInputs(node, [x, y]), node.shape) : undefined;
}

function ofTranspose(node: Tensor): Tensor | undefined {
  const attrs = attrsOf(node, TRANSPOSE);
  if (attrs === undefined) return undefined;
  const [x] = node.inputs;
  const inner = attrsOf(x, TRANSPOSE);
  if (inner !== undefined) {
    return transpose(
      x.inputs[0],
      attrs.perm.map((axis) => inner.perm[axis]),
    );
  }
  if (is(x, BROADCAST_TO)) {
    const [source] = x.inputs;
    const padded = reshape(source, [
      ...new Array<Dim>(x.shape.length - source.shape.length).fill(1),
      ...source.shape,
    ]);
    return broadcastTo(transpose(padded, attrs.perm), node.shape);
  }
  const moved = attrs.perm.filter((axis) => x.shape[axis] !== 1);
  const ordered = moved.every((axis, k) => k === 0 || axis > moved[k - 1]);
  return ordered ? reshape(x, node.shape) : undefined;
}

/** The matrices whose transposition (last two axes only) a tensor is. */
function untransposed(tensor: Tensor): Tensor | undefined {
  const attrs = attrsOf(tensor, TRANSPOSE);
  if (attrs === undefined) return undefined;
  const { perm } = attrs;
  const last = perm.length - 1;
  const swaps = perm.every((axis, k) =>
    k < last - 1 ? axis === k : axis === (k === last ? last - 1 : last),
  );
  return swaps ? tensor.inputs[0] : undefined;
}

function ofMatmul(node: Tensor): Tensor | undefined {
  const attrs = attrsOf(node, MATMUL);
  if (attrs === undefined) return undefined;
  const [a, b] = node.inputs;
  const { transA, transB } = attrs;
  const right = untransposed(b);
  if (right !== undefined && constantData(right) === undefined) {
    return matmul(a, right, { transA, transB: !transB });
  }
  const left = untransposed(a);
  if (left === undefined || b.shape.length !== a.shape.length) return undefined;
  return matmul(left, b, { transA: !transA, transB });
}

/** A sum over axes of size 1 is a reshape; a sum of a sum is one sum. */
function ofSum(node: Tensor): Tensor | undefined {
  const attrs = attrsOf(node, REDUCE_SUM);
  if (attrs === undefined) return undefined;
  const [x] = node.inputs;
  const axes = attrs.axes.filter((axis) => x.shape[axis] !== 1);
  if (axes.length < attrs.axes.length) return reshape(reduceSum(x, axes), node.shape);
  const inner = attrsOf(x, REDUCE_SUM);
  if (inner?.keepDims === true) {
    const all = [...new Set([...inner.axes, ...axes])];
    return reshape(reduceSum(x.inputs[0], all), node.shape);
  }
  if (is(x, BROADCAST_TO)) return ofBroadcastSum(node, x, axes);
  return undefined;
}

/** Sums over repeated axes are products with their size; others are done before repeating. */
function ofBroadcastSum(node: Tensor, x: Tensor, axes: readonly number[]): Tensor | undefined {
  const source = unbroadcast(x);
  const front = x.shape.length - source.shape.length;
  const padded = reshape(source, [...new Array<Dim>(front).fill(1), ...source.shape]);
  const repeated = axes.filter((axis) => padded.shape[axis] === 1);
  const others = axes.filter((axis) => padded.shape[axis] !== 1);
  let count = 1;
  for (const axis of repeated) {
    const size = x.shape[axis];
    if (typeof size === 'string') return undefined;
    count *= size;
  }
  const sum = reduceSum(padded, others, { keepDims: true });
  const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const scaled = count === 1 ? sum : node.graph.apply(MUL, [sum, node.graph.scalar(count)], {});
  return reshape(broadcastTo(scaled, kept), node.shape);
}

/** Constants take any shape for free. */
function ofConstant(node: Tensor): Tensor | undefined {
  if (!is(node, RESHAPE)) return undefined;
  const data = constantData(node.inputs[0]);
  return data && node.graph.constant(data, node.shape.map(Number), node.dtype);
}

/** Reshapes, transpositions and sums that undo or contain each other. */
export const reshapes: readonly Rule[] = [
  ofConstant,
  ofReshape,
  ofElementwise,
  ofTranspose,
  ofMatmul,
  ofSum,
];
