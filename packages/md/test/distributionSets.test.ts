import { describe, expect, test } from '@jest/globals';
import { createAtoms, Rng } from '@mlffd/core';
import {
  distanceHistograms,
  distributionDistances,
  plainHistogram,
  radialDistributions,
} from '../src/distributionSets.ts';

/** Atoms of two kinds anywhere in a box: an ideal gas. */
const gas = Array.from({ length: 20 }, (_, k) => {
  const rng = new Rng(3, 'gas', k);
  return {
    atoms: createAtoms({
      symbols: Array.from({ length: 150 }, (_, i) => (i % 3 === 0 ? 'O' : 'H')),
      positions: Float64Array.from({ length: 450 }, () => 18 * rng.uniform()),
      cell: [18, 18, 18],
      pbc: true,
    }),
  };
});

const pairOf = (distance: number) => [
  {
    atoms: createAtoms({
      symbols: ['O', 'H', 'Ar'],
      positions: [0, 0, 0, distance, 0, 0, 90, 0, 0],
    }),
  },
];

describe('sets of distributions', () => {
  test('an ideal gas has g(r) = 1 for every pair of elements', () => {
    const set = radialDistributions({ frames: gas, cutoff: 8, bins: 8 });
    expect(Object.keys(set)).toEqual(['H-H', 'H-O', 'O-O']);
    for (const { values } of Object.values(set)) {
      // O-O is the rarest: 100,000 pairs at 25 per 5832 A^3 and Angstrom; shells of 2000 counts, 2 %.
      values.slice(4).forEach((value) => {
        expect(Math.abs(value - 1)).toBeLessThan(0.1);
      });
    }
  });

  test('pairs that are never near have no histogram', () => {
    const near = distanceHistograms({ frames: pairOf(1), cutoff: 3, bins: 300 });
    expect(Object.keys(near)).toEqual(['H-O']);
    const far = distanceHistograms({ frames: pairOf(1.25), cutoff: 3, bins: 300 });
    expect(distributionDistances(near, far)['H-O']).toBeCloseTo(0.25, 10);
    const all = distanceHistograms({ frames: [...pairOf(1), ...pairOf(2)], cutoff: 3, bins: 300 });
    expect(distributionDistances(near, all)['H-O']).toBeCloseTo(0.5, 10);
    const none = distanceHistograms({ frames: pairOf(9), cutoff: 3, bins: 300 });
    expect(distributionDistances(near, none)).toEqual({ 'H-O': null });
  });

  test('plain numbers survive JSON', () => {
    const [histogram] = Object.values(
      distanceHistograms({ frames: pairOf(1), cutoff: 3, bins: 6 }),
    );
    const plain = plainHistogram(histogram);
    expect(JSON.parse(JSON.stringify(plain))).toEqual(plain);
    expect(plain).toEqual({
      centers: [0.25, 0.75, 1.25, 1.75, 2.25, 2.75],
      values: [0, 0, 2, 0, 0, 0],
      width: 0.5,
    });
  });
});
