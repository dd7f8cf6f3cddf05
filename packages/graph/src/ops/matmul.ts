import type { Dim } from '../dim.ts';
import { ndarray } from '../ndarray.ts';
import type { NDArray } from '../ndarray.ts';
import type { Operator } from '../operator.ts';
import { requireFloat, shapeError } from '../operator.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './reshape.ts';

export interface MatmulAttributes {
  readonly transA: boolean;
  readonly transB: boolean;
}

/** Rows and columns of a matrix operand as it enters the product. */
function matrixShape(shape: readonly Dim[], transposed: boolean): [Dim, Dim] {
  const [rows, columns] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}

/** All axes but the last as one. */
function flatten(x: Tensor): Tensor {
  return x.shape.length === 2 ? x : reshape(x, [-1, x.shape[x.shape.length - 1]]);
}

function product(a: NDArray, b: NDArray, out: NDArray, attrs: MatmulAttributes): void {
  const [m, n] = out.shape.slice(-2);
  const [rowsA, columnsA] = a.shape.slice(-2);
  const [rowsB, columnsB] = b.shape.slice(-2);
  const k = attrs.transA ? rowsA : columnsA;
  const strideA = rowsA * columnsA;
  const strideB = b.shape.length === 2 ? 0 : rowsB * columnsB;
  for (let at = 0; at < out.data.length; at++) {
    const batch = Math.floor(at / (m * n));
    const row = Math.floor(at / n) % m;
    const column = at % n;
    let sum = 0;
    for (let j = 0; j < k; j++) {
      const x = a.data[batch * strideA + (attrs.transA ? j * columnsA + row : row * columnsA + j)];
      const y =
        b.data[batch * strideB + (attrs.transB ? column * columnsB + j : j * columnsB + column)];
      sum += x * y;
    }
    out.data[at] = sum;
  }
}

/**
 * Matrix product: 2-D; batched (equal front axes); or a stack of matrices times one matrix, which
 * ONNX Runtime computes as a single product.
 */
export const MATMUL: Operator<MatmulAttributes> = {
  name: 'MatMul',
  infer(inputs, { transA, transB }) {
    requireFloat('MatMul', inputs);
    const [a, b] = inputs;
    const rankA = a.shape.length;
    const rankB = b.shape.length;
    const front = a.shape.slice(0, -2);
    const stacked = rankB === 2 && (rankA === 2 || !transA);
    if (rankA < 2 || rankB < 2 || !(stacked || sameShape(front, b.shape.slice(0, -2)))) {
      throw shapeError(
        'MatMul',
        inputs,
        'matrices, batches of them, or a batch times one matrix (not transposed on the left)',
      );
    }
    const [m, k] = matrixShape(a.shape, transA);
    const [k2, n] = matrixShape(b.shape, transB);
    if (k !== k2) {
      const flags = `${transA ? 'transposed ' : ''}times ${transB ? 'transposed ' : ''}`;
      throw shapeError('MatMul', inputs, `equal inner sizes (${flags}inner ${k} and ${k2})`);
    }
    return { shape: [...front, m, n], dtype: 'float32' };
  },
  gradient({ inputs: [a, b], attrs: { transA, transB } }, g, [wantA, wantB]) {
    let ga;
    let gb;
    if (wantA) {
      ga = transA
        ? matmul(b, g, { transA: transB, transB: true })
        : matmul(g, b, { transA: false, transB: !transB });
    }
    if (wantB) {
      const stacked = b.shape.length === 2;
      const x = stacked ? flatten(a) : a;
      const y = stacked ? flatten(g) : g;
      gb = transB
        ? matmul(y, x, { transA: true, transB: transA })
        : matmul(x, y, { transA: !transA, transB: false });
    }
    return [ga, gb];
  },
  lower(node, lowering) {
    const { transA, transB } = node.attrs;
    const inputs = node.inputs.map((input) => lowering.name(input));
    const output = lowering.name(node);
    const attributes = { transA: transA ? 1 : 0, transB: transB ? 1 : 0 };
    if (!transA && !transB) lowering.node('MatMul', inputs, { output });
    else if (node.shape.length === 2) lowering.node('Gemm', inputs, { output, attributes });
    else lowering.node('FusedMatMul', inputs, { output, attributes, domain: 'com.microsoft' });
  },
  evaluate([a, b], node, sizeOf) {
    const out = ndarray(node.shape.map(sizeOf));
    product(a, b, out, node.attrs);
    return out;
  },
};

/**
 * Matrix product of `a` and `b`, each transposed (last two axes) where asked.
 *
 * Shapes: `[m, k] x [k, n]`; `[..., m, k] x [..., k, n]` with equal front axes; and
 * `[..., m, k] x [k, n]`.
 */
export function matmul(
  a: Tensor,
  b: Tensor,
  options: { readonly transA?: boolean; readonly transB?: boolean } = {},
): Tensor {
  const { transA = false, transB = false } = options;
  return a.graph.apply(MATMUL, [a, b], { transA, transB });
}
