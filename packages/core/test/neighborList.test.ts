import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Atoms,
  createAtoms,
  neighborList,
  type NeighborList,
  repeatAtoms,
  Rng,
} from '../src/index.ts';
import { bruteForceEdges } from './support/bruteForce.ts';
import { expectSameArray } from './support/expectSameArray.ts';
import { structures } from './support/structures.ts';

/** Same arithmetic on both sides, so that not one bit may differ. */
function expectEqualsBruteForce(atoms: Atoms, cutoff: number): NeighborList {
  const list = neighborList(atoms, cutoff);
  const edges = bruteForceEdges(atoms, cutoff);
  expect(list.count).toBe(edges.length);
  expectSameArray(
    list.centers,
    edges.map((edge) => edge.i),
  );
  expectSameArray(
    list.neighbors,
    edges.map((edge) => edge.j),
  );
  expectSameArray(
    list.shifts,
    edges.flatMap((edge) => edge.shift),
  );
  expectSameArray(
    list.vectors,
    edges.flatMap((edge) => edge.vector),
  );
  expectSameArray(
    list.distances,
    edges.map((edge) => edge.distance),
  );
  expect(list.offsets.length).toBe(atoms.numbers.length + 1);
  const starts = Array.from(list.offsets.subarray(0, -1), (start, i) =>
    list.centers.subarray(start, list.offsets[i + 1]).every((center) => center === i),
  );
  expect(starts.every(Boolean)).toBe(true);
  expect(list.offsets[atoms.numbers.length]).toBe(list.count);
  return list;
}

/** `count` atoms of a liquid-like density in an orthorhombic box of edge length `box`. */
function randomBox(count: number, box: number, seed: number): Atoms {
  const rng = new Rng(seed, 'box');
  return createAtoms({
    numbers: new Int32Array(count).fill(8),
    positions: new Float64Array(3 * count).map(() => box * rng.uniform()),
    cell: [box, box, box],
    pbc: true,
  });
}

describe('neighborList equals all pairs of all images', () => {
  test('in random cells of any shape, handedness and periodicity, many images deep', () => {
    fc.assert(
      fc.property(
        structures({ maxAtoms: 5, spread: 8 }),
        fc.double({ min: 0.5, max: 6, noNaN: true }),
        (atoms, cutoff) => {
          expectEqualsBruteForce(atoms, cutoff);
        },
      ),
      { numRuns: 80 },
    );
  });

  test.each([
    [true, true, true],
    [true, true, false],
    [false, true, false],
    [false, false, false],
  ] as const)('with enough atoms for many bins, pbc %s %s %s', (a, b, c) => {
    const box = randomBox(150, 13, 5);
    const cell = Float64Array.of(13, 0, 0, 4, -12, 1, -3, 2, 14);
    expectEqualsBruteForce({ ...box, cell, pbc: [a, b, c] }, 3.5);
  });

  test('for atoms far outside the cell', () => {
    const box = randomBox(40, 7, 6);
    const rng = new Rng(1);
    const positions = box.positions.map((x) => x + 7 * (rng.integer(9) - 4));
    expectEqualsBruteForce({ ...box, positions }, 3);
  });

  test('for a left-handed and a 30-degree cell', () => {
    const base = randomBox(6, 5, 7);
    expectEqualsBruteForce({ ...base, cell: Float64Array.of(0, 5, 0, 5, 0, 0, 0, 0, 5) }, 6);
    const thin = Float64Array.of(5, 0, 0, 4.33, 2.5, 0, 0, 0, 5);
    expectEqualsBruteForce({ ...base, cell: thin }, 6);
  });

  test('where pairs lie exactly at the cutoff: d < cutoff is strict', () => {
    const a = 3.61;
    const fcc = createAtoms({
      symbols: ['Cu', 'Cu', 'Cu', 'Cu'],
      positions: [0, 0, 0, 0, a / 2, a / 2, a / 2, 0, a / 2, a / 2, a / 2, 0],
      cell: [a, a, a],
      pbc: true,
    });
    const list = expectEqualsBruteForce(repeatAtoms(fcc, [2, 2, 2]), a);
    expect(list.distances.every((d) => d < a)).toBe(true);
    const pair = createAtoms({ symbols: ['H', 'H'], positions: [0, 0, 0, 2, 0, 0] });
    expect(neighborList(pair, 2).count).toBe(0);
    expect(neighborList(pair, 2 + 2 ** -50).count).toBe(2);
  });
});

