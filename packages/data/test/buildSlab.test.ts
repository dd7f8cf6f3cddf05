import { describe, expect, test } from '@jest/globals';
import { cellDeterminant, createAtoms, InvalidArgumentError, volume } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import fc from 'fast-check';
import { bcc, fcc, hcp, prototypeCrystal, rocksalt } from '../src/build/crystals.ts';
import { slab } from '../src/build/slab.ts';
import type { SlabOptions } from '../src/build/slab.ts';
import { ASE, shellDifference, SHELL_TOLERANCE, shellsOf } from './support/buildShells.ts';

type Miller = SlabOptions['miller'];

const copper = fcc('Cu', 3.61);
const oxide = rocksalt(['Mg', 'O'], 4.21);
const VACUUM = 12;
// Rounding of coordinates of some tens of Angstrom.
const ROUNDING = 1e-9;

/** Heights of the atoms that differ, ascending. */
function planes(atoms: Atoms): number[] {
  const heights = Array.from(atoms.positions.filter((_, k) => k % 3 === 2)).sort((a, b) => a - b);
  return heights.filter((z, k) => k === 0 || z - heights[k - 1] > 1e-6);
}

function area({ cell }: Atoms): number {
  return cellDeterminant([...cell.subarray(0, 6), 0, 0, 1]);
}

describe('surfaces of the textbook', () => {
  // Surface cell in a^2 and distance of planes in a.
  const cases: [string, Atoms, Miller, number, number][] = [
    ['fcc 1 1 1', copper, [1, 1, 1], Math.sqrt(3) / 4, 1 / Math.sqrt(3)],
    ['fcc 1 0 0', copper, [1, 0, 0], 1 / 2, 1 / 2],
    ['fcc 1 1 0', copper, [1, 1, 0], Math.SQRT1_2, Math.SQRT1_2 / 2],
    ['fcc 2 2 2', copper, [2, 2, 2], Math.sqrt(3) / 4, 1 / Math.sqrt(3)],
    ['fcc -1 1 -1', copper, [-1, 1, -1], Math.sqrt(3) / 4, 1 / Math.sqrt(3)],
    ['bcc 1 1 0', bcc('Fe', 2.87), [1, 1, 0], Math.SQRT1_2, Math.SQRT1_2],
    ['bcc 1 0 0', bcc('Fe', 2.87), [1, 0, 0], 1, 1 / 2],
  ];
  test.each(cases)('%s', (_name, crystal, miller, expectedArea, spacing) => {
    const a = crystal.cell[0];
    const layers = 5;
    const made = slab(crystal, { miller, layers, vacuum: VACUUM });
    expect(made.numbers).toHaveLength(layers);
    expect(area(made) / a ** 2).toBeCloseTo(expectedArea, 10);
    const z = planes(made);
    expect(z).toHaveLength(layers);
    for (let k = 1; k < layers; k++) expect((z[k] - z[k - 1]) / a).toBeCloseTo(spacing, 10);
    // Half of the vacuum on either side.
    expect(z[0]).toBeCloseTo(VACUUM / 2, 10);
    expect(made.cell[8] - z[layers - 1]).toBeCloseTo(VACUUM / 2, 10);
    expect(Array.from(made.cell.subarray(6, 8))).toEqual([0, 0]);
    expect(made.pbc).toEqual([true, true, false]);
  });
});

describe('ASE cuts the same slabs', () => {
  const cases: [string, Atoms, Miller, number][] = [
    ['fcc 1 1 1', copper, [1, 1, 1], 4],
    ['fcc 1 0 0', copper, [1, 0, 0], 4],
    ['fcc 2 1 1', copper, [2, 1, 1], 12],
    ['fcc 3 2 1', copper, [3, 2, 1], 6],
    ['bcc 1 1 0', bcc('Fe', 2.87), [1, 1, 0], 4],
    ['hcp 0 0 1', hcp('Mg', 3.21, { c: 5.21 }), [0, 0, 1], 2],
    ['rocksalt 1 0 0', oxide, [1, 0, 0], 4],
    ['rocksalt 2 1 0', oxide, [2, 1, 0], 4],
  ];
  test.each(cases)('%s', (name, crystal, miller, layers) => {
    const expected = ASE.slabs[name];
    const made = slab(crystal, { miller, layers, vacuum: 16 });
    expect(made.numbers.length / area(made)).toBeCloseTo(expected.atomsPerArea, 9);
    const z = planes(made);
    expect(z[z.length - 1] - z[0]).toBeCloseTo(expected.thickness, 9);
    const difference = shellDifference(shellsOf(made, ASE.cutoff), expected.shells);
    expect(difference).toBeLessThan(SHELL_TOLERANCE);
  });
});

