import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Tensor } from '../src/index.ts';
import * as G from '../src/index.ts';
import {
  completeFeeds,
  deviation,
  expectGradient,
  expectSameOnOnnx,
  operatorsOf,
  random,
  total,
  weighted,
} from './support.ts';

/** A chain of up to 12 operators in float32 against float64. */
const CHAIN_TOLERANCE = 2e-4;
/** Two ways to the same float64 number. */
const DOUBLE_TOLERANCE = 1e-10;

describe('grad', () => {
  test('gives zeros for what has no influence, and nothing through stopGradient', () => {
    const graph = new G.Graph();
    const x = graph.input('x', [2]);
    const y = graph.input('y', [2]);
    const value = G.reduceSum(G.mul(x, G.stopGradient(G.exp(x))), [0]);
    const [gx, gy] = G.grad(value, [x, y]);
    expect(operatorsOf(gy)).toEqual(['BroadcastTo']);
    const feeds = { x: random([2]), y: random([2]) };
    const { gx: found, e } = G.interpret({ gx, gy, e: G.exp(x) }, feeds);
    expect(found.data).toEqual(e.data);
  });

  test('of y with respect to itself is the seed', () => {
    const graph = new G.Graph();
    const x = graph.input('x', [2]);
    const seed = graph.input('seed', [2]);
    expect(G.grad(x, [x], seed)).toEqual([seed]);
  });

  test('with a seed is a vector-Jacobian product', () => {
    const graph = new G.Graph();
    const x = graph.input('x', [2, 3]);
    const seed = graph.input('seed', [2, 3]);
    const y = G.mul(G.sin(x), x);
    const [direct] = G.grad(y, [x], seed);
    const [summed] = G.grad(G.reduceSum(G.mul(y, seed), [0, 1]), [x]);
    const { a, b } = G.interpret(
      { a: direct, b: summed },
      { x: random([2, 3]), seed: random([2, 3], 2) },
    );
    expect(deviation(a.data, b)).toBeLessThan(DOUBLE_TOLERANCE);
  });

  test('refuses integers, wrong seeds', () => {
    const graph = new G.Graph();
    const x = graph.input('x', [2]);
    const k = graph.input('k', [2], 'int64');
    expect(() => G.grad(x, [k])).toThrow(G.GradientError);
    expect(() => G.grad(k, [x])).toThrow('only float32');
    expect(() => G.grad(x, [x], graph.scalar(1))).toThrow('seed must have the shape');
  });

  test('carries the scope of what it differentiates', () => {
    const graph = new G.Graph();
    const x = graph.input('x', [2]);
    const y = graph.scope('block0', () => G.sin(x));
    const [g] = G.grad(G.reduceSum(y, [0]), [x]);
    expect(g.scope).toBe('block0/grad');
    expect(G.grad(G.reduceSum(g, [0]), [x])[0].scope).toBe('block0/grad');
  });

  test('gradients of slices that tile a tensor are one Concat', () => {
    const graph = new G.Graph();
    const x = graph.input('x', ['N', 9]);
    const parts = [0, 3, 6].map((start) => G.slice(x, 1, start, start + 3));
    const value = G.reduceSum(G.mul(G.mul(parts[0], parts[1]), parts[2]), [0, 1]);
    const [g] = G.grad(value, [x]);
    expect(g.op).toBe('Concat');
    expect(operatorsOf(g)).not.toContain('Embed');
    const feeds = completeFeeds([value], { x: random([2, 9]) }, { N: 2 });
    expectGradient(value, [x], feeds);
  });

  test('slices that overlap, repeat or leave gaps are added right', () => {
    const graph = new G.Graph();
    const x = graph.input('x', [2, 7]);
    const places: [number, number][] = [
      [0, 2],
      [1, 4],
      [5, 6],
      [5, 6],
      [0, 2],
      [5, 7],
    ];
    const values = places.map(([start, end], k) => {
      const part = G.slice(x, 1, start, end);
      return weighted(k % 2 === 0 ? G.mul(part, part) : G.exp(part), 40 + k);
    });
    const value = values.reduce((a, b) => G.add(a, b));
    expectGradient(value, [x], completeFeeds([value], { x: random([2, 7]) }, {}));
  });

  test('Hessian-vector products', () => {
    const graph = new G.Graph();
    const x = graph.input('x', [3]);
    const y = graph.input('y', [3]);
    const value = weighted(G.mul(G.exp(G.mul(x, y)), x));
    const directions = [graph.input('u', [3]), graph.input('v', [3])];
    const products = G.hessianVectorProduct(value, [x, y], directions);
    const [gx, gy] = G.grad(value, [x, y]);
    const along = G.reduceSum(G.add(G.mul(gx, directions[0]), G.mul(gy, directions[1])), [0]);
    const feeds = { x: random([3]), y: random([3], 2), u: random([3], 3), v: random([3], 4) };
    const all = completeFeeds([value], feeds, {});
    const expected = G.grad(along, [x, y]);
    const outputs = { a: products[0], b: products[1], c: expected[0], d: expected[1] };
    const { a, b, c, d } = G.interpret(outputs, all);
    expect(deviation(a.data, c)).toBeLessThan(DOUBLE_TOLERANCE);
    expect(deviation(b.data, d)).toBeLessThan(DOUBLE_TOLERANCE);
    expectGradient(along, [x, y], all);
  });
});

