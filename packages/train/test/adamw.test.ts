import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { AdamW, clipFactor, globalNorm } from '../src/adamw.ts';
import { parameterSpecs } from '@mlffd/student';
import { layoutParameters } from '../src/parameterLayout.ts';
import { TINY_MODEL } from './morse.ts';

/** Parameters and moments are rounded to float32 at each of six steps. */
const FLOAT32_STEPS = 2e-6;

interface Reference {
  options: {
    learningRate: number;
    beta1: number;
    beta2: number;
    epsilon: number;
    weightDecay: number;
  };
  start: number[];
  decayed: number;
  gradients: number[][];
  plain: number[][];
  amsgrad: number[][];
}

const reference = JSON.parse(
  readFileSync(new URL('data/adamw.json', import.meta.url), 'utf8'),
) as Reference;

/** Follows the reference gradients; the decayed and the other values are two parameters. */
function follow(amsgrad: boolean): number[][] {
  const { start, decayed, gradients, options } = reference;
  const layout = layoutParameters([
    { name: 'a', shape: [decayed], kind: 'weight', decay: true, block: 'x' },
    { name: 'b', shape: [start.length - decayed], kind: 'bias', decay: false, block: 'x' },
  ]);
  const place = (values: number[], out: Float32Array | Float64Array): void => {
    out.set(values.slice(0, decayed), layout.offsets[0]);
    out.set(values.slice(decayed), layout.offsets[1]);
  };
  const parameters = new Float32Array(layout.length);
  place(start, parameters);
  const optimizer = new AdamW(layout, { ...options, amsgrad });
  return gradients.map((values) => {
    const gradient = new Float64Array(layout.length);
    place(values, gradient);
    optimizer.update(parameters, gradient, options.learningRate);
    return [
      ...parameters.slice(layout.offsets[0], layout.offsets[0] + decayed),
      ...parameters.slice(layout.offsets[1], layout.offsets[1] + start.length - decayed),
    ];
  });
}

function largestDifference(a: number[][], b: number[][]): number {
  return Math.max(...a.flatMap((row, k) => row.map((x, i) => Math.abs(x - b[k][i]))));
}

describe('AdamW', () => {
  it.each([
    ['plain', false],
    ['amsgrad', true],
  ] as const)('follows the sequence of torch: %s', (name, amsgrad) => {
    expect(largestDifference(follow(amsgrad), reference[name])).toBeLessThan(FLOAT32_STEPS);
  });

  it('tells AMSGrad from plain AdamW on the reference', () => {
    expect(largestDifference(reference.plain, reference.amsgrad)).toBeGreaterThan(
      10 * FLOAT32_STEPS,
    );
  });

  it('makes the first step by hand: learning rate times sign of the gradient', () => {
    const layout = layoutParameters([
      { name: 'a', shape: [2], kind: 'bias', decay: false, block: 'x' },
    ]);
    const parameters = new Float32Array(layout.length);
    const gradient = new Float64Array(layout.length);
    gradient.set([3, -0.5]);
    new AdamW(layout).update(parameters, gradient, 0.1);
    expect(parameters[0]).toBeCloseTo(-0.1, 6);
    expect(parameters[1]).toBeCloseTo(0.1, 6);
    expect(parameters[2]).toBe(0);
  });
});

describe('clipping', () => {
  it('measures the norm over all parameters', () => {
    expect(globalNorm(Float64Array.of(3, 0, -4))).toBe(5);
  });

  it('shortens only what is longer than the limit', () => {
    expect(clipFactor(5, 10)).toBe(1);
    expect(clipFactor(20, 10)).toBe(0.5);
  });
});

describe('weight decay', () => {
  it('shrinks matrices of the model, never biases and embeddings', () => {
    const layout = layoutParameters(parameterSpecs(TINY_MODEL));
    const parameters = new Float32Array(layout.length).fill(1);
    const optimizer = new AdamW(layout, { weightDecay: 0.5 });
    optimizer.update(parameters, new Float64Array(layout.length), 0.1);
    layout.specs.forEach(({ kind, shape }, k) => {
      expect(kind === 'weight').toBe(shape.length === 2 && kind !== 'embedding');
      const values = parameters.subarray(layout.offsets[k], layout.offsets[k] + layout.sizes[k]);
      const wanted = Math.fround(kind === 'weight' ? 0.95 : 1);
      expect(values.every((value) => value === wanted)).toBe(true);
    });
  });
});