describe('any surface', () => {
  const index = fc.integer({ min: -3, max: 3 });
  const miller = fc.tuple(index, index, index).filter((m) => m.some((x) => x !== 0));

  test('has the composition and the volume of the crystal, and reduced vectors', () => {
    const crystal = prototypeCrystal('spinel', ['Mg', 'Al', 'O'], { a: 8.08 });
    fc.assert(
      fc.property(miller, fc.integer({ min: 1, max: 3 }), (m, layers) => {
        const made = slab(crystal, { miller: m, layers, vacuum: VACUUM, cut: 0.3 });
        expect(made.numbers).toHaveLength(14 * layers);
        const count = (z: number) => made.numbers.filter((other) => other === z).length;
        expect([count(12), count(13), count(8)]).toEqual([2 * layers, 4 * layers, 8 * layers]);
        const [ax, ay, az, bx, by, bz] = made.cell;
        expect([ay, az, bz]).toEqual([0, 0, 0]);
        // Gauss-reduced: b is not shorter than a, at 60 to 120 degrees.
        expect(Math.hypot(bx, by)).toBeGreaterThanOrEqual(ax - ROUNDING);
        expect(bx).toBeGreaterThan(-ax / 2 + ROUNDING);
        expect(bx).toBeLessThanOrEqual(ax / 2 + ROUNDING);
        expect(by).toBeGreaterThan(0);
        // Folded into the surface cell.
        for (let i = 0; i < made.numbers.length; i++) {
          const v = made.positions[3 * i + 1] / by;
          const u = (made.positions[3 * i] - v * bx) / ax;
          for (const f of [u, v]) {
            expect(f).toBeGreaterThan(-2e-6);
            expect(f).toBeLessThan(1);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('goes on as the crystal when the vacuum is one plane distance', () => {
    const crystal = prototypeCrystal('perovskite', ['Sr', 'Ti', 'O'], { a: 3.905 });
    fc.assert(
      fc.property(miller, (m) => {
        const options = { miller: m, layers: 2, orthogonal: false, periodic: true };
        const thick = slab(crystal, { ...options, vacuum: 30 });
        const extent = thick.cell[8] - 30;
        const spacing = volume(crystal) / area(thick);
        const closed = slab(crystal, { ...options, vacuum: 2 * spacing - extent });
        expect(volume(closed)).toBeCloseTo(2 * volume(crystal), 8);
        const difference = shellDifference(shellsOf(closed, 4.5), shellsOf(crystal, 4.5));
        expect(difference).toBeLessThan(ROUNDING);
      }),
      { numRuns: 30 },
    );
  });

  test('the cut decides which atoms are on top', () => {
    const crystal = prototypeCrystal('perovskite', ['Sr', 'Ti', 'O'], { a: 3.905 });
    const top = (cut: number) => {
      const made = slab(crystal, { miller: [0, 0, 1], layers: 2, vacuum: VACUUM, cut });
      const z = planes(made).at(-1)!;
      return [...made.numbers]
        .filter((_, i) => made.positions[3 * i + 2] > z - 1e-6)
        .sort((a, b) => a - b);
    };
    expect(top(0)).toEqual([8, 8, 22]);
    expect(top(0.25)).toEqual([8, 38]);
  });

  test('the normal is that of the indices, not its opposite', () => {
    // Along [111] of zincblende S is at 3/4 of a plane distance above Zn, along the opposite at 1/4.
    const a = 5.4;
    const crystal = prototypeCrystal('zincblende', ['Zn', 'S'], { a });
    const thickness = (m: Miller) => {
      const made = slab(crystal, { miller: m, layers: 1, vacuum: VACUUM });
      return (made.cell[8] - VACUUM) / (a / Math.sqrt(3));
    };
    expect(thickness([1, 1, 1])).toBeCloseTo(0.75, 10);
    expect(thickness([-1, -1, -1])).toBeCloseTo(0.25, 10);
  });
});

describe('what cannot be cut', () => {
  const good = { miller: [1, 0, 0], layers: 2, vacuum: 10 } as const;
  const refused: [string, () => Atoms][] = [
    ['no layer', () => slab(copper, { ...good, layers: 0 })],
    ['no vacuum', () => slab(copper, { ...good, vacuum: 0 })],
    ['0 0 0', () => slab(copper, { ...good, miller: [0, 0, 0] })],
    ['fractional indices', () => slab(copper, { ...good, miller: [0.5, 1, 0] })],
    ['a cut that is no number', () => slab(copper, { ...good, cut: NaN })],
    ['a molecule', () => slab(createAtoms({ symbols: ['He'], positions: [0, 0, 0] }), good)],
  ];
  test.each(refused)('%s', (_case, make) => {
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(expect.objectContaining({ code: 'data/invalid-option' }));
  });
});
