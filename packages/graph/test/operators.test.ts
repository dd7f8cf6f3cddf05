import { describe, expect, test } from '@jest/globals';
import type { Tensor } from '../src/index.ts';
import * as G from '../src/index.ts';
import { affine } from '../src/ops/affine.ts';
import { embed } from '../src/ops/embed.ts';
import type { Feeds } from './support.ts';
import {
  completeFeeds,
  expectGradient,
  expectSameOnOnnx,
  feed,
  operatorsOf,
  random,
  total,
  weighted,
} from './support.ts';

interface Case {
  /** Operator that the expression must contain. */
  readonly op: string;
  readonly name?: string;
  readonly build: (graph: G.Graph) => Tensor;
  readonly feeds: Feeds;
}

const SIZES = { N: 3, M: 2, E: 6, K: 2 };

const x23 = { x: random([2, 3]) };
const positive = { x: feed([2, 3], [0.3, 0.8, 1.1, 2, 0.6, 1.7]) };
const inputX = (graph: G.Graph): Tensor => graph.input('x', [2, 3]);

/** Shapes that broadcast: equal, missing axes, axes of size 1 on either side, empty. */
const BROADCASTS: readonly (readonly [number[], number[]])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[], [2, 3]],
  [
    [2, 1],
    [1, 3],
  ],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [[1], [1, 1]],
];

const binaries = { Add: G.add, Sub: G.sub, Mul: G.mul, Div: G.div };
const unaries = {
  Neg: G.neg,
  Exp: G.exp,
  Sin: G.sin,
  Cos: G.cos,
  Sigmoid: G.sigmoid,
  Tanh: G.tanh,
  Softplus: G.softplus,
  Silu: G.silu,
};

const EDGES = {
  owner: feed([6], [0, 0, 1, 2, 2, 2]),
  table: feed([3, 3], [0, 1, 6, 2, 6, 6, 3, 4, 5]),
};

function owners(graph: G.Graph): G.IndexMap {
  return G.ownerMap(graph.input('owner', ['E'], 'int64'), graph.input('table', ['N', 3], 'int64'), {
    appendZeroRow: true,
  });
}

const matmulCases: Case[] = [
  {
    shapes: [
      [2, 3],
      [3, 4],
    ],
    transA: false,
    transB: false,
  },
  {
    shapes: [
      [3, 2],
      [3, 4],
    ],
    transA: true,
    transB: false,
  },
  {
    shapes: [
      [2, 3],
      [4, 3],
    ],
    transA: false,
    transB: true,
  },
  {
    shapes: [
      [3, 2],
      [4, 3],
    ],
    transA: true,
    transB: true,
  },
  {
    shapes: [
      [2, 2, 3],
      [2, 3, 1],
    ],
    transA: false,
    transB: false,
  },
  {
    shapes: [
      [2, 3, 2],
      [2, 3, 4],
    ],
    transA: true,
    transB: false,
  },
  {
    shapes: [
      [2, 1, 3],
      [2, 4, 3],
    ],
    transA: false,
    transB: true,
  },
  {
    shapes: [
      [2, 3, 2],
      [2, 4, 3],
    ],
    transA: true,
    transB: true,
  },
  {
    shapes: [
      [2, 2, 3],
      [3, 4],
    ],
    transA: false,
    transB: false,
  },
  {
    shapes: [
      [2, 2, 3],
      [4, 3],
    ],
    transA: false,
    transB: true,
  },
].map(({ shapes: [a, b], ...options }) => ({
  op: 'MatMul',
  name: `MatMul ${JSON.stringify([a, b])} ${JSON.stringify(options)}`,
  build: (graph) => G.matmul(graph.input('x', a), graph.input('y', b), options),
  feeds: { x: random(a), y: random(b, 2) },
}));

