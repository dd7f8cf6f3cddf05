import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyStrain, createAtoms, InvalidArgumentError, Rng, wrapAtoms } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { rattle, rocksalt, slab } from '../src/index.ts';
import { alignedRmsd, periodicRmsd } from '../src/diversity/alignedRmsd.ts';
import { assign } from '../src/diversity/assignment.ts';
import { superpose } from '../src/diversity/kabsch.ts';
import { chooseForRmsd, rmsdGroup } from '../src/diversity/rmsdGroups.ts';
import { structureKind } from '../src/diversity/structureKind.ts';
import { largestDifference, rotationOf, transformed } from './support/diversitySets.ts';

/** Rounding of coordinates of some Angstrom, squared, summed, and the root of it. */
const EXACT = 1e-7;

const seeds = fc.integer({ min: 0, max: 1e6 });

function cloud(n: number, seed: number): Float64Array {
  const rng = new Rng(seed, 'cloud');
  return Float64Array.from({ length: 3 * n }, () => 2 * rng.normal());
}

function rotate(points: Float64Array, rotation: Float64Array): Float64Array {
  return points.map((_, k) => {
    const [i, a] = [k - (k % 3), k % 3];
    return [0, 1, 2].reduce((sum, b) => sum + rotation[3 * a + b] * points[i + b], 0);
  });
}

function determinant([a, b, c, d, e, f, g, h, i]: ArrayLike<number> & Iterable<number>): number {
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

describe('superposition', () => {
  test('finds a rotation and shift again', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 4, max: 20 }), (seed, n) => {
        const points = cloud(n, seed);
        const rotation = rotationOf(seed);
        const moved = rotate(points, rotation).map((x, k) => x + [3, -1, 7][k % 3]);
        const found = superpose(moved, points);
        expect(found.rmsd).toBeLessThan(EXACT);
        expect(largestDifference(found.rotation, rotation)).toBeLessThan(EXACT);
        expect(largestDifference(found.positions, moved)).toBeLessThan(EXACT);
      }),
      { seed: 1 },
    );
  });

  test('no rotation fits better, and none is improper', () => {
    fc.assert(
      fc.property(seeds, seeds, (a, b) => {
        const [p, q] = [cloud(6, a), cloud(6, b)];
        const { rmsd, rotation } = superpose(p, q);
        expect(determinant(rotation)).toBeCloseTo(1, 9);
        const centre = (x: Float64Array): Float64Array => {
          const sums = [0, 1, 2].map((c) =>
            x.filter((_, k) => k % 3 === c).reduce((s, v) => s + v),
          );
          return x.map((v, k) => v - sums[k % 3] / 6);
        };
        for (let k = 0; k < 20; k++) {
          const turned = rotate(centre(q), rotationOf(1000 * b + k));
          const other = Math.sqrt(
            centre(p).reduce((sum, x, i) => sum + (x - turned[i]) ** 2, 0) / 6,
          );
          expect(rmsd).toBeLessThanOrEqual(other + EXACT);
        }
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  test('a mirror image fits where reflections are allowed only', () => {
    const points = cloud(8, 3);
    const mirror = points.map((x, k) => (k % 3 === 0 ? -x : x));
    expect(superpose(points, mirror).rmsd).toBeGreaterThan(0.1);
    const reflected = superpose(points, mirror, { reflections: true });
    expect(reflected.rmsd).toBeLessThan(EXACT);
    expect(determinant(reflected.rotation)).toBeCloseTo(-1, 9);
  });

  test.each([1, 2, 3])('%i points, or points on a line, have one, too', (n) => {
    const line = Float64Array.from({ length: 3 * n }, (_, k) => (k % 3 === 0 ? k : 0));
    const turned = rotate(line, rotationOf(4));
    expect(superpose(line, turned).rmsd).toBeLessThan(EXACT);
  });
});

describe('assignment', () => {
  const permutations = (n: number): number[][] =>
    n === 0
      ? [[]]
      : permutations(n - 1).flatMap((rest) =>
          Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
        );

  test('is the cheapest of all', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), seeds, fc.boolean(), (n, seed, coarse) => {
        const rng = new Rng(seed, 'cost');
        const cost = Float64Array.from({ length: n * n }, () =>
          coarse ? rng.integer(4) : rng.normal(),
        );
        const price = (columns: ArrayLike<number>): number =>
          Array.from(columns, (c, r) => cost[r * n + c]).reduce((sum, x) => sum + x, 0);
        const found = assign(cost, n);
        expect([...found].sort((a, b) => a - b)).toEqual([...found.keys()]);
        const best = Math.min(...permutations(n).map(price));
        expect(price(found)).toBeCloseTo(best, 9);
      }),
      { seed: 1 },
    );
  });
});

