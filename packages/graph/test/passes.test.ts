import { describe, expect, test } from '@jest/globals';
import type { Pass, Tensor } from '../src/index.ts';
import * as G from '../src/index.ts';
import type { Feeds } from './support.ts';
import {
  completeFeeds,
  deviation,
  expectSameOnOnnx,
  operatorsOf,
  random,
  weighted,
} from './support.ts';

/** Two ways to the same float64 number. */
const DOUBLE_TOLERANCE = 1e-12;

interface Case {
  readonly build: (x: Tensor, y: Tensor) => Tensor;
  /** Operators that are left. */
  readonly left: readonly string[];
}

const c = (like: Tensor, value: number): Tensor => like.graph.scalar(value);
const zeros = (like: Tensor): Tensor => G.broadcastTo(c(like, 0), like.shape);

/** x and y are [4, 6]. */
const CASES: Record<string, Case> = {
  'x + 0': { build: (x) => G.add(x, c(x, 0)), left: [] },
  '0 + x with broadcast': {
    build: (x) => G.add(zeros(x), G.slice(x, 0, 0, 1)),
    left: ['BroadcastTo', 'Slice'],
  },
  'x - 0': { build: (x) => G.sub(x, c(x, 0)), left: [] },
  '0 - x': { build: (x) => G.sub(c(x, 0), x), left: ['Neg'] },
  'x - x': { build: (x) => G.sub(x, x), left: ['BroadcastTo'] },
  'x + x': { build: (x) => G.add(x, x), left: ['Mul'] },
  'x * 1': { build: (x) => G.mul(x, c(x, 1)), left: [] },
  'x * 0': { build: (x) => G.mul(x, c(x, 0)), left: ['BroadcastTo'] },
  'x * -1 * -1': { build: (x) => G.mul(G.mul(x, c(x, -1)), c(x, -1)), left: [] },
  'x / 2': { build: (x) => G.div(x, c(x, 2)), left: ['Mul'] },
  'x / constants': {
    build: (x) => G.div(x, x.graph.constant([1, 2, 3, 4], [4, 1])),
    left: ['Mul'],
  },
  '0 / x': { build: (x) => G.div(c(x, 0), x), left: ['BroadcastTo'] },
  '1 / x': { build: (x) => G.div(c(x, 1), x), left: ['Reciprocal'] },
  'x * (1 / y)': { build: (x, y) => G.mul(x, G.reciprocal(y)), left: ['Div'] },
  'product with zeros': {
    build: (x, y) => G.matmul(x, zeros(y), { transB: true }),
    left: ['BroadcastTo'],
  },
  'sum of zeros': { build: (x) => G.reduceSum(zeros(x), [0]), left: ['BroadcastTo'] },
  'where of equal branches': { build: (x, y) => G.where(G.less(x, y), x, x), left: [] },
  '-(-x)': { build: (x) => G.neg(G.neg(x)), left: [] },
  '-x * -y': { build: (x, y) => G.mul(G.neg(x), G.neg(y)), left: ['Mul'] },
  '-x * 3': { build: (x) => G.mul(G.neg(x), c(x, 3)), left: ['Mul'] },
  '-(3 x)': { build: (x) => G.neg(G.mul(c(x, 3), x)), left: ['Mul'] },
  '-(x 3)': { build: (x) => G.neg(G.mul(x, c(x, 3))), left: ['Mul'] },
  '-x / -y': { build: (x, y) => G.div(G.neg(x), G.neg(y)), left: ['Div'] },
  'x + -y': { build: (x, y) => G.add(x, G.neg(y)), left: ['Sub'] },
  '-x + y': { build: (x, y) => G.add(G.neg(x), y), left: ['Sub'] },
  '-x + -y': { build: (x, y) => G.add(G.neg(x), G.neg(y)), left: ['Add', 'Neg'] },
  'x - -y': { build: (x, y) => G.sub(x, G.neg(y)), left: ['Add'] },
  '-(-x - y)': { build: (x, y) => G.neg(G.sub(G.neg(x), y)), left: ['Add'] },
  '-(x - y)': { build: (x, y) => G.neg(G.sub(x, y)), left: ['Sub'] },
  '-x @ -y': { build: (x, y) => G.matmul(G.neg(x), G.neg(y), { transA: true }), left: ['MatMul'] },
  'sum of -x, negated': { build: (x) => G.neg(G.reduceSum(G.neg(x), [1])), left: ['ReduceSum'] },
  'cos(-x)': { build: (x) => G.cos(G.neg(x)), left: ['Cos'] },
  '-sin(-x)': { build: (x) => G.neg(G.sin(G.neg(x))), left: ['Sin'] },
  'concat of negatives': {
    build: (x, y) => G.neg(G.concat([G.neg(x), G.neg(y)], 0)),
    left: ['Concat'],
  },
  'elementwise on broadcasts': {
    build: (x) => G.exp(G.broadcastTo(G.slice(x, 0, 0, 1), [4, 6])),
    left: ['BroadcastTo', 'Exp', 'Slice'],
  },
  'broadcast that the operator does': {
    build: (x, y) => G.mul(G.broadcastTo(G.slice(x, 0, 0, 1), [4, 6]), y),
    left: ['Mul', 'Slice'],
  },
  'broadcast of a broadcast': {
    build: (x) => G.broadcastTo(G.broadcastTo(x, [1, 4, 6]), [2, 4, 6]),
    left: ['BroadcastTo'],
  },
  'slice of a broadcast': {
    build: (x) => G.slice(G.broadcastTo(x, [3, 4, 6]), 0, 1, 2),
    left: ['Reshape'],
  },
  'inner slice of a broadcast': {
    build: (x) => G.slice(G.broadcastTo(x, [3, 4, 6]), 2, 1, 2),
    left: ['BroadcastTo', 'Slice'],
  },
  'gather of equal rows': {
    build: (x) =>
      G.gather(
        G.broadcastTo(G.slice(x, 0, 0, 1), [4, 6]),
        G.oneHotMap(x.graph.constant([1, 0], [2], 'int64'), 4),
      ),
    left: ['BroadcastTo', 'Reshape', 'Slice'],
  },
  'product with inner size 1': {
    build: (x, y) => G.matmul(G.slice(x, 0, 0, 1), G.slice(y, 0, 1, 2), { transA: true }),
    left: ['Mul', 'Reshape', 'Slice', 'Slice'],
  },
  'reshape of reshape': {
    build: (x) => G.reshape(G.reshape(x, [24]), [2, 12]),
    left: ['Reshape'],
  },
  'reshape there and back': { build: (x) => G.reshape(G.reshape(x, [24]), [4, 6]), left: [] },
  'reshape around a function': {
    build: (x) => G.reshape(G.exp(G.reshape(x, [24])), [4, 6]),
    left: ['Exp'],
  },
  'reshape on both sides': {
    build: (x, y) => G.add(G.reshape(x, [24]), G.reshape(y, [24])),
    left: ['Add', 'Reshape'],
  },
  'reshape of a constant': {
    build: (x) => G.mul(x, G.reshape(x.graph.constant([1, 2, 3, 4, 5, 6], [2, 3]), [6])),
    left: ['Mul'],
  },
  'reshape of a broadcast': {
    build: (x) => G.reshape(G.broadcastTo(x, [3, 4, 6]), [3, 4, 1, 6]),
    left: ['BroadcastTo', 'Reshape'],
  },
  'sum with and without kept axes': {
    build: (x) => G.reshape(G.reduceSum(x, [1]), [4, 1]),
    left: ['ReduceSum'],
  },
  'sum whose axes are dropped later': {
    build: (x) => G.reshape(G.reduceSum(x, [1], { keepDims: true }), [4]),
    left: ['ReduceSum'],
  },
  'sum of a sum': {
    build: (x) => G.reduceSum(G.reduceSum(x, [1], { keepDims: true }), [0]),
    left: ['ReduceSum', 'Reshape'],
  },
  'sum over an axis of size 1': {
    build: (x) => G.reduceSum(G.slice(x, 0, 0, 1), [0]),
    left: ['Reshape', 'Slice'],
  },
  'sum over repeated rows': {
    build: (x) => G.reduceSum(G.broadcastTo(G.slice(x, 0, 0, 1), [4, 6]), [0, 1]),
    left: ['Mul', 'ReduceSum', 'Reshape', 'Slice'],
  },
  'transpose twice': {
    build: (x) => G.transpose(G.transpose(x, [1, 0]), [1, 0]),
    left: [],
  },
  'transpose of a row': {
    build: (x) => G.transpose(G.slice(x, 0, 0, 1), [1, 0]),
    left: ['Reshape', 'Slice'],
  },
  'transpose of a broadcast': {
    build: (x) => G.transpose(G.broadcastTo(x, [3, 4, 6]), [2, 1, 0]),
    left: ['BroadcastTo', 'Reshape', 'Transpose'],
  },
  'transpose before a product': {
    build: (x, y) => G.matmul(x, G.transpose(y, [1, 0])),
    left: ['MatMul'],
  },
  'transpose on the left': {
    build: (x, y) => G.matmul(G.transpose(x, [1, 0]), y),
    left: ['MatMul'],
  },
  'sum of products over the last axis': {
    build: (x, y) => G.reduceSum(G.mul(G.reshape(x, [4, 1, 6]), y), [2]),
    left: ['MatMul'],
  },
  'the factors exchanged': {
    build: (x, y) => G.reduceSum(G.mul(y, G.reshape(x, [4, 1, 6])), [2]),
    left: ['MatMul'],
  },
  'sum of products over the first axis': {
    build: (x, y) => G.reduceSum(G.mul(G.reshape(x, [4, 6, 1]), G.reshape(y, [4, 1, 6])), [0]),
    left: ['MatMul'],
  },
  'batched products, summed axis in the middle': {
    build: (x, y) =>
      G.reshape(
        G.reduceSum(G.mul(G.reshape(x, [2, 6, 2, 1]), G.reshape(y, [2, 6, 1, 2])), [1]),
        [8],
      ),
    left: ['MatMul', 'Reshape', 'Reshape', 'Reshape'],
  },
  'a stack of rows times a vector': {
    build: (x, y) =>
      G.reduceSum(G.mul(G.reshape(x, [2, 2, 6]), G.reshape(G.slice(y, 0, 0, 1), [6])), [2]),
    left: ['MatMul', 'Reshape', 'Reshape', 'Reshape', 'Slice'],
  },
  'a product whose result has mixed axes stays': {
    build: (x, y) =>
      G.reduceSum(G.mul(G.reshape(x, [2, 6, 2, 1]), G.reshape(y, [1, 6, 2, 2])), [1]),
    left: ['Mul', 'ReduceSum', 'Reshape', 'Reshape'],
  },
  'a batched vector times a matrix': {
    build: (x, y) => {
      const vectors = G.reshape(G.slice(y, 0, 0, 2), [4, 3, 1]);
      return G.reduceSum(G.mul(vectors, G.reshape(x, [4, 3, 2])), [1]);
    },
    left: ['MatMul', 'Reshape', 'Reshape', 'Reshape', 'Slice'],
  },
  'an inner product of rows stays': {
    build: (x, y) => G.reduceSum(G.mul(x, y), [1]),
    left: ['Mul', 'ReduceSum'],
  },
  'slice of a concatenation': {
    build: (x, y) => G.slice(G.concat([x, y], 1), 1, 6, 12),
    left: [],
  },
  'slice inside one part': {
    build: (x, y) => G.slice(G.concat([x, y], 1), 1, 7, 9),
    left: ['Slice'],
  },
  'slice of whole parts': {
    build: (x, y) => G.slice(G.concat([x, y, x, y], 1), 1, 6, 18),
    left: ['Concat'],
  },
  'slice that cuts two parts': {
    build: (x, y) => G.slice(G.concat([x, y], 1), 1, 5, 7),
    left: ['Concat', 'Slice'],
  },
  'slice of a slice': { build: (x) => G.slice(G.slice(x, 1, 1, 5), 1, 1, 3), left: ['Slice'] },
  'concatenation of neighbouring slices': {
    build: (x) =>
      G.concat(
        [0, 2, 4].map((at) => G.slice(x, 1, at, at + 2)),
        1,
      ),
    left: [],
  },
  'concatenation of a concatenation': {
    build: (x, y) => G.concat([G.concat([x, y], 0), x], 0),
    left: ['Concat'],
  },
  'small factors first': {
    build: (x, y) => {
      const row = G.reduceSum(y, [0]);
      return G.mul(G.mul(x, row), G.sin(row));
    },
    left: ['Mul', 'Mul', 'ReduceSum', 'Sin'],
  },
  'numbers meet across a product': {
    build: (x, y) => G.mul(G.mul(G.mul(x, c(x, 2)), G.sin(y)), c(x, 3)),
    left: ['Mul', 'Mul', 'Sin'],
  },
  'numbers after sums, slices, reshapes': {
    build: (x) => {
      const half = G.reshape(G.slice(G.mul(x, c(x, 0.5)), 0, 1, 3), [12]);
      return G.mul(G.reduceSum(half, [0]), c(x, 4));
    },
    left: ['Mul', 'ReduceSum', 'Reshape', 'Slice'],
  },
  'numbers after a smaller product': {
    build: (x, y) => G.mul(G.matmul(x, G.mul(y, c(x, 2)), { transB: true }), c(x, 3)),
    left: ['MatMul', 'Mul'],
  },
  'numbers through where and div': {
    build: (x, y) =>
      G.mul(G.div(G.where(G.less(x, y), G.mul(x, c(x, 2)), c(x, 0)), G.exp(y)), c(x, 3)),
    left: ['Div', 'Exp', 'Less', 'Mul', 'Where'],
  },
  'a number stays on the smaller side': {
    build: (x, y) => G.mul(G.mul(G.slice(x, 0, 0, 1), c(x, 2)), y),
    left: ['Mul', 'Mul', 'Slice'],
  },
  'common factor': {
    build: (x, y) => G.add(G.mul(x, G.sin(y)), G.mul(G.cos(x), G.sin(y))),
    left: ['Add', 'Cos', 'Mul', 'Sin'],
  },
  'common right matrix': {
    build: (x, y) =>
      G.sub(G.matmul(x, y, { transB: true }), G.matmul(G.sin(x), y, { transB: true })),
    left: ['MatMul', 'Sin', 'Sub'],
  },
  'common left matrix': {
    build: (x, y) =>
      G.sub(G.matmul(x, y, { transA: true }), G.matmul(x, G.sin(y), { transA: true })),
    left: ['MatMul', 'Sin', 'Sub'],
  },
  'sum of thin batched products': {
    build: (x, y) => {
      const batch = (t: Tensor): Tensor => G.reshape(t, [2, 2, 6]);
      return G.add(
        G.matmul(batch(x), batch(y), { transA: true }),
        G.matmul(batch(G.sin(y)), batch(x), { transA: true }),
      );
    },
    left: ['Concat', 'Concat', 'MatMul', 'Reshape', 'Reshape', 'Reshape', 'Sin'],
  },
  'batched outer product': {
    build: (x, y) => G.matmul(G.reshape(x, [4, 6, 1]), G.reshape(y, [4, 1, 6])),
    left: ['MatMul', 'Reshape', 'Reshape'],
  },
  'batched product of numbers and rows': {
    build: (x, y) => G.matmul(G.reshape(x, [24, 1, 1]), G.reshape(y, [24, 1, 1])),
    left: ['Mul', 'Reshape'],
  },
  'common index': {
    build: (x, y) => {
      const map = G.oneHotMap(x.graph.constant([1, 0], [2], 'int64'), 4);
      return G.add(G.gather(x, map), G.gather(y, map));
    },
    left: ['Add', 'Gather'],
  },
  'product plus a term': {
    build: (x, y) => G.add(G.matmul(x, y, { transB: true }), G.reduceSum(x, [1])),
    left: ['Affine', 'ReduceSum'],
  },
  'silu alone': { build: (x) => G.silu(x), left: ['Silu'] },
  'silu next to its sigmoid': {
    build: (x) => G.concat([G.silu(x), G.sigmoid(x)], 0),
    left: ['Concat', 'Mul', 'Sigmoid'],
  },
};

