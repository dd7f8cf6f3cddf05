import { describe, expect, test } from '@jest/globals';
import {
  createAtoms,
  InvalidArgumentError,
  masses,
  neighborList,
  volume,
  withPositions,
} from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import fc from 'fast-check';
import { fcc } from '../src/build/crystals.ts';
import { packBox } from '../src/build/packBox.ts';
import { VAN_DER_WAALS_RADII } from '../src/build/vanDerWaalsRadii.ts';
import { SamplingError } from '../src/errors.ts';

const water = createAtoms({
  symbols: ['O', 'H', 'H'],
  positions: [
    [0, 0, 0],
    [0.9572, 0, 0],
    [-0.23999, 0.92663, 0],
  ],
});
// Chiral, so that a reflection would be seen: CHFClBr.
const chiral = createAtoms({
  symbols: ['C', 'H', 'F', 'Cl', 'Br'],
  positions: [
    [0, 0, 0],
    [0.63, 0.63, 0.63],
    [-0.78, -0.78, 0.78],
    [-1.02, 1.02, -1.02],
    [1.12, -1.12, -1.12],
  ],
});
const argon = createAtoms({ symbols: ['Ar'], positions: [0, 0, 0] });

const AVOGADRO = 6.022140857e23;
// Rounding of coordinates of some tens of Angstrom, in lengths and in products of three.
const ROUNDING = 1e-9;

/** g/cm^3 */
function density(atoms: Atoms): number {
  const grams = masses(atoms).reduce((sum, m) => sum + m, 0) / AVOGADRO;
  return grams / (volume(atoms) * 1e-24);
}

/** Smallest distance between molecules of some atoms each, as a part of the sum of the radii. */
function closest(atoms: Atoms, sizes: readonly number[]): number {
  const moleculeOf = sizes.flatMap((n, m) => new Array<number>(n).fill(m));
  const { count, centers, neighbors, shifts, distances } = neighborList(atoms, 4);
  let least = Infinity;
  for (let e = 0; e < count; e++) {
    const [i, j] = [centers[e], neighbors[e]];
    if (moleculeOf[i] === moleculeOf[j] && shifts.subarray(3 * e, 3 * e + 3).every((s) => s === 0))
      continue;
    const sum = VAN_DER_WAALS_RADII[atoms.numbers[i]] + VAN_DER_WAALS_RADII[atoms.numbers[j]];
    least = Math.min(least, distances[e] / sum);
  }
  return least;
}

/** All distances within a molecule, and the signed volume of its first four atoms. */
function geometry(positions: Float64Array): number[] {
  const out: number[] = [];
  const n = positions.length / 3;
  const difference = (i: number, j: number) =>
    [0, 1, 2].map((c) => positions[3 * i + c] - positions[3 * j + c]);
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out.push(Math.hypot(...difference(i, j)));
  if (n > 3) {
    const [a, b, c] = [difference(1, 0), difference(2, 0), difference(3, 0)];
    out.push(
      a[0] * (b[1] * c[2] - b[2] * c[1]) +
        a[1] * (b[2] * c[0] - b[0] * c[2]) +
        a[2] * (b[0] * c[1] - b[1] * c[0]),
    );
  }
  return out;
}

