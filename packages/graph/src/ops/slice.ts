import type { Dim } from '../dim.ts';
import { canonicalDim, subtractDims } from '../dim.ts';
import { fromIndex, ndarray, stridesOf } from '../ndarray.ts';
import type { Operator } from '../operator.ts';
import { shapeError } from '../operator.ts';
import { normalizeAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { embed } from './embed.ts';

export interface SliceAttributes {
  readonly axis: number;
  readonly start: Dim;
  readonly end: Dim;
}

export const SLICE: Operator<SliceAttributes> = {
  name: 'Slice',
  infer(inputs, { axis, start, end }) {
    const [x] = inputs;
    const lengths =
      axis < x.shape.length
        ? [start, subtractDims(end, start), subtractDims(x.shape[axis], end)]
        : [-1];
    if (lengths.some((dim) => typeof dim === 'number' && dim < 0)) {
      throw shapeError('Slice', inputs, `elements ${start} to ${end} on axis ${axis}`);
    }
    const shape = x.shape.map((dim, k) => (k === axis ? subtractDims(end, start) : dim));
    return { shape, dtype: x.dtype };
  },
  gradient: ({ inputs: [x], attrs: { axis, start } }, g) => [
    embed(g, { axis, start, size: x.shape[axis] }),
  ],
  lower(node, lowering) {
    const { axis, start, end } = node.attrs;
    const inputs = [lowering.name(node.inputs[0])];
    inputs.push(lowering.sizes([start]), lowering.sizes([end]), lowering.ints([axis]));
    lowering.node('Slice', inputs, { output: lowering.name(node) });
  },
  evaluate([x], node, sizeOf) {
    const { axis, start } = node.attrs;
    const strides = stridesOf(x.shape);
    const offset = sizeOf(start) * strides[axis];
    const shape = node.shape.map(sizeOf);
    if (shape.includes(0)) return ndarray(shape);
    return fromIndex(
      shape,
      (index) => x.data[index.reduce((at, k, dim) => at + k * strides[dim], offset)],
    );
  },
};

/** Elements `start` (included) to `end` (excluded) of one axis. */
export function slice(x: Tensor, axis: number, start: Dim, end: Dim): Tensor {
  const attrs = {
    axis: normalizeAxis(axis, x.shape.length),
    start: canonicalDim(start),
    end: canonicalDim(end),
  };
  if (attrs.start === 0 && attrs.end === x.shape[attrs.axis]) return x;
  return x.graph.apply(SLICE, [x], attrs);
}
