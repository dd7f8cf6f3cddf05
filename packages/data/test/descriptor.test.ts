import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAtoms, InvalidArgumentError, repeatAtoms } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { prototypeCrystal, rattle, rocksalt } from '../src/index.ts';
import { descriptorMatrix, squaredDistance } from '../src/descriptors/descriptorMatrix.ts';
import { covalentRadius, elementTraits } from '../src/descriptors/elementTraits.ts';
import {
  DEGREE_OFFSETS,
  fillHarmonics,
  fillRadial,
  HARMONIC_COUNT,
} from '../src/descriptors/localBasis.ts';
import {
  StructureDescriptor,
  structureDescriptor,
} from '../src/descriptors/structureDescriptor.ts';
import { largestDifference, rotationOf, transformed } from './support/diversitySets.ts';

/** Rounding of sums of some hundred terms of order one. */
const EXACT = 1e-11;
/** The spread is sqrt(var + e^2): rounding of the variance, 1e-15, over the e of 0.01. */
const EXACT_SPREAD = 1e-10;

const water = createAtoms({
  symbols: ['O', 'H', 'H'],
  positions: [0, 0, 0, 0.96, 0, 0, -0.24, 0.93, 0],
});

const cluster = fc
  .record({
    n: fc.integer({ min: 1, max: 9 }),
    seed: fc.integer({ min: 0, max: 1e6 }),
  })
  .map(({ n, seed }) =>
    rattle(
      createAtoms({
        numbers: Array.from({ length: n }, (_, k) => [1, 6, 8, 26, 79][(k + seed) % 5]),
        positions: Array.from(
          { length: 3 * n },
          (_, k) => 1.7 * ((Math.floor(k / 3) >> (k % 3)) % 3),
        ),
      }),
      { stdev: 0.3, seed },
    ),
  );

