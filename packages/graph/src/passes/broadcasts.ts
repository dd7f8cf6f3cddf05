import type { Dim } from '../dim.ts';
import { mul } from '../ops/arithmetic.ts';
import { BROADCAST_TO, broadcastTo } from '../ops/broadcastTo.ts';
import { GATHER } from '../ops/gather.ts';
import { MATMUL } from '../ops/matmul.ts';
import { RESHAPE, reshape } from '../ops/reshape.ts';
import { SLICE, slice } from '../ops/slice.ts';
import { sameShape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { attrsOf, is, isElementwise, unbroadcast, withInputs } from './patterns.ts';
import type { Rule } from './rewrite.ts';

/** Elementwise operators broadcast by themselves, and work on the small tensor first. */
function ofElementwise(node: Tensor): Tensor | undefined {
  if (!isElementwise(node) || !node.inputs.some((input) => is(input, BROADCAST_TO))) {
    return undefined;
  }
  return broadcastTo(withInputs(node, node.inputs.map(unbroadcast)), node.shape);
}

function ofBroadcast(node: Tensor): Tensor | undefined {
  if (!is(node, BROADCAST_TO)) return undefined;
  const [x] = node.inputs;
  if (is(x, BROADCAST_TO)) return broadcastTo(x.inputs[0], node.shape);
  if (is(x, RESHAPE)) {
    const [source] = x.inputs;
    const front = new Array<Dim>(Math.max(x.shape.length - source.shape.length, 0)).fill(1);
    if (sameShape([...front, ...source.shape], x.shape)) return broadcastTo(source, node.shape);
  }
  return sizeOf(x.shape) === sizeOf(node.shape) ? reshape(x, node.shape) : undefined;
}

/** Rows of a tensor whose rows are all the same. */
function ofGather(node: Tensor): Tensor | undefined {
  const [x] = node.inputs;
  if (!is(node, GATHER) || !is(x, BROADCAST_TO)) return undefined;
  const [source] = x.inputs;
  const shared = source.shape.length < x.shape.length || source.shape[0] === 1;
  if (!shared || x.shape[0] === 1) return undefined;
  const row =
    source.shape.length < x.shape.length ? source : reshape(source, source.shape.slice(1));
  return broadcastTo(row, node.shape);
}

function ofSlice(node: Tensor): Tensor | undefined {
  const attrs = attrsOf(node, SLICE);
  const [x] = node.inputs;
  if (attrs === undefined || !is(x, BROADCAST_TO)) return undefined;
  const [source] = x.inputs;
  const axis = attrs.axis - x.shape.length + source.shape.length;
  if (axis < 0 || source.shape[axis] === 1) return broadcastTo(source, node.shape);
  return broadcastTo(slice(source, axis, attrs.start, attrs.end), node.shape);
}

function swapped(shape: readonly Dim[], swap: boolean): Dim[] {
  const [rows, columns] = shape.slice(-2);
  return [...shape.slice(0, -2), ...(swap ? [columns, rows] : [rows, columns])];
}

/**
 * A product with inner size 1 is an outer product, which broadcasting does; but batches of matrices
 * are made faster by the product.
 */
function ofMatmul(node: Tensor): Tensor | undefined {
  const attrs = attrsOf(node, MATMUL);
  if (attrs === undefined) return undefined;
  const [a, b] = node.inputs;
  const left = swapped(a.shape, attrs.transA);
  const right = swapped(b.shape, attrs.transB);
  const isBatch = right.length > 2 && left[left.length - 2] !== 1 && right[right.length - 1] !== 1;
  if (left[left.length - 1] !== 1 || isBatch) return undefined;
  return mul(reshape(a, left), reshape(b, right));
}

/** Broadcasts that an operator does by itself, or that can be done later on less. */
export const broadcasts: readonly Rule[] = [
  ofElementwise,
  ofBroadcast,
  ofGather,
  ofSlice,
  ofMatmul,
];