describe('optimize', () => {
  test.each(Object.entries(CASES))('%s', async (_name, { build, left }) => {
    const graph = new G.Graph();
    const [x, y] = ['x', 'y'].map((name) => graph.input(name, [4, 6]));
    const out = build(x, y);
    const { out: better } = G.optimize({ out });
    expect(operatorsOf(better)).toEqual([...left].sort());
    expect(better.shape).toEqual(out.shape);
    const feeds = { x: random([4, 6]), y: random([4, 6], 2) };
    const { a, b } = G.interpret({ a: out, b: better }, feeds);
    expect(deviation(b.data, a)).toBeLessThan(DOUBLE_TOLERANCE);
    await expectSameOnOnnx({ out: better }, feeds);
  });

  test('folds what depends on constants only, in float64', () => {
    const graph = new G.Graph();
    const x = graph.input('x', [2]);
    const factor = G.exp(G.mul(graph.scalar(0.1), graph.constant([1, 2], [2])));
    const { out } = G.optimize({ out: G.mul(x, factor) });
    expect(operatorsOf(out)).toEqual(['Mul']);
    const { out: value } = G.interpret({ out }, { x: { shape: [2], data: [1, 1] } });
    expect([...value.data]).toEqual([Math.exp(0.1), Math.exp(0.2)]);
  });

  test('keeps constants small', () => {
    const graph = new G.Graph();
    const row = graph.constant(
      Float32Array.from({ length: 2048 }, (_, k) => k),
      [2048],
    );
    const big = G.mul(row, G.reshape(row, [2048, 1]));
    expect(operatorsOf(G.optimize({ big }).big)).toEqual(['Mul']);
  });

  test('drops the links that only gradients need', () => {
    const graph = new G.Graph();
    const x = graph.input('x', [3]);
    const index = graph.constant([0, 0, 1, 1, 2, 2], [6], 'int64');
    const y = G.gather(x, G.blockMap(index, 3, 2));
    const [g] = G.grad(weighted(G.mul(y, y)), [x]);
    expect(operatorsOf(g)).toContain('GatherTranspose');
    const outputs = G.optimize({ g });
    expect(operatorsOf(outputs.g)).not.toContain('GatherTranspose');
    const feeds: Feeds = completeFeeds([g], { x: random([3]) }, {});
    const { a, b } = G.interpret({ a: g, b: outputs.g }, feeds);
    expect(deviation(b.data, a)).toBeLessThan(DOUBLE_TOLERANCE);
  });

  test('leaves outputs that are inputs or constants alone', () => {
    const graph = new G.Graph();
    const x = graph.input('x', [2]);
    const one = graph.scalar(1);
    expect(G.optimize({ x, one })).toEqual({ x, one });
  });
});