describe('invariance', () => {
  test('rotation, reflection, translation and order of atoms change nothing', () => {
    fc.assert(
      fc.property(
        cluster,
        fc.integer({ min: 0, max: 1e6 }),
        fc.boolean(),
        fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (atoms, seed, mirror, shift) => {
          const rotation = rotationOf(seed).map((x) => (mirror ? -x : x));
          const moved = transformed(atoms, { rotation, shift, shuffle: seed });
          expect(
            largestDifference(structureDescriptor(atoms), structureDescriptor(moved)),
          ).toBeLessThan(EXACT_SPREAD);
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  test('a crystal does not depend on its cell, also where that is smaller than the cutoff', () => {
    const primitive = prototypeCrystal('rocksalt', ['Mg', 'O'], { a: 4.2, cell: 'primitive' });
    const rattled = rattle(primitive, { stdev: 0.1, seed: 3 });
    for (const repeat of [
      [2, 1, 1],
      [1, 2, 3],
      [2, 2, 2],
    ] as const) {
      expect(
        largestDifference(
          structureDescriptor(rattled),
          structureDescriptor(repeatAtoms(rattled, repeat)),
        ),
      ).toBeLessThan(EXACT_SPREAD);
    }
    const cubic = rocksalt(['Mg', 'O'], 4.2);
    expect(
      largestDifference(structureDescriptor(primitive), structureDescriptor(cubic)),
    ).toBeLessThan(EXACT_SPREAD);
  });
});

describe('smoothness', () => {
  const pair = (d: number): Atoms =>
    createAtoms({ symbols: ['Na', 'Cl'], positions: [0, 0, 0, d, 0, 0] });
  const at = (d: number): Float64Array => structureDescriptor(pair(d));

  test('a neighbour that leaves takes nothing with it', () => {
    // The window goes to zero with the third power of the distance from the cutoff.
    const far = at(6);
    expect(largestDifference(at(5 - 1e-3), far)).toBeLessThan(1e-8);
    expect(largestDifference(at(5 - 1e-2), far)).toBeLessThan(1e-5);
    expect(largestDifference(at(4), far)).toBeGreaterThan(1e-2);
  });

  test('the derivative has no jump at the cutoff', () => {
    const h = 1e-4;
    const slope = (d: number): Float64Array => {
      const [low, high] = [at(d - h), at(d + h)];
      return high.map((x, k) => (x - low[k]) / (2 * h));
    };
    expect(largestDifference(slope(5 - 1e-3), slope(5 + 1e-3))).toBeLessThan(1e-4);
  });

  test('small displacements change it in proportion', () => {
    const base = structureDescriptor(water);
    const distance = (stdev: number): number =>
      Math.hypot(
        ...structureDescriptor(rattle(water, { stdev, seed: 5 })).map((x, k) => x - base[k]),
      );
    // Twice the displacement, twice the change, to first order.
    expect(distance(2e-4) / distance(1e-4)).toBeCloseTo(2, 2);
  });
});

describe('what it tells apart', () => {
  test('elements, distances and angles', () => {
    const h2s = createAtoms({ symbols: ['S', 'H', 'H'], positions: water.positions });
    const linear = createAtoms({
      symbols: ['O', 'H', 'H'],
      positions: [0, 0, 0, 0.96, 0, 0, -0.96, 0, 0],
    });
    const base = structureDescriptor(water);
    for (const other of [h2s, linear, rattle(water, { stdev: 0.1, seed: 1 })]) {
      expect(largestDifference(base, structureDescriptor(other))).toBeGreaterThan(0.01);
    }
  });

  test('structures of which only the angular terms differ', () => {
    // Four neighbours at one distance: a square and a tetrahedron, seen from the centre.
    const around = (points: readonly number[]): Atoms =>
      createAtoms({ symbols: ['C', 'H', 'H', 'H', 'H'], positions: [0, 0, 0, ...points] });
    const t = 1 / Math.sqrt(3);
    const square = around([1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0]);
    const tetrahedron = around([t, t, t, t, -t, -t, -t, t, -t, -t, -t, t]);
    const descriptor = new StructureDescriptor();
    const [p, q] = [square, tetrahedron].map((atoms) => descriptor.atoms(atoms));
    const angular = descriptor.names.findIndex((name) => name.includes('angular'));
    expect(largestDifference(p.subarray(0, angular), q.subarray(0, angular))).toBeLessThan(EXACT);
    expect(
      largestDifference(
        p.subarray(angular, descriptor.atomSize),
        q.subarray(angular, descriptor.atomSize),
      ),
    ).toBeGreaterThan(0.1);
  });
});

describe('layout', () => {
  test('mean and standard deviation of the atoms', () => {
    const descriptor = new StructureDescriptor();
    const [atoms, whole] = [descriptor.atoms(water), descriptor.structure(water)];
    const width = descriptor.atomSize;
    for (let k = 0; k < width; k++) {
      const values = [0, 1, 2].map((i) => atoms[i * width + k]);
      const mean = values.reduce((sum, x) => sum + x, 0) / 3;
      const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3;
      expect(whole[k]).toBeCloseTo(mean, 12);
      expect(whole[width + k]).toBeCloseTo(Math.sqrt(variance + 1e-4) - 0.01, 12);
    }
    expect(descriptor.names).toHaveLength(descriptor.size);
    expect(new Set(descriptor.names).size).toBe(descriptor.size);
  });

  test('a structure does not see the one before it', () => {
    const descriptor = new StructureDescriptor();
    const fresh = descriptor.structure(water);
    descriptor.structure(rocksalt(['Mg', 'O'], 4.2, { repeat: [2, 2, 2] }));
    expect(descriptor.structure(water)).toEqual(fresh);
  });

  test('an atom alone has no surroundings, two in one place no direction', () => {
    const width = new StructureDescriptor().atomSize;
    const alone = structureDescriptor(createAtoms({ symbols: ['Ne'], positions: [0, 0, 0] }));
    expect([...alone.subarray(0, 4)]).toEqual([...elementTraits(10)]);
    expect([...alone.subarray(4, width)].every((x) => x === 0)).toBe(true);
    const twice = createAtoms({ symbols: ['Ne', 'Ne'], positions: [0, 0, 0, 0, 0, 0] });
    expect(structureDescriptor(twice).every(Number.isFinite)).toBe(true);
  });

  test('rows of a matrix are descriptors in float32', () => {
    const matrix = descriptorMatrix([
      { atoms: water },
      { atoms: rattle(water, { stdev: 0.1, seed: 1 }) },
    ]);
    expect([matrix.rows, matrix.columns]).toEqual([2, new StructureDescriptor().size]);
    expect(matrix.data.subarray(0, matrix.columns)).toEqual(
      Float32Array.from(structureDescriptor(water)),
    );
    expect(squaredDistance(matrix, 0, 1)).toBeGreaterThan(0);
    expect(squaredDistance(matrix, 1, 1)).toBe(0);
  });

  test.each([
    { cutoff: 0 },
    { cutoff: Infinity },
    { radial: 0 },
    { radial: 2.5 },
    { radial: 2, angularRadial: 3 },
  ])('%j is refused', (options) => {
    expect(() => new StructureDescriptor(options)).toThrow(InvalidArgumentError);
  });
});

describe('basis', () => {
  test('the harmonics of each degree have length 1 and are orthogonal', () => {
    const products = new Float64Array(HARMONIC_COUNT ** 2);
    const values = new Float64Array(HARMONIC_COUNT);
    // A product rule that is exact for polynomials of degree 6.
    const nodes = [0, 1, 2, 3].map((k) => GAUSS_4[k]);
    for (const [cos, weight] of nodes) {
      const sin = Math.sqrt(1 - cos * cos);
      for (let k = 0; k < 8; k++) {
        const phi = (Math.PI * k) / 4;
        fillHarmonics(values, sin * Math.cos(phi), sin * Math.sin(phi), cos);
        for (let l = 0; l < 3; l++) {
          const part = values.subarray(DEGREE_OFFSETS[l], DEGREE_OFFSETS[l + 1]);
          expect(part.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 12);
        }
        for (let a = 0; a < HARMONIC_COUNT; a++) {
          for (let b = 0; b < HARMONIC_COUNT; b++) {
            products[a * HARMONIC_COUNT + b] += (weight * values[a] * values[b]) / 16;
          }
        }
      }
    }
    for (let a = 0; a < HARMONIC_COUNT; a++) {
      const degree = a < 3 ? 1 : a < 8 ? 2 : 3;
      for (let b = 0; b < HARMONIC_COUNT; b++) {
        const expected = a === b ? 1 / (2 * degree + 1) : 0;
        expect(products[a * HARMONIC_COUNT + b]).toBeCloseTo(expected, 12);
      }
    }
  });

  test('radial functions are spherical Bessel functions in a window', () => {
    const out = new Float64Array(6);
    for (const r of [0.3, 1, 2.345, 4.9]) {
      fillRadial(out, r, 5);
      const window = (1 - (r / 5) ** 2) ** 3;
      for (let n = 1; n <= 6; n++) {
        const bessel = (Math.sqrt(2 / 5) * Math.sin((n * Math.PI * r) / 5)) / r;
        expect(out[n - 1]).toBeCloseTo(bessel * window, 12);
      }
    }
  });

  test('every element has traits of order one, no two the same', () => {
    const all = Array.from({ length: 118 }, (_, k) => elementTraits(k + 1));
    expect(all.flat().every((x) => Number.isFinite(x) && Math.abs(x) < 4)).toBe(true);
    expect(new Set(all.map((traits) => traits.join(' '))).size).toBe(118);
    expect(covalentRadius(6)).toBeCloseTo(0.76, 6);
  });
});

/** Nodes and weights of Gauss and Legendre, 4 points. */
const GAUSS_4 = [
  [-0.8611363115940526, 0.34785484513745385],
  [-0.33998104358485626, 0.6521451548625461],
  [0.33998104358485626, 0.6521451548625461],
  [0.8611363115940526, 0.34785484513745385],
] as const;
