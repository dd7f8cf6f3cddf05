import type { Dim } from '../dim.ts';
import { addDims } from '../dim.ts';
import { ndarray, stridesOf } from '../ndarray.ts';
import type { Operator } from '../operator.ts';
import { shapeError } from '../operator.ts';
import { normalizeAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { slice } from './slice.ts';

export interface ConcatAttributes {
  readonly axis: number;
}

export const CONCAT: Operator<ConcatAttributes> = {
  name: 'Concat',
  infer(inputs, { axis }) {
    const [first] = inputs;
    const fits = inputs.every(
      (input) =>
        input.dtype === first.dtype &&
        input.shape.length === first.shape.length &&
        input.shape.every((dim, k) => k === axis || dim === first.shape[k]),
    );
    if (axis >= first.shape.length || !fits) {
      throw shapeError('Concat', inputs, `shapes that differ on axis ${axis} only`);
    }
    const total = inputs.reduce<Dim>((sum, input) => addDims(sum, input.shape[axis]), 0);
    return { shape: first.shape.map((dim, k) => (k === axis ? total : dim)), dtype: first.dtype };
  },
  gradient: ({ inputs, attrs: { axis } }, g, wanted) => {
    let start: Dim = 0;
    return inputs.map((input, k) => {
      const end: Dim = addDims(start, input.shape[axis]);
      const part = wanted[k] ? slice(g, axis, start, end) : undefined;
      start = end;
      return part;
    });
  },
  lower(node, lowering) {
    lowering.node(
      'Concat',
      node.inputs.map((input) => lowering.name(input)),
      { output: lowering.name(node), attributes: { axis: node.attrs.axis } },
    );
  },
  evaluate(inputs, node, sizeOf) {
    const { axis } = node.attrs;
    const out = ndarray(node.shape.map(sizeOf));
    const inner = stridesOf(out.shape)[axis];
    const row = inner * out.shape[axis];
    let offset = 0;
    for (const { shape, data } of inputs) {
      const block = inner * shape[axis];
      for (let at = 0; at < data.length; at++) {
        out.data[Math.floor(at / block) * row + offset + (at % block)] = data[at];
      }
      offset += block;
    }
    return out;
  },
};

/** Joins tensors along one axis. */
export function concat(xs: readonly Tensor[], axis: number): Tensor {
  const [first] = xs;
  if (xs.length === 1) return first;
  return first.graph.apply(CONCAT, xs, { axis: normalizeAxis(axis, first.shape.length) });
}
