import { expect, test } from '@jest/globals';
import {
  add,
  grad,
  Graph,
  hessianVectorProduct,
  interpret,
  matmul,
  OnnxSession,
  optimize,
  reduceSum,
  silu,
  toOnnx,
} from '../src/index.ts';

/** float32 against float64 for numbers of size 1. */
const DIGITS = 5;

test('the example of the README', async () => {
  const graph = new Graph();
  const x = graph.input('x', ['N', 3]);
  const direction = graph.input('direction', ['N', 3]);
  const w1 = graph.constant(
    Float32Array.from({ length: 24 }, (_, k) => Math.sin(k)),
    [3, 8],
  );
  const w2 = graph.constant(
    Float32Array.from({ length: 8 }, (_, k) => Math.cos(k)),
    [8, 1],
  );

  const hidden = graph.scope('layer0', () => silu(matmul(x, w1)));
  const energy = graph.scope('readout', () => reduceSum(matmul(hidden, w2), [0, 1]));
  const [gradient] = grad(energy, [x]);
  const [product] = hessianVectorProduct(energy, [x], [direction]);

  const outputs = optimize({ energy, gradient, product });
  const bytes = toOnnx({ outputs, name: 'example', metadata: { unit: 'eV' } });

  const session = await OnnxSession.create(bytes, { threads: 1 });
  const data = Float32Array.of(0.1, 0.2, 0.3, -0.4, 0.5, 0.6);
  const along = Float32Array.of(1, 0, 0, 0, 0, 0);
  const result = await session.run({
    x: { data, dims: [2, 3] },
    direction: { data: along, dims: [2, 3] },
  });
  await session.release();

  const reference = interpret(
    { energy, gradient, product },
    { x: { data, shape: [2, 3] }, direction: { data: along, shape: [2, 3] } },
  );
  for (const name of ['energy', 'gradient', 'product'] as const) {
    expect(result[name].dims).toEqual(reference[name].shape);
    reference[name].data.forEach((value, k) => {
      expect(result[name].data[k]).toBeCloseTo(value, DIGITS);
    });
  }
  // The second row does not depend on the first: its part of the product is zero.
  expect([...reference.product.data.slice(3)]).toEqual([0, 0, 0]);
  expect(() => add(x, graph.input('other', ['M', 3]))).toThrow(
    'Add: expected shapes that broadcast, found [N, 3] float32, [M, 3] float32',
  );
});
