import { describe, expect, test } from '@jest/globals';
import * as G from '../src/index.ts';
import { affine } from '../src/ops/affine.ts';
import { embed } from '../src/ops/embed.ts';

const graph = new G.Graph();
const a = graph.input('a', ['N', 3]);
const b = graph.input('b', ['E', 3]);
const index = graph.input('index', ['E'], 'int64');
const flags = G.less(a, graph.scalar(0));
const rows = G.oneHotMap(index, 'N');

const WRONG: Record<string, () => unknown> = {
  'sizes that do not broadcast': () => G.add(a, b),
  'numbers that do not broadcast': () => G.mul(a, graph.input('two', [2])),
  'integers in arithmetic': () => G.exp(index),
  'bools in arithmetic': () => G.add(flags, a),
  'a condition that is no bool': () => G.where(a, a, a),
  'branches that do not broadcast': () => G.where(flags, a, b),
  'a condition that does not broadcast': () => G.where(flags, graph.scalar(1), b),
  'inner sizes of a product': () => G.matmul(a, b),
  'a product of vectors': () => G.matmul(index, a),
  'a transposed stack times one matrix': () =>
    G.matmul(graph.input('stack', [2, 3, 4]), a, { transA: true }),
  'a term that does not broadcast to a product': () =>
    affine([a, a, graph.input('term', [5])], { transA: false, transB: true }),
  'an axis beyond the rank': () => G.reduceSum(a, [2]),
  'an axis twice': () => G.reduceSum(a, [1, -1]),
  'another number of elements': () => G.reshape(a, ['N', 4]),
  'a rest that is no whole number': () => G.reshape(a, [2, -1]),
  'a broadcast that shrinks': () => G.broadcastTo(a, [3]),
  'a permutation that is none': () => G.transpose(a, [0, 0]),
  'a slice beyond the end': () => G.slice(a, 1, 0, 4),
  'a slice of nothing there': () => G.slice(a, 2, 0, 1),
  'a slice with symbolic end beyond': () => G.slice(a, 0, 1, 'N+1'),
  'no room to embed': () => embed(a, { axis: 1, start: 2, size: 4 }),
  'an axis to embed that is not there': () => embed(a, { axis: 2, start: 0, size: 4 }),
  'other sizes off the axis of a concatenation': () => G.concat([a, b], 1),
  'mixed types in a concatenation': () => G.concat([index, a], 0),
  'an index of floats': () => G.oneHotMap(a, 'N'),
  'a one-hot of floats': () => G.oneHot(a, 3),
  'a table of floats': () => G.ownerMap(index, a),
  'a table with one axis': () => G.ownerMap(index, index).transpose(b),
  'rows of another size': () => G.gather(b, rows),
  'positions of another size': () => rows.transpose(a),
  'an involution of floats': () => G.involution(a),
  'blocks of floats': () => G.blockMap(a, 'N', 2),
  'constants of another length': () => graph.constant([1, 2], [3]),
};

describe('shape rules refuse', () => {
  test.each(Object.entries(WRONG))('%s', (_name, build) => {
    expect(build).toThrow(G.ShapeError);
  });

  test('and say operator, shapes and scope', () => {
    const build = (): unknown =>
      graph.scope('block0', () => graph.scope('message', () => G.add(a, b)));
    expect(build).toThrow(
      'Add: expected shapes that broadcast, found [N, 3] float32, [E, 3] float32',
    );
    expect(build).toThrow('in block0/message');
    try {
      build();
    } catch (error) {
      expect(error).toMatchObject({ code: 'graph/shape', where: 'Add in block0/message' });
    }
    expect(graph.scopePath).toBe('');
  });
});

describe('a graph', () => {
  test('makes each tensor once', () => {
    const x = G.mul(a, graph.scalar(2));
    expect(G.mul(a, graph.scalar(2))).toBe(x);
    expect(G.mul(graph.scalar(2), a)).toBe(x);
    expect(G.sub(a, graph.scalar(2))).not.toBe(G.sub(graph.scalar(2), a));
    expect(graph.scalar(-0)).not.toBe(graph.scalar(0));
  });

  test('refuses a second input of a name and tensors of another graph', () => {
    expect(() => graph.input('a', [1])).toThrow(G.GraphError);
    expect(() => G.add(a, new G.Graph().scalar(1))).toThrow('different graphs');
  });

  test('does nothing for operations that change nothing', () => {
    expect(G.reshape(a, ['N', -1])).toBe(a);
    expect(G.broadcastTo(a, ['N', 3])).toBe(a);
    expect(G.transpose(a, [0, 1])).toBe(a);
    expect(G.slice(a, 0, 0, 'N')).toBe(a);
    expect(G.reduceSum(a, [])).toBe(a);
    expect(G.concat([a], 0)).toBe(a);
    expect(embed(a, { axis: 1, start: 0, size: 3 })).toBe(a);
  });
});
