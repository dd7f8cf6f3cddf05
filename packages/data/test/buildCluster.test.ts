import { describe, expect, test } from '@jest/globals';
import { createAtoms, InvalidArgumentError, withPositions } from '@mlffd/core';
import fc from 'fast-check';
import { cluster } from '../src/build/cluster.ts';
import { bcc, fcc, rocksalt } from '../src/build/crystals.ts';
import { supercell } from '../src/build/supercell.ts';

const A = 4;
const metal = fcc('Cu', A);
const oxide = rocksalt(['Mg', 'O'], A);

describe('cluster', () => {
  // Shells of fcc: 12 at sqrt(1/2), 6 at 1, 24 at sqrt(3/2), 12 at sqrt(2).
  test.each([
    [0.5, 1],
    [0.8, 13],
    [1, 19],
    [1.3, 43],
    [1.42, 55],
  ])('radius %f a takes the shells of fcc', (radius, count) => {
    const ball = cluster(metal, { radius: radius * A });
    expect(ball.numbers).toHaveLength(count);
    expect(ball.pbc).toEqual([false, false, false]);
    expect(Array.from(ball.cell)).toEqual(new Array(9).fill(0));
  });

  test('count takes the nearest atoms, any number of them', () => {
    const all = cluster(oxide, { radius: 3 * A });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (count) => {
        const ball = cluster(oxide, { count });
        expect(ball.numbers).toEqual(all.numbers.slice(0, count));
        expect(ball.positions).toEqual(all.positions.slice(0, 3 * count));
      }),
      { numRuns: 20 },
    );
  });

  test('does not depend on the cell that the crystal is given in', () => {
    const skewed = supercell(oxide, [
      [1, 2, 0],
      [0, 1, 3],
      [0, 0, -1],
    ]);
    const moved = withPositions(
      skewed,
      skewed.positions.map((x, k) => x + 50 * skewed.cell[k % 3]),
    );
    const expected = cluster(oxide, { radius: 1.8 * A, center: [0, 0, 0] });
    const found = cluster(moved, {
      radius: 1.8 * A,
      center: [moved.positions[0], moved.positions[1], moved.positions[2]],
    });
    expect(found.numbers).toEqual(expected.numbers);
    found.positions.forEach((x, k) => {
      expect(x).toBeCloseTo(expected.positions[k], 9);
    });
  });

  test('the centre may be any atom or point, and becomes the origin', () => {
    expect(cluster(oxide, { count: 7, center: 4 }).numbers).toEqual(
      Int32Array.of(8, 12, 12, 12, 12, 12, 12),
    );
    // Two atoms above and below the middle of a face, and its four corners.
    const cube = cluster(bcc('Fe', A), { radius: 0.71 * A, center: [A / 2, A / 2, 0] });
    expect(cube.numbers).toHaveLength(6);
    expect(Math.hypot(...cube.positions.slice(0, 3))).toBeCloseTo(A / 2, 10);
  });

  test('what cannot be cut is refused', () => {
    const helium = createAtoms({ symbols: ['He'], positions: [0, 0, 0], cell: [5, 5, 5] });
    const refused = [
      () => cluster(helium, { radius: 3 }),
      () => cluster(metal, {}),
      () => cluster(metal, { radius: 3, count: 3 }),
      () => cluster(metal, { radius: -1 }),
      () => cluster(metal, { count: 0 }),
      () => cluster(metal, { count: 3, center: 4 }),
      () => cluster(metal, { count: 3, center: [0, NaN, 0] }),
      () => cluster(metal, { radius: 0.5, center: [A / 2, A / 2, A / 2] }),
    ];
    for (const make of refused) {
      expect(make).toThrow(InvalidArgumentError);
      expect(make).toThrow(expect.objectContaining({ code: 'data/invalid-option' }));
    }
  });
});
