import { describe, expect, test } from '@jest/globals';
import { createAtoms, InvalidArgumentError, repeatAtoms, wrapAtoms } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { angleDistributions } from '../src/angles.ts';
import type { Histogram } from '../src/distributions.ts';
import { distributionDistances } from '../src/distributionSets.ts';
import { cubicFcc } from './potentials.ts';

/** Rounding of sums of a few hundred fractions. */
const EXACT = 1e-12;

/** H-O-H of the given angle, degrees; bonds of 0.96 Angstrom, the first one stretched by `factor`. */
function water(angle: number, factor = 1): Atoms {
  const radians = (angle * Math.PI) / 180;
  return createAtoms({
    symbols: ['O', 'H', 'H'],
    positions: [
      ...[0, 0, 0, 0.96 * factor, 0, 0],
      ...[0.96 * Math.cos(radians), 0.96 * Math.sin(radians), 0],
    ],
  });
}

/** Parts of the angles that are in the bins around the given ones. */
const parts = ({ values, width }: Histogram, angles: readonly number[]): number[] =>
  angles.map((angle) => {
    const bin = Math.min(values.length - 1, Math.floor(angle / width));
    return (values[bin - 1] + values[bin] + (values[bin + 1] ?? 0)) * width;
  });

describe('angleDistributions', () => {
  test('one molecule, one angle', () => {
    const set = angleDistributions({ frames: [{ atoms: water(104.5) }] });
    expect(Object.keys(set)).toEqual(['H-O-H']);
    expect(set['H-O-H'].values[104]).toBeCloseTo(1, 12);
    expect(set['H-O-H'].centers[104]).toBe(104.5);
    // Straight, where the cosine has no digits left.
    expect(angleDistributions({ frames: [{ atoms: water(180) }] })['H-O-H'].values[179]).toBe(1);
  });

  test('their distance is the difference of the angles', () => {
    const of = (angle: number) => angleDistributions({ frames: [{ atoms: water(angle) }] });
    const distances = distributionDistances(of(101.5), of(108.5));
    expect(distances['H-O-H']).toBeCloseTo(7, 10);
  });

  test('a close-packed crystal: 24 angles of 60 degrees, 12 of 90, 24 of 120 and 6 of 180', () => {
    const primitive = createAtoms({
      symbols: ['Cu'],
      positions: [0, 0, 0],
      cell: [0, 1.8, 1.8, 1.8, 0, 1.8, 1.8, 1.8, 0],
      pbc: true,
    });
    const cells = [
      primitive,
      cubicFcc('Cu', 3.6),
      wrapAtoms({ ...repeatAtoms(primitive, [3, 2, 1]), info: {} }),
    ];
    for (const atoms of cells) {
      const set = angleDistributions({ frames: [{ atoms }] });
      expect(Object.keys(set)).toEqual(['Cu-Cu-Cu']);
      parts(set['Cu-Cu-Cu'], [60, 90, 120, 180]).forEach((part, k) => {
        expect(Math.abs(part - [24, 12, 24, 6][k] / 66)).toBeLessThan(EXACT);
      });
    }
  });

  test('elements are told apart, and what is bonded may be fixed', () => {
    const stretched = water(103, 1.6);
    expect(angleDistributions({ frames: [{ atoms: stretched }] })).toEqual({});
    const reference = water(104);
    const set = angleDistributions({ frames: [{ atoms: stretched }], reference, bins: 18 });
    expect(set['H-O-H'].values[10]).toBeCloseTo(0.1, 12);
    const methanol = createAtoms({
      symbols: ['C', 'O', 'H', 'H'],
      positions: [0, 0, 0, 1.4, 0, 0, 1.7, 0.9, 0, -0.4, 1, 0],
    });
    const names = Object.keys(angleDistributions({ frames: [{ atoms: methanol }] }));
    expect(names).toEqual(['H-C-O', 'H-O-C']);
  });

  test('no frames, other atoms', () => {
    expect(() => angleDistributions({ frames: [] })).toThrow(InvalidArgumentError);
    const reference = cubicFcc('Cu', 3.6);
    expect(() => angleDistributions({ frames: [{ atoms: water(104) }], reference })).toThrow(
      /other atoms/,
    );
  });
});