const CASES: readonly Case[] = [
  ...Object.entries(binaries).flatMap(([op, apply]) =>
    BROADCASTS.map(([a, b]) => ({
      op,
      name: `${op} ${JSON.stringify([a, b])}`,
      build: (graph: G.Graph) => apply(graph.input('x', a), graph.input('y', b)),
      feeds: { x: random(a), y: random(b, 2) },
    })),
  ),
  ...Object.entries(unaries).map(([op, apply]) => ({
    op,
    build: (graph: G.Graph) => apply(inputX(graph)),
    feeds: x23,
  })),
  { op: 'Log', build: (graph) => G.log(inputX(graph)), feeds: positive },
  { op: 'Sqrt', build: (graph) => G.sqrt(inputX(graph)), feeds: positive },
  { op: 'Reciprocal', build: (graph) => G.reciprocal(inputX(graph)), feeds: positive },
  { op: 'Mul', name: 'square', build: (graph) => G.square(inputX(graph)), feeds: x23 },
  {
    op: 'Where',
    build: (graph) => {
      const x = inputX(graph);
      const y = graph.input('y', [3]);
      return G.where(G.less(x, graph.scalar(0)), G.mul(x, x), G.mul(y, x));
    },
    feeds: { ...x23, y: random([3], 2) },
  },
  {
    op: 'Less',
    build: (graph) => {
      const x = inputX(graph);
      return G.where(G.less(x, graph.scalar(0.2)), x, G.exp(x));
    },
    feeds: x23,
  },
  ...matmulCases,
  {
    op: 'Affine',
    build: (graph) =>
      affine([inputX(graph), graph.input('y', [4, 3]), graph.input('z', [4])], {
        transA: false,
        transB: true,
      }),
    feeds: { ...x23, y: random([4, 3], 2), z: random([4], 3) },
  },
  ...[[0], [1], [2], [0, 2], [0, 1, 2]].flatMap((axes) =>
    [true, false].map((keepDims) => ({
      op: 'ReduceSum',
      name: `ReduceSum ${axes.join()} ${keepDims}`,
      build: (graph: G.Graph) => {
        const x = graph.input('x', ['N', 1, 4]);
        return G.reduceSum(G.mul(x, x), axes, { keepDims });
      },
      feeds: { x: random([3, 1, 4]) },
    })),
  ),
  {
    op: 'Reshape',
    build: (graph) => {
      const x = graph.input('x', ['N', 'M', 4]);
      return G.mul(G.reshape(x, [-1, 2]), G.reshape(x, ['2*M*N', 2]));
    },
    feeds: { x: random([3, 2, 4]) },
  },
  {
    op: 'Reshape',
    name: 'Reshape with three symbolic sizes',
    build: (graph) => {
      const x = graph.input('x', ['M*N', 'E']);
      const y = graph.input('y', ['N', 'M']);
      return G.mul(G.reshape(x, ['N', 'M', 'E']), G.reshape(y, ['N', 'M', 1]));
    },
    feeds: { x: random([6, 6]), y: random([3, 2], 2) },
  },
  {
    op: 'BroadcastTo',
    build: (graph) => G.broadcastTo(graph.input('x', ['N', 1, 2]), ['M', 'N', 4, 2]),
    feeds: { x: random([3, 1, 2]), size: random([2], 4) },
  },
  {
    op: 'Transpose',
    build: (graph) => {
      const x = graph.input('x', ['N', 2, 4]);
      return G.transpose(G.mul(x, x), [2, 0, 1]);
    },
    feeds: { x: random([3, 2, 4]) },
  },
  ...[0, 1, -1].map((axis) => ({
    op: 'Slice',
    name: `Slice axis ${axis}`,
    build: (graph: G.Graph) => G.slice(G.exp(graph.input('x', [3, 4, 5])), axis, 1, 3),
    feeds: { x: random([3, 4, 5]) },
  })),
  {
    op: 'Slice',
    name: 'Slice with symbolic ends',
    build: (graph) => {
      const x = graph.input('x', ['N+2', 2]);
      return G.mul(G.slice(x, 0, 1, 'N+1'), graph.input('y', ['N', 1]));
    },
    feeds: { x: random([5, 2]), y: random([3, 1], 2) },
  },
  ...[0, 1, 2].map((axis) => ({
    op: 'Embed',
    name: `Embed axis ${axis}`,
    build: (graph: G.Graph) =>
      embed(G.exp(graph.input('x', [2, 3, 4])), { axis, start: 1, size: 6 }),
    feeds: { x: random([2, 3, 4]) },
  })),
  ...[0, 1, 2].map((axis) => ({
    op: 'Concat',
    name: `Concat axis ${axis}`,
    build: (graph: G.Graph) => {
      const x = graph.input('x', [2, 3, 4]);
      return G.concat([G.sin(x), graph.input('y', [2, 3, 4]), G.mul(x, x)], axis);
    },
    feeds: { x: random([2, 3, 4]), y: random([2, 3, 4], 2) },
  })),
  {
    op: 'Gather',
    build: (graph) => G.gather(G.exp(graph.input('x', ['N', 2])), owners(graph)),
    feeds: { x: random([3, 2]), ...EDGES },
  },
  {
    op: 'GatherTranspose',
    build: (graph) => {
      const x = graph.input('x', [3, 2]);
      const block = graph.constant([0, 0, 1, 1, 2, 2], [6], 'int64');
      const y = G.gather(x, G.blockMap(block, 3, 2));
      return G.grad(weighted(G.mul(y, y)), [x])[0];
    },
    feeds: { x: random([3, 2]) },
  },
  {
    op: 'TableSum',
    build: (graph) => owners(graph).transpose(G.exp(graph.input('x', ['E', 2]))),
    feeds: { x: random([6, 2]), ...EDGES },
  },
  ...[[], [2], [2, 3]].map((tail) => ({
    op: 'OneHotSum',
    name: `OneHotSum ${JSON.stringify(tail)}`,
    build: (graph: G.Graph) => {
      const map = G.oneHotMap(graph.input('owner', ['E'], 'int64'), 3);
      return map.transpose(G.exp(graph.input('x', ['E', ...tail])));
    },
    feeds: { x: random([6, ...tail]), owner: EDGES.owner },
  })),
  {
    op: 'OneHot',
    build: (graph) =>
      G.mul(
        G.oneHot(graph.input('owner', ['E'], 'int64'), 'N'),
        G.exp(graph.input('x', ['E', 'N'])),
      ),
    feeds: { x: random([6, 3]), owner: EDGES.owner },
  },
  {
    op: 'StopGradient',
    build: (graph) => {
      const x = inputX(graph);
      return G.add(x, G.stopGradient(graph.input('y', [3])));
    },
    feeds: { ...x23, y: random([3], 2) },
  },
];