describe('neighborList', () => {
  test('finds 18 first and second neighbours in an fcc primitive cell of one atom', () => {
    const atoms = createAtoms({
      symbols: ['Cu'],
      positions: [0.1, 0.2, 0.3],
      cell: [0, 1.8, 1.8, 1.8, 0, 1.8, 1.8, 1.8, 0],
      pbc: true,
    });
    expect(neighborList(atoms, 3.65).count).toBe(18);
  });

  test('keeps a slab apart across its vacuum axis, with and without a vector there', () => {
    const slab = { symbols: ['C'], positions: [0, 0, 50], pbc: [true, true, false] };
    const full = createAtoms({ ...slab, cell: [2.5, 0, 0, 0, 2.5, 0, 0.3, 0.2, 1] });
    const open = createAtoms({ ...slab, cell: [2.5, 0, 0, 0, 2.5, 0, 0, 0, 0] });
    expect(neighborList(full, 3).count).toBe(4);
    expect(neighborList(open, 3)).toEqual(neighborList(full, 3));
  });

  test('does not change with the image that an atom is given in', () => {
    const box = randomBox(60, 9, 8);
    const moved = box.positions.slice();
    for (let k = 0; k < 30; k++) moved[k] += 9 * ((k % 7) - 3);
    const a = neighborList(box, 4);
    const b = neighborList({ ...box, positions: moved }, 4);
    expect(b.neighbors).toEqual(a.neighbors);
    // Rounding of positions of up to 36 Angstrom, twice.
    const TOLERANCE = 1e-13;
    expect(b.distances.every((d, e) => Math.abs(d - a.distances[e]) < TOLERANCE)).toBe(true);
  });

  test('needs neither volume nor extent: coplanar, collinear and coincident atoms', () => {
    const line = createAtoms({
      numbers: new Int32Array(200).fill(6),
      positions: Array.from({ length: 600 }, (_, k) => (k % 3 === 0 ? k / 3 : 0)),
    });
    expect(neighborList(line, 1.5).count).toBe(2 * 199);
    const same = createAtoms({
      numbers: new Int32Array(130).fill(6),
      positions: new Float64Array(390).fill(2),
    });
    expect(neighborList(same, 1).count).toBe(130 * 129);
    const touching = createAtoms({
      symbols: ['H', 'H'],
      positions: [0, 0, 0, 0, 0, Number.MIN_VALUE],
      cell: [3, 0, 0, 0, 0, 0, 0, 0, 0],
      pbc: [true, false, false],
    });
    expect(neighborList(touching, 0.5).count).toBe(2);
  });

  test('is linear in a gas of 20,000 atoms in an empty box a millimetre wide', () => {
    const n = 20_000;
    const rng = new Rng(3);
    const positions = new Float64Array(3 * n).map(() => 1e7 * rng.uniform());
    positions.set([1, 1, 1, 2, 1, 1]);
    const atoms = createAtoms({ numbers: new Int32Array(n).fill(2), positions });
    const list = neighborList(atoms, 5);
    expect(Array.from(list.neighbors)).toEqual([1, 0]);
  });

  test.each([0, -1, NaN, Infinity])('refuses the cutoff %d', (cutoff) => {
    const atoms = createAtoms({ symbols: ['H'], positions: [0, 0, 0] });
    expect(() => neighborList(atoms, cutoff)).toThrow(
      expect.objectContaining({ code: 'neighbors/invalid-cutoff' }),
    );
  });

  test('refuses a structure with a NaN, naming it', () => {
    const atoms = createAtoms({ symbols: ['H', 'O'], positions: [0, 0, 0, 1, 1, 1] });
    atoms.positions[4] = NaN;
    expect(() => neighborList(atoms, 2)).toThrow(
      expect.objectContaining({ code: 'atoms/non-finite-position', where: 'atom 1, y' }),
    );
  });

  test('refuses a cutoff in the wrong unit rather than filling the memory', () => {
    const atoms = createAtoms({ symbols: ['H'], positions: [0, 0, 0], cell: [1, 1, 1], pbc: true });
    expect(() => neighborList(atoms, 1e10)).toThrow(
      expect.objectContaining({ code: 'neighbors/too-many-images' }),
    );
  });
});