/** Lactic acid: chiral, with atoms of one element that can change places. */
const chiral = createAtoms({
  symbols: ['C', 'C', 'C', 'O', 'O', 'O', 'H', 'H', 'H', 'H', 'H', 'H'],
  positions: [
    0, 0, 0, 1.52, 0, 0, -0.5, 1.45, 0, -0.5, -0.7, 1.15, 2.1, 1.05, 0.1, 2.15, -1.15, -0.1, -0.35,
    -0.55, -0.9, -0.15, 2.0, 0.87, -0.15, 1.98, -0.9, -1.6, 1.45, 0.05, -0.2, -1.62, 1.1, 3.1, -1.0,
    -0.05,
  ],
});

describe('aligned RMSD', () => {
  test('motion and order of atoms do not count', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const moved = transformed(chiral, {
          rotation: rotationOf(seed),
          shift: [1, 2, 3],
          shuffle: seed,
        });
        expect(alignedRmsd(chiral, moved)).toBeLessThan(EXACT);
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  test('without permutation the order counts', () => {
    const moved = transformed(chiral, { rotation: rotationOf(1) });
    expect(alignedRmsd(chiral, moved, { permute: false })).toBeLessThan(EXACT);
    const swapped = createAtoms({
      numbers: chiral.numbers,
      positions: chiral.positions.map((_, k, all) => all[k < 3 ? k + 3 : k < 6 ? k - 3 : k]),
    });
    expect(alignedRmsd(chiral, swapped, { permute: false })).toBeGreaterThan(0.3);
    expect(alignedRmsd(chiral, swapped)).toBeLessThan(EXACT);
  });

  test('an enantiomer is another molecule unless reflections are allowed', () => {
    const other = createAtoms({
      numbers: chiral.numbers,
      positions: chiral.positions.map((x) => -x),
    });
    expect(alignedRmsd(chiral, other)).toBeGreaterThan(0.1);
    expect(alignedRmsd(chiral, other, { reflections: true })).toBeLessThan(EXACT);
  });

  test('is that of the displacements, where those are small', () => {
    const moved = rattle(chiral, { stdev: 0.05, seed: 1 });
    const found = alignedRmsd(chiral, moved);
    // Six of 36 degrees of freedom are rigid motions.
    expect(found).toBeGreaterThan(0.05 * Math.sqrt(3) * 0.6);
    expect(found).toBeLessThan(0.05 * Math.sqrt(3) * 1.3);
    expect(alignedRmsd(moved, chiral)).toBeCloseTo(found, 9);
  });

  test('other elements and periodic structures are refused', () => {
    const other = createAtoms({ symbols: ['C', 'O'], positions: [0, 0, 0, 1, 0, 0] });
    expect(() => alignedRmsd(chiral, other)).toThrow(InvalidArgumentError);
    const crystal = rocksalt(['Mg', 'O'], 4.2);
    expect(() => alignedRmsd(crystal, crystal)).toThrow(
      expect.objectContaining({ code: 'data/not-comparable' }),
    );
  });
});

describe('RMSD of periodic structures', () => {
  const crystal = rocksalt(['Mg', 'O'], 4.2, { repeat: [2, 2, 2] });

  test('shifts, wrapping and strain do not count', () => {
    const shifted = transformed(crystal, { shift: [1.3, -2, 0.4] });
    expect(periodicRmsd(crystal, wrapAtoms(shifted))).toBeLessThan(EXACT);
    const strained = applyStrain(crystal, [0.03, 0.01, 0, 0.01, 0, 0, 0, 0, -0.02]);
    expect(periodicRmsd(crystal, strained)).toBeLessThan(EXACT);
  });

  test('is that of the displacements less their mean', () => {
    const moved = rattle(crystal, { stdev: 0.1, seed: 2 });
    const raw = moved.positions.map((x, k) => x - crystal.positions[k]);
    const mean = [0, 1, 2].map((c) => raw.reduce((s, x, k) => s + (k % 3 === c ? x : 0), 0) / 64);
    const expected = Math.sqrt(raw.reduce((s, x, k) => s + (x - mean[k % 3]) ** 2, 0) / 64);
    expect(periodicRmsd(crystal, wrapAtoms(moved))).toBeCloseTo(expected, 9);
  });

  test.each([
    ['other elements', rocksalt(['Ca', 'O'], 4.2, { repeat: [2, 2, 2] })],
    ['another number of atoms', rocksalt(['Mg', 'O'], 4.2)],
    ['another cell', rocksalt(['Mg', 'O'], 6, { repeat: [2, 2, 2] })],
    ['another periodicity', { ...crystal, pbc: [true, true, false] as const }],
  ])('%s: not comparable', (_, other) => {
    expect(periodicRmsd(crystal, other)).toBeUndefined();
  });
});

describe('groups of the RMSD matrix', () => {
  test('formulas that occur twice or more, periodic and free in turns, relatives side by side', () => {
    const candidates = Array.from({ length: 40 }, (_, index) => ({
      index,
      formula: index % 4 === 3 ? `once${index}` : ['MgO', 'CaO', 'CH4'][index % 4],
      group: index % 8 < 4 ? 'b' : 'a',
      periodic: index % 4 !== 2,
    }));
    const chosen = chooseForRmsd(candidates);
    expect(chosen.map(({ formula }) => formula)).toEqual(['CaO', 'CH4', 'MgO']);
    for (const { structures } of chosen) {
      expect(structures).toHaveLength(8);
      const groups = structures.map((k) => candidates[k].group);
      expect(groups).toEqual([...groups].sort());
    }
  });

  test('a matrix is symmetric, with nulls where nothing can be compared', () => {
    const crystal = rocksalt(['Mg', 'O'], 4.2);
    const atoms: Atoms[] = [
      crystal,
      rattle(crystal, { stdev: 0.1, seed: 1 }),
      { ...rocksalt(['O', 'Mg'], 4.2) },
    ];
    const group = rmsdGroup({ formula: 'Mg4O4', periodic: true, structures: [3, 5, 9] }, atoms);
    expect(group.matrix[0][1]).toBe(group.matrix[1][0]);
    expect(group.matrix.map((row, k) => row[k])).toEqual([0, 0, 0]);
    expect(group.matrix[2][0]).toBeNull();
    expect(group.median).toBe(group.max);
    const alone = rmsdGroup({ formula: 'Mg4O4', periodic: true, structures: [9] }, [crystal]);
    expect([alone.median, alone.max]).toEqual([null, null]);
  });

  test('large molecules keep their order, and are not compared across orders', () => {
    const carbon = (count: number): Atoms =>
      createAtoms({
        symbols: [...Array.from({ length: count }, () => 'C'), 'O'],
        positions: Array.from({ length: 3 * count + 3 }, (_, k) => (k * 7.3) % 11),
      });
    const large = carbon(70);
    const reversed = createAtoms({
      numbers: [...large.numbers].reverse(),
      positions: large.positions,
    });
    const of = (atoms: Atoms[]): number | null =>
      rmsdGroup({ formula: 'C70O', periodic: false, structures: [0, 1] }, atoms).median;
    expect(of([large, transformed(large, { rotation: rotationOf(2) })])).toBeLessThan(EXACT);
    expect(of([large, reversed])).toBeNull();
  });
});

describe('kinds of structures', () => {
  const crystal = rocksalt(['Mg', 'O'], 4.2);
  const surface = slab(crystal, { miller: [1, 0, 0], layers: 4, vacuum: 15 });
  const boxed = (atoms: Atoms): Atoms =>
    createAtoms({
      numbers: atoms.numbers,
      positions: atoms.positions,
      cell: [20, 0, 0, 0, 20, 0, 0, 0, 20],
      pbc: true,
    });
  test.each([
    ['bulk', crystal],
    ['slab', surface],
    ['slab', { ...surface, pbc: [true, true, true] as const }],
    ['molecule', chiral],
    ['molecule', boxed(chiral)],
    ['cluster', createAtoms({ symbols: ['Au', 'Au'], positions: [0, 0, 0, 2.6, 0, 0] })],
    [
      'wire',
      createAtoms({
        symbols: ['C', 'C'],
        positions: [0, 0, 0, 1.3, 0, 0],
        cell: [2.6, 0, 0, 0, 20, 0, 0, 0, 20],
        pbc: true,
      }),
    ],
  ])('%s', (kind, atoms) => {
    expect(structureKind(atoms)).toBe(kind);
  });
});
