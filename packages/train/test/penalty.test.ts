import { describe, expect, it } from '@jest/globals';
import { Graph, grad, interpret, reduceSum } from '@mlffd/graph';
import fc from 'fast-check';
import { LOSS_KINDS } from '../src/lossConfig.ts';
import type { LossKind } from '../src/lossConfig.ts';
import { penalize } from '../src/penalty.ts';

/** Float64 rounding of sums of a few terms; ln cosh cancels ln 2. */
const ROUNDING = 1e-12;
/** Length within which roots are smooth. */
const SMOOTHING = 1e-3;
const DELTA = 0.1;

interface Evaluated {
  readonly value: number[];
  readonly slope: number[];
}

/** Penalty and its derivative for rows of components. */
function evaluate(kind: LossKind, rows: number[][]): Evaluated {
  const graph = new Graph();
  const components = rows[0].length as 1 | 3 | 6;
  const values = graph.input('x', ['N', components]);
  const value = penalize({ values, axis: 1, components }, { kind, delta: DELTA });
  const [slope] = grad(reduceSum(value, [0, 1]), [values]);
  const feeds = { x: { data: Float64Array.from(rows.flat()), shape: [rows.length, components] } };
  const found = interpret({ value, slope }, feeds);
  return { value: Array.from(found.value.data), slope: Array.from(found.slope.data) };
}

function single(kind: LossKind, x: number): number {
  return evaluate(kind, [[x]]).value[0];
}

describe('a penalty', () => {
  it.each(LOSS_KINDS)('%s is zero with zero slope where nothing is wrong, and even', (kind) => {
    expect(evaluate(kind, [[0]])).toEqual({ value: [0], slope: [0] });
    expect(evaluate(kind, [[0.3]]).value).toEqual(evaluate(kind, [[-0.3]]).value);
  });

  it.each(['huber', 'log-cosh'] as const)('%s is x^2 near zero and linear far away', (kind) => {
    const near = 1e-3;
    // ln cosh x = x^2 / 2 - x^4 / 12: relative difference (x / delta)^2 / 6.
    expect(Math.abs(single(kind, near) / near ** 2 - 1)).toBeLessThan((near / DELTA) ** 2);
    const [far, further] = [single(kind, 50), single(kind, 51)];
    expect(Math.abs(further - far - 2 * DELTA)).toBeLessThan(ROUNDING * further);
  });

  it.each(LOSS_KINDS)('%s is finite, with a finite slope, at 1e6 eV on one atom', (kind) => {
    const { value, slope } = evaluate(kind, [[1e6]]);
    for (const x of [...value, ...slope]) expect(Number.isFinite(x)).toBe(true);
  });

  it('huber has its value by hand on both sides of delta', () => {
    expect(single('huber', 0.05)).toBeCloseTo(0.0025, 14);
    expect(single('huber', -0.3)).toBeCloseTo(2 * DELTA * 0.3 - DELTA ** 2, 14);
  });

  it('mae and l2 are lengths, to the smoothing', () => {
    expect(Math.abs(single('mae', -0.7) - 0.7)).toBeLessThan(SMOOTHING);
    // Times three: weights are one over the number of components.
    const { value } = evaluate('l2', [[0.3, -0.4, 1.2]]);
    expect(value).toHaveLength(1);
    expect(Math.abs(value[0] / 3 - 1.3)).toBeLessThan(SMOOTHING);
  });

  it('l2 does not depend on the axes, as other kinds do', () => {
    const vector = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -2, max: 2, noNaN: true })));
    const angle = fc.double({ min: 0, max: 6, noNaN: true });
    fc.assert(
      fc.property(vector, angle, ([x, y, z], phi) => {
        const [c, s] = [Math.cos(phi), Math.sin(phi)];
        const { value } = evaluate('l2', [
          [x, y, z],
          [c * x - s * y, s * x + c * y, z],
        ]);
        expect(Math.abs(value[0] - value[1])).toBeLessThan(ROUNDING * Math.max(1, value[0]));
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  it('l2 of a stress is the norm of the whole tensor', () => {
    // Voigt xx yy zz yz xz xy: a pure shear of 2 has two entries of 2.
    const { value } = evaluate('l2', [
      [1, 2, 2, 0, 0, 0],
      [0, 0, 0, 0, 0, 2],
    ]);
    expect(Math.abs(value[0] / 6 - 3)).toBeLessThan(SMOOTHING);
    expect(Math.abs(value[1] / 6 - Math.sqrt(8))).toBeLessThan(SMOOTHING);
  });
});