describe('a broken pass', () => {
  const graph = new G.Graph();
  const y = G.exp(graph.input('x', [2, 3]));
  const run = (pass: Pass): unknown => G.optimize({ y }, { passes: [pass] });

  test('that changes a shape is found', () => {
    const pass = { name: 'flatten', run: ([x]: readonly Tensor[]) => [G.reshape(x, [6])] };
    expect(() => run(pass)).toThrow('pass flatten changed the shape of an output');
  });

  test('that makes an invalid tensor is found', () => {
    const pass = { name: 'forge', run: ([x]: readonly Tensor[]) => [{ ...x, shape: [9, 9] }] };
    expect(() => run(pass)).toThrow(G.VerificationError);
    expect(() => run(pass)).toThrow('pass forge: Exp');
  });

  test('that throws something else is not disguised', () => {
    const pass: Pass = {
      name: 'crash',
      run: () => {
        throw new RangeError('own error');
      },
    };
    expect(() => run(pass)).toThrow(RangeError);
  });

  test('that goes back and forth comes to an end', () => {
    const swap = G.rulePass('swap', (node) =>
      node.op === 'Exp' ? G.neg(G.neg(G.exp(node.inputs[0]))) : undefined,
    );
    expect(() => run(swap)).not.toThrow();
  });
});