/** Inputs that the expression can be differentiated by. */
function variables(y: Tensor, c: Case): Tensor[] {
  const stopped = c.op === 'StopGradient';
  return y.graph.inputs.filter((input) => {
    const { name } = input.attrs as { name: string };
    return input.dtype === 'float32' && name in c.feeds && !(stopped && name === 'y');
  });
}

test('the table covers every operator', () => {
  const covered = new Set(CASES.map(({ op }) => op));
  const operators = Object.keys(G.OPERATORS).filter((op) => op !== 'Input' && op !== 'Constant');
  expect([...covered].sort()).toEqual(operators.sort());
});

describe.each(CASES.map((c) => [c.name ?? c.op, c] as const))('%s', (_name, c) => {
  const build = (): { y: Tensor; xs: Tensor[]; feeds: Feeds } => {
    const graph = new G.Graph();
    if ('size' in c.feeds) graph.input('size', ['M']);
    const y = c.build(graph);
    expect(operatorsOf(y)).toContain(c.op);
    const xs = variables(y, c).filter((x) => 'size' !== (x.attrs as { name: string }).name);
    const first = G.grad(weighted(y), xs);
    return { y: weighted(y), xs, feeds: completeFeeds([y, total(first)], c.feeds, SIZES) };
  };

  test('first derivative', () => {
    const { y, xs, feeds } = build();
    expectGradient(y, xs, feeds);
  });

  test('second derivative', () => {
    const { y, xs, feeds } = build();
    expectGradient(total(G.grad(y, xs)), xs, feeds);
  });

  test('on ONNX Runtime as in the interpreter', async () => {
    const { y, xs, feeds } = build();
    const [g] = G.grad(y, [xs[0]]);
    await expectSameOnOnnx({ value: y, gradient: g }, feeds);
  });
});
