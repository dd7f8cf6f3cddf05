import { describe, expect, test } from '@jest/globals';
import {
  cellDeterminant,
  createAtoms,
  InvalidArgumentError,
  masses,
  repeatAtoms,
  volume,
} from '@mlffd/core';
import fc from 'fast-check';
import { prototypeCrystal } from '../src/build/crystals.ts';
import { determinant, hermiteBasis, planeBasis } from '../src/build/integerLattice.ts';
import { primitiveCell } from '../src/build/primitiveCell.ts';
import { supercell } from '../src/build/supercell.ts';
import type { IntegerMatrix } from '../src/build/supercell.ts';
import { ASE, shellDifference, SHELL_TOLERANCE, shellsOf } from './support/buildShells.ts';

const entry = fc.integer({ min: -3, max: 3 });
const vector = fc.tuple(entry, entry, entry);
const matrix = fc.tuple(vector, vector, vector).filter((rows) => {
  const size = Math.abs(determinant(rows));
  return size > 0 && size <= 20;
});
// Sums of some tens of products of numbers of order 10.
const ROUNDING = 1e-9;

const rutile = prototypeCrystal('rutile', ['Ti', 'O'], { a: 4.594, c: 2.959 });

describe('supercell', () => {
  test('volume, density and surroundings of the atoms are kept, whatever the matrix', () => {
    const shells = shellsOf(rutile, 3.5);
    fc.assert(
      fc.property(matrix, (rows) => {
        const big = supercell({ ...rutile, charge: 1, spin: 2 }, rows);
        const det = determinant(rows);
        const copies = Math.abs(det);
        expect(big.numbers).toHaveLength(6 * copies);
        expect([big.charge, big.spin]).toEqual([copies, 2 * copies]);
        expect(volume(big)).toBeCloseTo(copies * volume(rutile), 8);
        // Left-handed where the determinant is negative.
        expect(Math.sign(cellDeterminant(big.cell))).toBe(Math.sign(det));
        const density = (a: typeof big) => masses(a).reduce((x, y) => x + y, 0) / volume(a);
        expect(density(big)).toBeCloseTo(density(rutile), 10);
        expect(shellDifference(shellsOf(big, 3.5), shells)).toBeLessThan(ROUNDING);
      }),
      { numRuns: 60 },
    );
  });

  test('a diagonal matrix does what repeatAtoms does', () => {
    const big = supercell(rutile, [
      [2, 0, 0],
      [0, 1, 0],
      [0, 0, 3],
    ]);
    expect(big).toEqual(repeatAtoms(rutile, [2, 1, 3]));
  });

  test.each(ASE.supercells)('as ASE with $matrix', (expected) => {
    const crystal = prototypeCrystal('rutile', ['Ti', 'O'], { a: 4.594, c: 2.959, u: 0.305 });
    const big = supercell(crystal, expected.matrix);
    expect(big.numbers).toHaveLength(expected.atoms);
    for (let k = 0; k < 9; k++) expect(big.cell[k]).toBeCloseTo(expected.cell[k], 10);
    const difference = shellDifference(shellsOf(big, ASE.cutoff), expected.shells);
    expect(difference).toBeLessThan(SHELL_TOLERANCE);
  });

  test('an axis that is not periodic stays as it is', () => {
    const sheet = createAtoms({
      symbols: ['C', 'C'],
      positions: [
        [0, 0, 0],
        [1.23, 0.71, 0],
      ],
      cell: [
        [2.46, 0, 0],
        [1.23, 2.13, 0],
        [0, 0, 0],
      ],
      pbc: [true, true, false],
    });
    const big = supercell(sheet, [
      [1, 1, 0],
      [-1, 2, 0],
      [0, 0, 1],
    ]);
    expect(big.numbers).toHaveLength(6);
    expect(Array.from(big.cell.subarray(6))).toEqual([0, 0, 0]);
    for (const last of [
      [0, 0, 2],
      [1, 0, 1],
    ]) {
      const rows = [[1, 0, 0], [0, 1, 0], last] as unknown as IntegerMatrix;
      expect(() => supercell(sheet, rows)).toThrow(/axis c is not periodic/);
    }
  });

  test('a matrix that is none is refused', () => {
    const bad = [
      [[1, 0, 0]],
      [
        [1, 0, 0],
        [0, 1, 0],
        [1, 1, 0],
      ],
      [
        [1, 0, 0],
        [0, 1.5, 0],
        [0, 0, 1],
      ],
      [
        [1, 0, 0],
        [0, 1],
        [0, 0, 1],
      ],
    ] as unknown as IntegerMatrix[];
    for (const rows of bad) expect(() => supercell(rutile, rows)).toThrow(InvalidArgumentError);
  });
});

describe('integer lattices', () => {
  test('the Hermite basis spans the same lattice', () => {
    fc.assert(
      fc.property(matrix, (rows) => {
        const [a, b, c] = hermiteBasis(rows);
        expect([a[0] > 0, b[1] > 0, c[2] > 0]).toEqual([true, true, true]);
        expect(a[0] * b[1] * c[2]).toBe(Math.abs(determinant(rows)));
        // Adding its rows to the generators changes nothing, so that they are in the lattice.
        expect(determinant(hermiteBasis([...rows, a, b, c]))).toBe(a[0] * b[1] * c[2]);
      }),
    );
  });

  test('a plane basis is a basis, two vectors in the plane and one in the next', () => {
    const coprime = vector.filter(([h, k, l]) =>
      [2, 3].every((p) => [h, k, l].some((x) => x % p !== 0)),
    );
    fc.assert(
      fc.property(coprime, (normal) => {
        const basis = planeBasis(normal);
        expect(Math.abs(determinant(basis))).toBe(1);
        const heights = basis.map((v) => v.reduce((sum, x, k) => sum + x * normal[k], 0));
        expect(heights.map((h) => h + 0)).toEqual([0, 0, 1]);
      }),
    );
  });
});

describe('primitive cell', () => {
  test.each(['fcc', 'bcc', 'hcp', 'diamond'] as const)('of a supercell of %s', (name) => {
    const crystal = prototypeCrystal(name, ['Si'], { a: 4 });
    const primitive = prototypeCrystal(name, ['Si'], { a: 4, cell: 'primitive' });
    const found = primitiveCell(
      supercell(crystal, [
        [1, 1, 0],
        [0, 1, 1],
        [1, 0, 1],
      ]),
    );
    expect(found.atoms.numbers).toHaveLength(primitive.numbers.length);
    expect(volume(found.atoms)).toBeCloseTo(volume(primitive), 9);
    const difference = shellDifference(shellsOf(found.atoms, 6), shellsOf(primitive, 6));
    expect(difference).toBeLessThan(ROUNDING);
  });

  test('displacements that make no group leave the cell as it is', () => {
    // Each atom is within 1e-4 of its neighbour's place, but not of that of every other one.
    const off = [0.8e-4, 0, -0.8e-4, 0];
    const chain = createAtoms({
      symbols: off.map(() => 'Cu'),
      positions: off.map((dx, k) => [2.5 * k + dx, 0, 0]),
      cell: [10, 4, 4],
      pbc: true,
    });
    const found = primitiveCell(chain);
    expect([found.multiplicity, found.atoms]).toEqual([1, chain]);
  });
});
