import { broadcastAt, fromIndex } from '../ndarray.ts';
import type { Operator } from '../operator.ts';
import { requireFloat, shapeError } from '../operator.ts';
import { broadcastsTo } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { MatmulAttributes } from './matmul.ts';
import { MATMUL } from './matmul.ts';
import { sumTo } from './reduceSum.ts';

/** Matrix product plus a term that broadcasts to it: ONNX Gemm. Passes make it. */
export const AFFINE: Operator<MatmulAttributes> = {
  name: 'Affine',
  infer(inputs, attrs) {
    requireFloat('Affine', inputs);
    const [a, b, c] = inputs;
    const product = MATMUL.infer([a, b], attrs);
    if (product.shape.length !== 2 || !broadcastsTo(c.shape, product.shape)) {
      throw shapeError('Affine', inputs, 'two matrices and a term that broadcasts to the product');
    }
    return product;
  },
  gradient({ inputs: [a, b, c], attrs, graph }, g, [wantA, wantB, wantC]) {
    const product = graph.apply(MATMUL, [a, b], attrs);
    const parts = MATMUL.gradient?.(product as Tensor<MatmulAttributes>, g, [wantA, wantB]) ?? [];
    return [...parts, wantC ? sumTo(g, c.shape) : undefined];
  },
  lower(node, lowering) {
    const { transA, transB } = node.attrs;
    lowering.node(
      'Gemm',
      node.inputs.map((input) => lowering.name(input)),
      {
        output: lowering.name(node),
        attributes: { transA: transA ? 1 : 0, transB: transB ? 1 : 0 },
      },
    );
  },
  evaluate([a, b, c], node, sizeOf) {
    const product = MATMUL.evaluate([a, b], node, sizeOf);
    return fromIndex(product.shape, (index) => broadcastAt(product, index) + broadcastAt(c, index));
  },
};

/** `op(a) op(b) + c` for matrices. */
export function affine(inputs: readonly [Tensor, Tensor, Tensor], attrs: MatmulAttributes): Tensor {
  return inputs[0].graph.apply(AFFINE, inputs, attrs);
}
