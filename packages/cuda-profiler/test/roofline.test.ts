import { describe, expect, test } from '@jest/globals';
import {
  measureBandwidth,
  operatorCost,
  roofline,
  type Trace,
  type TraceEvent,
} from '../src/index.ts';

type Shape = readonly number[];

function event(
  operator: string,
  inputs: readonly Shape[],
  output: Shape,
  type = 'float',
): TraceEvent {
  return {
    ...{ name: operator, category: 'Node', track: 0, start: 0, duration: 10, operator },
    args: {
      input_type_shape: inputs.map((shape) => ({ [type]: shape })),
      output_type_shape: [{ [type]: output }],
    },
  };
}

describe('work of an operator', () => {
  test.each([
    [
      'a product',
      event(
        'MatMul',
        [
          [5, 3],
          [3, 7],
        ],
        [5, 7],
      ),
      2 * 5 * 3 * 7,
      4 * (15 + 21 + 35),
    ],
    [
      'with a transposed factor',
      event(
        'Gemm',
        [
          [3, 5],
          [7, 3],
        ],
        [5, 7],
      ),
      2 * 5 * 3 * 7,
      4 * (15 + 21 + 35),
    ],
    [
      'with a bias',
      event('Gemm', [[5, 3], [3, 7], [7]], [5, 7]),
      2 * 5 * 3 * 7,
      4 * (15 + 21 + 7 + 35),
    ],
    ['of a packed matrix', event('Gemm', [[5, 3]], [5, 7]), 2 * 5 * 3 * 7, 4 * (15 + 21 + 35)],
    [
      'of batches',
      event(
        'FusedMatMul',
        [
          [9, 5, 3],
          [9, 3, 7],
        ],
        [9, 5, 7],
      ),
      9 * 2 * 5 * 3 * 7,
      4 * 9 * (15 + 21 + 35),
    ],
    [
      'of a stack of rows',
      event(
        'MatMul',
        [
          [9, 5, 3],
          [3, 7],
        ],
        [9, 5, 7],
      ),
      9 * 2 * 5 * 3 * 7,
      4 * (135 + 21 + 315),
    ],
    ['a broadcast sum', event('Add', [[5, 1], [7]], [5, 7]), 35, 4 * (5 + 7 + 35)],
    ['in half precision', event('Mul', [[6], [6]], [6], 'float16'), 6, 2 * 18],
    ['a reduction', event('ReduceSum', [[5, 7]], [5]), 35, 4 * (35 + 5)],
    ['a gated function', event('QuickGelu', [[6]], [6]), 12, 4 * 12],
    ['rows of a table', event('Gather', [[100, 4], [6]], [6, 4]), 0, 4 * 2 * 24],
    ['a new shape', event('Reshape', [[6], [2]], [2, 3]), 0, 0],
    [
      'a product of nothing',
      event(
        'MatMul',
        [
          [0, 3],
          [3, 7],
        ],
        [0, 7],
      ),
      0,
      0,
    ],
  ])('%s', (_, given, flops, bytes) => {
    expect(operatorCost(given)).toEqual({ flops, bytes });
  });

  test.each([
    ['of an unknown operator', event('Einsum', [[5, 3]], [5])],
    ['without shapes', { ...event('Add', [[5]], [5]), args: {} }],
    ['with odd shapes', { ...event('Add', [[5]], [5]), args: { input_type_shape: [null] } }],
    [
      'with names of axes',
      {
        ...event('Add', [[5]], [5]),
        args: { input_type_shape: [{ float: ['N'] }], output_type_shape: [] },
      },
    ],
    ['of a vector', event('MatMul', [[3], [3]], [])],
  ])('%s is not known', (_, given) => {
    expect(operatorCost(given)).toBeUndefined();
  });
});

describe('a roofline', () => {
  const size = 100;
  const events = [
    event(
      'MatMul',
      [
        [size, size],
        [size, size],
      ],
      [size, size],
    ),
    { ...event('Add', [[size], [size]], [size]), start: 20, duration: 3 },
    { ...event('Einsum', [[size]], [size]), start: 30, duration: 4 },
  ];
  const trace: Trace = {
    ...{ source: 'onnxruntime', tracks: [{ process: 'p', thread: 't', kind: 'cpu' }], events },
    ...{ phases: [], truncated: false, ignored: 0 },
  };
  const peaks = { flops: 4e11, bandwidth: 1e10 };

  test('tells what limits each operator, and how close it is to that', () => {
    const found = roofline(trace, peaks);
    expect(found).toMatchObject({ ridge: 40, unknown: 4 });
    const [product, sum] = found.points;
    expect(product).toMatchObject({ name: 'MatMul', time: 10, flops: 2e6, bytes: 12e4 });
    expect(product.rate).toBeCloseTo(2e11, -3);
    expect(product).toMatchObject({ bound: 'memory' });
    expect(product.efficiency).toBeCloseTo(1.2, 10);
    expect(sum).toMatchObject({ name: 'Add', bound: 'memory', flops: 100, bytes: 1200 });
    expect(sum.intensity).toBeCloseTo(1 / 12, 10);
    expect(product.share + sum.share).toBeCloseTo(1, 12);
    expect(roofline(trace, { ...peaks, flops: 1e11 }).points[0].bound).toBe('compute');
  });

  test('has a roof that all points are below of, in a chart', () => {
    const { roof } = roofline(trace, peaks);
    expect(roof.map(({ rate }) => rate)).toEqual([roof[0].intensity * 1e10, 4e11, 4e11]);
    expect(roof[0].intensity).toBeLessThan(1 / 12);
    expect(roof[2].intensity).toBeGreaterThan(40);
  });

  test.each([{ flops: 0 }, { bandwidth: Number.NaN }])('refuses peaks %p', (wrong) => {
    expect(() => roofline(trace, { ...peaks, ...wrong })).toThrow(
      expect.objectContaining({ code: 'profiler/peaks' }),
    );
  });
});

test('bandwidth of memory is measured', () => {
  expect(measureBandwidth({ bytes: 1 << 20, copies: 3 })).toBeGreaterThan(1e6);
  expect(() => measureBandwidth({ copies: 0 })).toThrow('copies is 0');
});
