import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Feeds } from './support.ts';
import {
  blockMap,
  compose,
  gather,
  grad,
  Graph,
  interpret,
  involution,
  mul,
  oneHotMap,
  ownerMap,
  permutationMap,
} from '../src/index.ts';
import type { IndexMap } from '../src/index.ts';
import {
  completeFeeds,
  expectGradient,
  expectSameOnOnnx,
  feed,
  numbers,
  random,
  total,
  weighted,
} from './support.ts';

const ROWS = 4;
/** Edges of four atoms, sorted by centre; the second half are the reverses in another order. */
const CENTRES = [0, 0, 1, 1, 1, 2, 2, 3];
const NEIGHBOURS = [1, 2, 0, 2, 3, 0, 1, 1];
const REVERSE = CENTRES.map((i, e) =>
  CENTRES.findIndex((j, r) => j === NEIGHBOURS[e] && NEIGHBOURS[r] === i),
);
const E = CENTRES.length;

function tableOf(owner: readonly number[], rows: number, pad: number): number[] {
  const lists = Array.from({ length: rows }, (_, row) =>
    owner.flatMap((o, p) => (o === row ? [p] : [])),
  );
  const width = Math.max(...lists.map((list) => list.length));
  return lists.flatMap((list) => [...list, ...new Array<number>(width - list.length).fill(pad)]);
}

const feeds: Feeds = {
  centres: feed([E], CENTRES),
  neighbours: feed([E], NEIGHBOURS),
  reverse: feed([E], REVERSE),
  table: feed([ROWS, 3], tableOf(CENTRES, ROWS, E)),
  pairs: feed([4, 2], CENTRES),
  shuffle: feed([ROWS], [2, 0, 3, 1]),
  unshuffle: feed([ROWS], [1, 3, 0, 2]),
  blocks: feed([E], [0, 0, 1, 1, 2, 2, 3, 3]),
};

const int64 = (graph: Graph, name: string) => graph.input(name, feeds[name].shape, 'int64');
const centres = (graph: Graph): IndexMap =>
  ownerMap(int64(graph, 'centres'), int64(graph, 'table'), { appendZeroRow: true });

const MAPS: Record<string, (graph: Graph) => IndexMap> = {
  owner: centres,
  'owner with a table of two-axis positions': (graph) =>
    ownerMap(int64(graph, 'pairs'), int64(graph, 'table'), { appendZeroRow: true }),
  involution: (graph) => involution(int64(graph, 'reverse')),
  permutation: (graph) => permutationMap(int64(graph, 'shuffle'), int64(graph, 'unshuffle')),
  'one-hot': (graph) => oneHotMap(int64(graph, 'neighbours'), ROWS),
  'one-hot of two-axis positions': (graph) => oneHotMap(int64(graph, 'pairs'), ROWS),
  block: (graph) => blockMap(int64(graph, 'blocks'), ROWS, 2),
  'neighbours by composition': (graph) =>
    compose(centres(graph), involution(int64(graph, 'reverse'))),
  'neighbours with a known index': (graph) =>
    compose(centres(graph), involution(int64(graph, 'reverse')), {
      index: int64(graph, 'neighbours'),
    }),
};

describe.each(Object.entries(MAPS))('%s', (_name, make) => {
  test('the transpose is the adjoint of gather', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.constantFrom([], [2], [3, 2]), (seed, tail) => {
        const graph = new Graph();
        const map = make(graph);
        const rows = map.rows as number;
        const x = random([rows, ...tail], seed);
        const y = random([...(map.index.shape as number[]), ...tail], seed + 1);
        const outputs = {
          forward: mul(gather(graph.input('x', x.shape), map), graph.input('y', y.shape)),
          back: mul(map.transpose(graph.inputs.at(-1)!), graph.inputs.at(-2)!),
        };
        const { forward, back } = interpret(outputs, { ...feeds, x, y });
        const sum = (values: Float64Array): number => values.reduce((s, v) => s + v, 0);
        expect(sum(back.data)).toBeCloseTo(sum(forward.data), 10);
      }),
      { numRuns: 20 },
    );
  });

  test('derivatives, and the same on ONNX Runtime', async () => {
    const graph = new Graph();
    const map = make(graph);
    const rows = map.rows as number;
    const x = graph.input('x', [rows, 2]);
    const y = gather(x, map);
    const value = weighted(mul(y, y));
    const [gradient] = grad(value, [x]);
    const second = total([gradient]);
    const all = completeFeeds([second], { ...feeds, x: random([rows, 2]) }, {});
    expectGradient(value, [x], all);
    expectGradient(second, [x], all);
    await expectSameOnOnnx({ value, gradient, third: grad(second, [x])[0] }, all);
  });
});

test('pads of a table may point at a position that is zero by construction', () => {
  const graph = new Graph();
  const owner = graph.constant([0, 0, 1, 0], [4], 'int64');
  const table = graph.constant([0, 1, 2, 3], [2, 2], 'int64');
  const mask = graph.constant([1, 1, 1, 0], [4]);
  const x = graph.input('x', [2]);
  const map = ownerMap(owner, table);
  const y = mul(mul(gather(x, map), gather(x, map)), mask);
  const value = weighted(map.transpose(y));
  const all = completeFeeds([value, total(grad(value, [x]))], { x: feed([2], numbers(2)) }, {});
  expectGradient(value, [x], all);
  expectGradient(total(grad(value, [x])), [x], all);
});

test('composition of maps with two-axis positions keeps the axes', () => {
  const graph = new Graph();
  const outer = MAPS['one-hot of two-axis positions'](graph);
  const map = compose(outer, involution(int64(graph, 'reverse')));
  const back = interpret(
    { back: map.transpose(graph.input('y', [E])) },
    { ...feeds, y: random([E]) },
  );
  expect(back.back.shape).toEqual([ROWS]);
});

test('an index that is out of range is an error of the interpreter', () => {
  const graph = new Graph();
  const y = gather(graph.input('x', [3]), oneHotMap(graph.constant([3], [1], 'int64'), 3));
  expect(() => interpret({ y }, { x: random([3]) })).toThrow('3 at position 0');
});
