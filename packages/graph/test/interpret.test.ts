import { describe, expect, test } from '@jest/globals';
import { add, exp, FeedError, Graph, interpret, reduceSum } from '../src/index.ts';
import { feed, random } from './support.ts';

describe('interpret', () => {
  const graph = new Graph();
  const x = graph.input('x', ['N', 2]);
  const y = graph.input('y', ['N', 1]);
  const z = add(x, y);

  test('takes float32, bigint and plain arrays', () => {
    const feeds = {
      x: { shape: [1, 2], data: Float32Array.of(1, 2) },
      y: { shape: [1, 1], data: BigInt64Array.of(3n) },
    };
    expect([...interpret({ z }, feeds).z.data]).toEqual([4, 5]);
  });

  test('computes constants in float64', () => {
    const { e } = interpret({ e: exp(graph.scalar(0.1)) }, {});
    expect(e.data[0]).toBe(Math.exp(0.1));
  });

  test('works on tensors without elements', () => {
    const feeds = { x: feed([0, 2], []), y: feed([0, 1], []) };
    const { s } = interpret({ s: reduceSum(z, [0]) }, feeds);
    expect([...s.data]).toEqual([0, 0]);
  });

  test.each([
    ['a missing feed', { x: random([3, 2]) }, 'input y was not fed'],
    ['a wrong rank', { x: random([3]), y: random([3, 1]) }, 'does not have the shape'],
    ['a wrong fixed size', { x: random([3, 3]), y: random([3, 1]) }, 'does not have the shape'],
    [
      'a symbol with two sizes',
      { x: random([3, 2]), y: random([4, 1]) },
      'does not have the shape',
    ],
    [
      'a wrong length',
      { x: { shape: [3, 2], data: [1] }, y: random([3, 1]) },
      'length does not fit',
    ],
  ])('refuses %s', (_name, feeds, message) => {
    const run = (): unknown =>
      interpret({ z }, feeds as unknown as Record<string, ReturnType<typeof feed>>);
    expect(run).toThrow(FeedError);
    expect(run).toThrow(message);
  });
});
