import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAtoms, InvalidArgumentError } from '@mlffd/core';
import { rattle } from '../src/index.ts';
import type { PointMatrix } from '../src/descriptors/descriptorMatrix.ts';
import { farthestPoints, selectDiverse } from '../src/selection/farthestPoints.ts';

/** Coordinates on a small grid, so that ties and copies occur. */
const points = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })), {
    minLength: 1,
    maxLength: 12,
  })
  .map((rows): PointMatrix => matrix(rows));

function matrix(rows: readonly (readonly number[])[]): PointMatrix {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, columns: rows[0].length };
}

function distance({ data, columns }: PointMatrix, a: number, b: number): number {
  let sum = 0;
  for (let c = 0; c < columns; c++) sum += (data[a * columns + c] - data[b * columns + c]) ** 2;
  return Math.sqrt(sum);
}

/** Largest distance of any row from the nearest of the chosen ones. */
function radiusOf(all: PointMatrix, chosen: readonly number[]): number {
  const rows = Array.from({ length: all.rows }, (_, i) => i);
  return Math.max(...rows.map((i) => Math.min(...chosen.map((j) => distance(all, i, j)))));
}

/** By the definition, without any bookkeeping. */
function bruteForce(all: PointMatrix, count: number, start: number): number[] {
  const chosen = [start];
  while (chosen.length < count) {
    let best = -1;
    let most = -1;
    for (let i = 0; i < all.rows; i++) {
      if (chosen.includes(i)) continue;
      const nearest = Math.min(...chosen.map((j) => distance(all, i, j)));
      if (nearest > most) [best, most] = [i, nearest];
    }
    chosen.push(best);
  }
  return chosen;
}

function combinations(n: number, k: number, from = 0): number[][] {
  if (k === 0) return [[]];
  const out: number[][] = [];
  for (let i = from; i <= n - k; i++) {
    for (const rest of combinations(n, k - 1, i + 1)) out.push([i, ...rest]);
  }
  return out;
}

describe('farthestPoints', () => {
  test('is what the definition says, ties to the first row, with its covering radii', () => {
    fc.assert(
      fc.property(points, fc.nat(), fc.nat(), (all, a, b) => {
        const start = a % all.rows;
        const count = 1 + (b % all.rows);
        const { order, radii, radius } = farthestPoints(all, { count, start });
        expect([...order]).toEqual(bruteForce(all, count, start));
        for (const [k, found] of radii.entries()) {
          expect(found).toBeCloseTo(radiusOf(all, [...order.subarray(0, k + 1)]), 6);
        }
        expect(radius).toBe(radii[count - 1]);
      }),
      { seed: 1 },
    );
  });

  test('covers within twice the best possible radius', () => {
    fc.assert(
      fc.property(points, fc.nat(), (all, b) => {
        const count = 1 + (b % Math.min(4, all.rows));
        const best = Math.min(...combinations(all.rows, count).map((set) => radiusOf(all, set)));
        const { radius } = farthestPoints(all, { count, start: 0 });
        expect(radius).toBeLessThanOrEqual(2 * best + 1e-6);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test('a longer selection begins with a shorter one', () => {
    fc.assert(
      fc.property(points, fc.integer(), (all, seed) => {
        const whole = farthestPoints(all, { count: all.rows, seed });
        const part = farthestPoints(all, { count: Math.ceil(all.rows / 2), seed });
        expect([...whole.order.subarray(0, part.order.length)]).toEqual([...part.order]);
        expect([...whole.order].sort((p, q) => p - q)).toEqual([...whole.order.keys()]);
        expect(whole.radius).toBe(0);
      }),
      { seed: 1 },
    );
  });

  test('goes on from rows that are chosen already', () => {
    const line = matrix([[0], [1], [2], [3], [10]]);
    expect([...farthestPoints(line, { count: 4, start: [4, 1] }).order]).toEqual([4, 1, 3, 0]);
    expect([...farthestPoints(line, { count: 1, start: [4, 1] }).order]).toEqual([4]);
  });

  test('groups take turns until they have none left', () => {
    const line = matrix([[0], [5], [10], [4.8], [20], [21]]);
    const groups = ['a', 'a', 'a', 'b', 'b', 'a'];
    const { order } = farthestPoints(line, { count: 6, start: 0, groups });
    const given = [...order].map((row) => groups[row]);
    expect(given).toEqual(['a', 'b', 'a', 'b', 'a', 'a']);
    expect(order[1]).toBe(4);
  });

  test('the seed draws the first row', () => {
    const line = matrix(Array.from({ length: 50 }, (_, k) => [k]));
    const first = (seed: number): number => farthestPoints(line, { count: 1, seed }).order[0];
    expect(first(3)).toBe(first(3));
    expect(new Set([0, 1, 2, 3, 4, 5].map(first)).size).toBeGreaterThan(1);
  });

  test.each([
    ['count 0', { count: 0 }],
    ['more than there are', { count: 4 }],
    ['a start outside', { count: 1, start: 3 }],
    ['a start twice', { count: 2, start: [1, 1] }],
    ['groups of another number', { count: 1, groups: ['a'] }],
  ])('%s is refused', (_, options) => {
    expect(() => farthestPoints(matrix([[0], [1], [2]]), options)).toThrow(InvalidArgumentError);
  });

  test('points that are not finite are refused', () => {
    expect(() => farthestPoints(matrix([[0], [NaN]]), { count: 1 })).toThrow(
      expect.objectContaining({ code: 'data/invalid-option', where: 'matrix' }),
    );
  });
});

test('selectDiverse takes one of each kind before near copies', () => {
  const symbols = ['H', 'C', 'O', 'Na', 'Au'];
  const structures = Array.from({ length: 40 }, (_, k) => {
    const symbol = symbols[k % 5];
    const dimer = createAtoms({ symbols: [symbol, symbol], positions: [0, 0, 0, 2, 0, 0] });
    return { atoms: rattle(dimer, { stdev: 0.01, seed: k }) };
  });
  const { order, radii } = selectDiverse(structures, { count: 8, seed: 1 });
  expect([...order.subarray(0, 5)].map((k) => k % 5).sort()).toEqual([0, 1, 2, 3, 4]);
  // The elbow: what comes after the fifth is a copy.
  expect(radii[4]).toBeLessThan(0.1 * radii[3]);
});
