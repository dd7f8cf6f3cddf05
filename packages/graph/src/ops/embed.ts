import type { Dim } from '../dim.ts';
import { addDims, canonicalDim, subtractDims } from '../dim.ts';
import { ndarray, stridesOf } from '../ndarray.ts';
import type { Operator } from '../operator.ts';
import { requireFloat, shapeError } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import { slice } from './slice.ts';

export interface EmbedAttributes {
  readonly axis: number;
  /** Where the tensor starts in the result. */
  readonly start: Dim;
  /** Size of the result along the axis. */
  readonly size: Dim;
}

/** A tensor inside zeros along one axis: the gradient of a slice. */
export const EMBED: Operator<EmbedAttributes> = {
  name: 'Embed',
  infer(inputs, { axis, start, size }) {
    requireFloat('Embed', inputs);
    const [x] = inputs;
    const rest = subtractDims(size, addDims(start, x.shape[axis] ?? 0));
    const negative = [start, rest].some((dim) => typeof dim === 'number' && dim < 0);
    if (axis >= x.shape.length || negative) {
      throw shapeError('Embed', inputs, `room from ${start} in ${size} on axis ${axis}`);
    }
    return { shape: x.shape.map((dim, k) => (k === axis ? size : dim)), dtype: x.dtype };
  },
  gradient: ({ inputs: [x], attrs: { axis, start } }, g) => [
    slice(g, axis, start, addDims(start, x.shape[axis])),
  ],
  lower(node, lowering) {
    const { axis, start, size } = node.attrs;
    const [x] = node.inputs;
    const rank = x.shape.length;
    const pads = new Array<Dim>(2 * rank).fill(0);
    pads[axis] = start;
    pads[rank + axis] = subtractDims(size, addDims(start, x.shape[axis]));
    lowering.node('Pad', [lowering.name(x), lowering.sizes(pads)], {
      output: lowering.name(node),
    });
  },
  evaluate([x], node, sizeOf) {
    const { axis, start } = node.attrs;
    const out = ndarray(node.shape.map(sizeOf));
    const inner = stridesOf(x.shape)[axis];
    const block = inner * x.shape[axis];
    if (block === 0) return out;
    for (let at = 0; at < x.data.length; at++) {
      const outer = Math.floor(at / block);
      const to = outer * inner * out.shape[axis] + sizeOf(start) * inner + (at % block);
      out.data[to] = x.data[at];
    }
    return out;
  },
};

/** Places `x` at `start` in zeros of the given size along one axis. */
export function embed(x: Tensor, placement: EmbedAttributes): Tensor {
  const { axis, start, size } = placement;
  if (start === 0 && canonicalDim(size) === x.shape[axis]) return x;
  return x.graph.apply(EMBED, [x], {
    axis,
    start: canonicalDim(start),
    size: canonicalDim(size),
  });
}