describe('packBox', () => {
  const box = packBox({ molecules: [{ atoms: water, count: 64 }], density: 1, seed: 1 });

  test('liquid water has its density and keeps its molecules apart under periodic images', () => {
    expect(box.numbers).toHaveLength(192);
    expect(box.pbc).toEqual([true, true, true]);
    expect(density(box)).toBeCloseTo(1, 8);
    expect(closest(box, new Array<number>(64).fill(3))).toBeGreaterThanOrEqual(0.7 - ROUNDING);
  });

  test('molecules are whole, rigid, in order, with their centres in the cell', () => {
    const expected = geometry(water.positions);
    const edge = box.cell[0];
    for (let m = 0; m < 64; m++) {
      const own = box.positions.slice(9 * m, 9 * m + 9);
      geometry(own).forEach((x, k) => {
        expect(Math.abs(x - expected[k])).toBeLessThan(ROUNDING);
      });
      expect(Array.from(box.numbers.subarray(3 * m, 3 * m + 3))).toEqual([8, 1, 1]);
      for (let c = 0; c < 3; c++) {
        const center = (own[c] + own[3 + c] + own[6 + c]) / 3;
        expect(center).toBeGreaterThan(-ROUNDING);
        expect(center).toBeLessThan(edge + ROUNDING);
      }
    }
  });

  test('orientations are random', () => {
    // Mean of 64 unit vectors: each component has the standard deviation sqrt(1/3/64) = 0.07.
    for (let c = 0; c < 3; c++) {
      let sum = 0;
      for (let m = 0; m < 64; m++)
        sum += (box.positions[9 * m + 3 + c] - box.positions[9 * m + c]) / 0.9572;
      expect(Math.abs(sum / 64)).toBeLessThan(0.3);
    }
  });

  test('the seed decides', () => {
    const options = { molecules: [{ atoms: water, count: 20 }], density: 1 };
    expect(packBox({ ...options, seed: 5 })).toEqual(packBox({ ...options, seed: 5 }));
    expect(packBox({ ...options, seed: 5 }).positions).not.toEqual(
      packBox({ ...options, seed: 6 }).positions,
    );
    expect(packBox({ ...options, seed: 5, stream: 'b' }).positions).not.toEqual(
      packBox({ ...options, seed: 5 }).positions,
    );
  });

  test('mixtures at any density that is not too high, in any number', () => {
    const expected = geometry(chiral.positions);
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          few: fc.integer({ min: 1, max: 6 }),
          many: fc.integer({ min: 5, max: 25 }),
          rho: fc.double({ min: 0.2, max: 1.2, noNaN: true }),
          minDistance: fc.double({ min: 0.4, max: 0.7, noNaN: true }),
        }),
        ({ seed, few, many, rho, minDistance }) => {
          const molecules = [
            { atoms: chiral, count: few },
            { atoms: water, count: many },
            { atoms: argon, count: 1 },
          ];
          const made = packBox({ molecules, density: rho, minDistance, seed });
          expect(density(made) / rho).toBeCloseTo(1, 8);
          const sizes = molecules.flatMap(({ atoms, count }) =>
            new Array<number>(count).fill(atoms.numbers.length),
          );
          expect(closest(made, sizes)).toBeGreaterThanOrEqual(minDistance - ROUNDING);
          for (let m = 0; m < few; m++) {
            geometry(made.positions.slice(15 * m, 15 * m + 15)).forEach((x, k) => {
              expect(Math.abs(x - expected[k])).toBeLessThan(ROUNDING);
            });
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('takes a cell of any shape, and adds up charges', () => {
    const cell = [
      [11, 0, 0],
      [5, 10, 0],
      [-4, 3, 9],
    ];
    const ion = { ...createAtoms({ symbols: ['Na'], positions: [3, 3, 3] }), charge: 1 };
    const made = packBox({
      molecules: [
        { atoms: ion, count: 2 },
        { atoms: water, count: 28 },
      ],
      cell,
      radii: { Na: 1.5 },
      seed: 2,
    });
    expect(Array.from(made.cell)).toEqual(cell.flat());
    expect(made.charge).toBe(2);
    expect(made.spin).toBeUndefined();
    const waters = withPositions(
      { ...made, numbers: made.numbers.slice(2), positions: made.positions.slice(6) },
      made.positions.slice(6),
    );
    expect(closest(waters, new Array<number>(28).fill(3))).toBeGreaterThanOrEqual(0.7 - ROUNDING);
  });

  test('a density without room is a sampling error that says what to do', () => {
    const molecules = [{ atoms: water, count: 8 }];
    // 40 g/cm^3: not even the oxygens fit. 4 g/cm^3: they would, but the relaxation gets stuck.
    for (const rho of [40, 4]) {
      const pack = () => packBox({ molecules, density: rho, seed: 1 });
      expect(pack).toThrow(SamplingError);
      expect(pack).toThrow(
        expect.objectContaining({
          code: 'data/no-packing',
          hint: expect.stringMatching(/^Lower density/),
        }),
      );
    }
  });

  test('a molecule that overlaps its own images does not fit either', () => {
    const pack = () =>
      packBox({ molecules: [{ atoms: chiral, count: 1 }], cell: [3.2, 3.2, 9], seed: 1 });
    expect(pack).toThrow(SamplingError);
  });

  test('options that cannot be used are refused', () => {
    const molecules = [{ atoms: water, count: 2 }];
    const refused = [
      () => packBox({ molecules: [], density: 1, seed: 1 }),
      () => packBox({ molecules: [{ atoms: water, count: 0 }], density: 1, seed: 1 }),
      () => packBox({ molecules: [{ atoms: fcc('Ar', 5), count: 1 }], density: 1, seed: 1 }),
      () => packBox({ molecules, seed: 1 }),
      () => packBox({ molecules, density: 1, cell: [9, 9, 9], seed: 1 }),
      () => packBox({ molecules, density: -1, seed: 1 }),
      () => packBox({ molecules, density: 1, minDistance: 0, seed: 1 }),
      () => packBox({ molecules, density: 1, radii: { O: -1 }, seed: 1 }),
      () =>
        packBox({
          molecules: [{ atoms: createAtoms({ symbols: ['Pm'], positions: [0, 0, 0] }), count: 1 }],
          density: 1,
          seed: 1,
        }),
    ];
    for (const make of refused) {
      expect(make).toThrow(InvalidArgumentError);
      expect(make).toThrow(expect.objectContaining({ code: 'data/invalid-option' }));
    }
  });
});
