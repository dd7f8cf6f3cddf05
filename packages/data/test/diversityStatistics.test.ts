import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAtoms, neighborList, Rng } from '@mlffd/core';
import type { PointMatrix } from '../src/descriptors/descriptorMatrix.ts';
import { effectiveNumber, mostFrequent } from '../src/diversity/counts.ts';
import { distinctness, LIKENESS_LENGTH } from '../src/diversity/distinctness.ts';
import { binsOf, distributionOf, LogCounts } from '../src/diversity/distribution.ts';
import { compositionOf } from '../src/diversity/formula.ts';
import { DIVERSITY_GATES, gateFor } from '../src/diversity/goals.ts';
import { PairDistances } from '../src/diversity/pairDistances.ts';
import { effectiveDimension, principalComponents } from '../src/diversity/principalComponents.ts';

function matrix(rows: readonly (readonly number[])[]): PointMatrix {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, columns: rows[0].length };
}

describe('principal components', () => {
  /** float32 holds 7 digits. */
  const DIGITS = 5;

  test('two columns: the closed form', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const rng = new Rng(seed, 'pca');
        const rows = Array.from({ length: 30 }, () => {
          const [u, v] = [rng.normal(), rng.normal()];
          return [3 * u + v, u - 0.5 * v];
        });
        const points = matrix(rows);
        const column = (c: number): number[] => rows.map((_, k) => points.data[2 * k + c]);
        const mean = (x: readonly number[]): number => x.reduce((s, v) => s + v, 0) / x.length;
        const covariance = (x: readonly number[], y: readonly number[]): number =>
          mean(x.map((v, k) => (v - mean(x)) * (y[k] - mean(y))));
        const [a, b, c] = [
          covariance(column(0), column(0)),
          covariance(column(0), column(1)),
          covariance(column(1), column(1)),
        ];
        const root = Math.hypot((a - c) / 2, b);
        const { variances, explained, directions, scores } = principalComponents(points);
        expect(variances[0]).toBeCloseTo((a + c) / 2 + root, DIGITS);
        expect(variances[1]).toBeCloseTo((a + c) / 2 - root, DIGITS);
        expect(explained[0] + explained[1]).toBeCloseTo(1, 12);
        // tan of twice the angle is 2 b / (a - c).
        const angle = 0.5 * Math.atan2(2 * b, a - c);
        const along = directions[0][0] * Math.cos(angle) + directions[0][1] * Math.sin(angle);
        expect(Math.abs(along)).toBeCloseTo(1, DIGITS);
        expect(covariance([...scores[0]], [...scores[1]])).toBeCloseTo(0, DIGITS);
        expect(covariance([...scores[0]], [...scores[0]])).toBeCloseTo(variances[0], DIGITS);
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  test('the sign is fixed, and equal points explain nothing', () => {
    const { directions } = principalComponents(
      matrix([
        [1, 2],
        [-1, -2],
      ]),
    );
    expect(directions[0][1]).toBeGreaterThan(0);
    const same = principalComponents(
      matrix([
        [1, 2],
        [1, 2],
      ]),
    );
    expect(same.explained).toEqual([0, 0]);
    expect(effectiveDimension(same.variances)).toBe(0);
  });

  test('the effective dimension counts equal variances', () => {
    expect(effectiveDimension(Float64Array.of(2, 2, 2, 0))).toBeCloseTo(3, 12);
    expect(effectiveDimension(Float64Array.of(5, 0))).toBe(1);
  });
});

describe('distinctness', () => {
  const apart = Array.from({ length: 10 }, (_, k) => [100 * k, 0]);

  test('points far apart count one each, equal ones count once', () => {
    expect(distinctness(matrix(apart))).toEqual({ effective: 10, nearDuplicates: 0 });
    const same = distinctness(matrix(apart.map(() => [1, 1])));
    expect(same.effective).toBeCloseTo(1, 12);
    expect(same.nearDuplicates).toBeCloseTo(0.9, 12);
  });

  test('copies add nothing to the effective number', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 4 }), (seed, copies) => {
        const rng = new Rng(seed, 'points');
        const rows = Array.from({ length: 12 }, () => [rng.normal(), rng.normal()]);
        const once = distinctness(matrix(rows));
        const often = distinctness(matrix(Array.from({ length: copies }, () => rows).flat()));
        expect(often.effective).toBeCloseTo(once.effective, 6);
        expect(often.nearDuplicates).toBeGreaterThan(1 - 1 / copies - 1e-9);
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  test('two points at the likeness length: the closed form', () => {
    const { effective } = distinctness(matrix([[0], [LIKENESS_LENGTH]]));
    expect(effective).toBeCloseTo(4 / (2 + 2 * Math.exp(-1)), 6);
  });
});

describe('distributions', () => {
  test('quantiles, mean and deviation of values', () => {
    expect(distributionOf([4, 0, 1, 3, 2])).toEqual({
      count: 5,
      min: 0,
      p05: 0.2,
      median: 2,
      mean: 2,
      p95: 3.8,
      max: 4,
      stdev: Math.SQRT2,
    });
    expect(distributionOf([])).toBeNull();
  });

  test('bins hold every value, outliers in the outermost', () => {
    const { edges, counts } = binsOf([-100, 0, 0.5, 1, 100], [0, 1], 4);
    expect(edges).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(counts).toEqual([2, 0, 1, 2]);
    expect(binsOf([3, 3], [3, 3], 2)).toEqual({ edges: [2.5, 3, 3.5], counts: [0, 2] });
  });

  test('counts on a logarithmic scale give quantiles to the width of a bin', () => {
    const counts = new LogCounts([1e-4, 1e3]);
    const rng = new Rng(1, 'log');
    const values = Array.from({ length: 5000 }, () => Math.exp(rng.normal()));
    for (const value of values) counts.add(value);
    const exact = distributionOf(values);
    const found = counts.distribution;
    for (const name of ['p05', 'median', 'p95'] as const) {
      expect(found![name] / exact![name]).toBeGreaterThan(10 ** -0.05);
      expect(found![name] / exact![name]).toBeLessThan(10 ** 0.05);
    }
    for (const name of ['count', 'min', 'max', 'mean', 'stdev'] as const) {
      expect(found![name]).toBeCloseTo(exact![name], 8);
    }
    expect(counts.bins.counts.reduce((sum, n) => sum + n, 0)).toBe(5000);
    expect(counts.bins.edges).toHaveLength(counts.bins.counts.length + 1);
  });

  test('zero counts in the lowest bin, and nothing has no distribution', () => {
    const counts = new LogCounts([1e-4, 1e3]);
    expect(counts.distribution).toBeNull();
    counts.add(0);
    counts.add(1e9);
    expect(counts.bins.counts[0]).toBe(1);
    expect(counts.bins.counts.at(-1)).toBe(1);
    expect(counts.distribution).toMatchObject({ min: 0, max: 1e9 });
  });
});

describe('compositions', () => {
  test.each([
    [['H', 'C', 'H', 'O', 'H', 'H'], 'CH4O', 'C-H-O'],
    [['O', 'H', 'H'], 'H2O', 'H-O'],
    [['O', 'Mg'], 'MgO', 'Mg-O'],
    [['Ti', 'Sr', 'O', 'O', 'O'], 'O3SrTi', 'O-Sr-Ti'],
  ])('%j', (symbols, formula, system) => {
    const { numbers } = createAtoms({
      symbols,
      positions: symbols.flatMap((_, k) => [2 * k, 0, 0]),
    });
    expect(compositionOf(numbers)).toMatchObject({ formula, system, atoms: symbols.length });
  });

  test('counts: most frequent first, then by name; effective number', () => {
    const counts = new Map([
      ['b', 2],
      ['a', 2],
      ['c', 5],
    ]);
    expect(mostFrequent(counts, 2).map(({ name }) => name)).toEqual(['c', 'a']);
    expect(effectiveNumber([3, 3, 3])).toBe(3);
    expect(effectiveNumber([])).toBe(0);
  });
});

test('nearest neighbours by pair of elements', () => {
  const pairs = new PairDistances();
  const water = createAtoms({
    symbols: ['O', 'H', 'H'],
    positions: [0, 0, 0, 1, 0, 0, 0, 0.9, 0],
  });
  pairs.add(water.numbers, neighborList(water, 5));
  const [hh, ho] = pairs.entries;
  expect([hh.pair, hh.count]).toEqual(['H-H', 2]);
  expect(hh.min).toBeCloseTo(Math.hypot(1, 0.9), 9);
  // Of the oxygen 0.9, of the hydrogens 1 and 0.9.
  expect([ho.pair, ho.count]).toEqual(['H-O', 3]);
  expect(ho.mean).toBeCloseTo(2.8 / 3, 9);
  expect(ho.covalent).toBeCloseTo(0.31 + 0.66, 6);
});

test('the gate that fits a number of structures', () => {
  const names = [1, 949, 950, 1000, 9499, 9500, 113_999, 114_000, 1e7].map((n) => gateFor(n).name);
  expect(names).toEqual(['1K', '1K', '1K', '1K', '1K', '10K', '10K', '120K', '120K']);
  const growing = (values: readonly number[]): boolean =>
    values.every((value, k) => k === 0 || value >= values[k - 1]);
  expect(growing(DIVERSITY_GATES.map(({ coverage }) => coverage))).toBe(true);
  expect(growing(DIVERSITY_GATES.map(({ duplicates }) => -duplicates))).toBe(true);
  expect(growing(DIVERSITY_GATES.map(({ rarest }) => rarest))).toBe(true);
});