const cube = (x: Tensor): Tensor => G.mul(x, G.square(x));

/** One step of a random expression: takes and gives tensors of shape [3, 4]. */
const STEPS: readonly ((x: Tensor, other: Tensor) => Tensor)[] = [
  (x, y) => G.tanh(G.add(x, y)),
  (x, y) => G.sub(y, x),
  (x, y) => G.mul(G.tanh(x), y),
  (x) => G.sin(x),
  (x) => G.neg(G.tanh(x)),
  (x) => G.silu(x),
  (x) => G.sigmoid(x),
  (x) => G.sqrt(G.add(G.mul(x, x), x.graph.scalar(0.5))),
  (x, y) => G.div(x, G.add(G.mul(y, y), x.graph.scalar(1))),
  (x) => G.mul(x, G.tanh(G.reduceSum(x, [1], { keepDims: true }))),
  (x, y) => G.tanh(G.matmul(x, G.matmul(y, x, { transA: true }))),
  (x, y) => G.concat([G.slice(x, 1, 2, 4), G.slice(y, 1, 0, 2)], 1),
  (x, y) => G.slice(G.concat([x, y, x], 1), 1, 3, 7),
  (x) => G.reshape(G.sin(G.reshape(x, [6, 2])), [3, 4]),
  (x) => G.transpose(G.mul(G.transpose(x, [1, 0]), x.graph.constant([1, 2, 3, 4], [4, 1])), [1, 0]),
  (x) => G.broadcastTo(G.reshape(G.reduceSum(x, [0]), [1, 4]), [3, 4]),
  // Continuous with two derivatives, so that differences across the border are right.
  (x, y) => G.where(G.less(x, y), y, G.add(y, cube(G.tanh(G.sub(x, y))))),
  (x) => G.mul(x, x.graph.scalar(-1)),
  (x) => G.add(x, x.graph.constant([0, 0, 0, 0], [4])),
  (x) => G.gather(x, G.involution(x.graph.constant([2, 1, 0], [3], 'int64'))),
  (x) => G.reduceSum(G.mul(G.reshape(x, [3, 1, 4]), x.graph.constant([1, 2], [2, 1])), [1]),
];

function build(choices: readonly [number, number][]): { y: Tensor; x: Tensor; w: Tensor } {
  const graph = new G.Graph();
  const x = graph.input('x', [3, 4]);
  const w = graph.input('w', [3, 4]);
  const made: Tensor[] = [x, w];
  for (const [step, other] of choices) {
    const last = made[made.length - 1];
    const next = STEPS[step](last, made[other % made.length]);
    made.push(next);
  }
  return { y: made[made.length - 1], x, w };
}

const choices = fc.array(fc.tuple(fc.nat(STEPS.length - 1), fc.nat(20)), {
  minLength: 1,
  maxLength: 7,
});

describe('random expressions', () => {
  test('gradients agree with finite differences', () => {
    fc.assert(
      fc.property(choices, (picked) => {
        const { y, x, w } = build(picked);
        const value = weighted(G.sin(y));
        const feeds = completeFeeds([value], { x: random([3, 4]), w: random([3, 4], 2) }, {});
        expectGradient(value, [x, w], feeds);
      }),
      { numRuns: 60 },
    );
  });

  test('optimisation keeps values of outputs, gradients and second gradients', () => {
    fc.assert(
      fc.property(choices, (picked) => {
        const { y, x, w } = build(picked);
        const value = weighted(G.sin(y));
        const [gx, gw] = G.grad(value, [x, w]);
        const [second] = G.grad(total([gx]), [x]);
        const outputs = { y, value, gx, gw, second };
        const optimized = G.optimize(outputs);
        const feeds = completeFeeds([second], { x: random([3, 4]), w: random([3, 4], 2) }, {});
        const expected = G.interpret(outputs, feeds);
        const found = G.interpret(optimized, feeds);
        for (const name of ['y', 'value', 'gx', 'gw', 'second'] as const) {
          expect(found[name].shape).toEqual(expected[name].shape);
          expect(deviation(found[name].data, expected[name])).toBeLessThan(DOUBLE_TOLERANCE);
        }
        expect(operatorsOf(...Object.values(optimized)).length).toBeLessThanOrEqual(
          operatorsOf(...Object.values(outputs)).length,
        );
      }),
      { numRuns: 60 },
    );
  });

  test('ONNX Runtime agrees with the interpreter, optimised or not', async () => {
    await fc.assert(
      fc.asyncProperty(choices, async (picked) => {
        const { y, x, w } = build(picked);
        const value = weighted(G.sin(y));
        const [gx, gw] = G.grad(value, [x, w]);
        const outputs = { out: G.sin(y), value, gx, gw };
        const feeds = completeFeeds([gx], { x: random([3, 4]), w: random([3, 4], 2) }, {});
        await expectSameOnOnnx(outputs, feeds, CHAIN_TOLERANCE);
        await expectSameOnOnnx(G.optimize(outputs), feeds, CHAIN_TOLERANCE);
      }),
      { numRuns: 15 },
    );
  });
});
