import { describe, expect, test } from '@jest/globals';
import { createAtoms, InvalidArgumentError, Rng } from '@mlffd/core';
import {
  distanceHistogram,
  radialDistribution,
  wassersteinDistance,
  type Histogram,
} from '../src/index.ts';
import { argonCrystal } from './potentials.ts';

describe('radialDistribution', () => {
  test('is 1 for an ideal gas', () => {
    const rng = new Rng(1);
    const frames = Array.from({ length: 20 }, () => ({
      atoms: createAtoms({
        numbers: new Int32Array(200).fill(18),
        positions: Float64Array.from({ length: 600 }, () => 20 * rng.uniform()),
        cell: [20, 20, 20],
        pbc: true,
      }),
    }));
    const g = radialDistribution({ frames, cutoff: 8, bins: 8 });
    // Outer shells hold over 1000 pairs per frame: 20,000 counts, deviation below 1 %.
    g.values.slice(3).forEach((value) => {
      expect(Math.abs(value - 1)).toBeLessThan(0.05);
    });
  });

  test('counts the 12 neighbours of a close-packed crystal', () => {
    const atoms = argonCrystal();
    const g = radialDistribution({ frames: [{ atoms }, { atoms }], cutoff: 5, bins: 100 });
    const density = 32 / 10.6 ** 3;
    const neighbours = g.values.reduce((sum, value, k) => {
      const shell = (4 / 3) * Math.PI * g.width ** 3 * ((k + 1) ** 3 - k ** 3);
      return sum + value * density * shell;
    }, 0);
    expect(neighbours).toBeCloseTo(12, 10);
    const peak = g.centers[g.values.indexOf(Math.max(...g.values))];
    expect(Math.abs(peak - 5.3 / Math.SQRT2)).toBeLessThan(g.width);
  });

  test('tells pairs of elements apart', () => {
    const a = 4;
    const atoms = createAtoms({
      symbols: ['Na', 'Cl'],
      positions: [0, 0, 0, a / 2, a / 2, a / 2],
      cell: [a, a, a],
      pbc: true,
    });
    const first = (pair: [string, string]): number =>
      radialDistribution({ frames: [{ atoms }], cutoff: 4.1, bins: 410, pair }).values.findIndex(
        (value) => value > 0,
      );
    expect(first(['Na', 'Cl'])).toBe(Math.floor(100 * (a / 2) * Math.sqrt(3)));
    expect(Math.abs(first(['Na', 'Na']) - 400)).toBeLessThanOrEqual(1);
  });

  test('needs a periodic structure and something to count', () => {
    const atoms = createAtoms({ symbols: ['H', 'H'], positions: [0, 0, 0, 1, 0, 0] });
    expect(() => radialDistribution({ frames: [{ atoms }], cutoff: 3 })).toThrow(/periodic/);
    expect(() => radialDistribution({ frames: [], cutoff: 3 })).toThrow(InvalidArgumentError);
    expect(() => distanceHistogram({ frames: [{ atoms }], cutoff: 0.5 })).toThrow(/nothing/);
  });
});

test('h(r) of a molecule has integral 1 and its peaks at the bonds', () => {
  const atoms = createAtoms({ symbols: ['O', 'H', 'H'], positions: [0, 0, 0, 1, 0, 0, 0, 1, 0] });
  const h = distanceHistogram({ frames: [{ atoms }], cutoff: 2, bins: 20 });
  const integral = h.values.reduce((sum, value) => sum + value * h.width, 0);
  expect(integral).toBeCloseTo(1, 12);
  expect(h.values[10]).toBeCloseTo(2 / 3 / h.width, 10);
  expect(h.values[14]).toBeCloseTo(1 / 3 / h.width, 10);
});

describe('wassersteinDistance', () => {
  const peak = (at: number): Histogram => ({
    centers: Float64Array.from({ length: 50 }, (_, k) => (k + 0.5) * 0.1),
    values: Float64Array.from({ length: 50 }, (_, k) => (k === at ? 7 : 0)),
    width: 0.1,
  });

  test('is the distance of two peaks, however far', () => {
    expect(wassersteinDistance(peak(10), peak(10))).toBe(0);
    expect(wassersteinDistance(peak(10), peak(12))).toBeCloseTo(0.2, 12);
    expect(wassersteinDistance(peak(40), peak(10))).toBeCloseTo(3, 12);
  });

  test('refuses different bins and empty distributions', () => {
    const other = { ...peak(3), width: 0.2 };
    expect(() => wassersteinDistance(peak(3), other)).toThrow(InvalidArgumentError);
    expect(() => wassersteinDistance(peak(3), peak(60))).toThrow(InvalidArgumentError);
  });
});
