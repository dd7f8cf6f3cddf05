import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  applyStrain,
  type Atoms,
  createAtoms,
  neighborList,
  type NeighborList,
  repeatAtoms,
  Rng,
  VerletList,
  wrapAtoms,
} from '../src/index.ts';
import { expectSameArray } from './support/expectSameArray.ts';
import { structures } from './support/structures.ts';

function expectSameList(actual: NeighborList, expected: NeighborList): void {
  const { count } = expected;
  expect(actual.count).toBe(count);
  expect(actual.cutoff).toBe(expected.cutoff);
  expectSameArray(actual.centers.subarray(0, count), expected.centers);
  expectSameArray(actual.neighbors.subarray(0, count), expected.neighbors);
  expectSameArray(actual.shifts.subarray(0, 3 * count), expected.shifts);
  expectSameArray(actual.vectors.subarray(0, 3 * count), expected.vectors);
  expectSameArray(actual.distances.subarray(0, count), expected.distances);
  expectSameArray(actual.offsets, expected.offsets);
}

function box(atoms: number, seed: number): Atoms {
  const rng = new Rng(seed, 'verlet');
  return createAtoms({
    numbers: new Int32Array(atoms).fill(18),
    positions: new Float64Array(3 * atoms).map(() => 8 * rng.uniform()),
    cell: [8, 0, 0, 1, 8, 0, -1, 2, 8],
    pbc: [true, true, false],
  });
}

/** Moves every coordinate by up to `size` Angstrom. */
function jiggle(atoms: Atoms, size: number, rng: Rng): Atoms {
  const positions = atoms.positions.map((x) => x + size * (2 * rng.uniform() - 1));
  return { ...atoms, positions };
}

describe('VerletList equals neighborList', () => {
  test('along a random walk with drift, wraps and changing cells, and searches seldom', () => {
    const rng = new Rng(11, 'walk');
    const verlet = new VerletList({ cutoff: 3, skin: 0.8 });
    let atoms: Atoms = { ...box(60, 1), pbc: [true, true, true] };
    const steps = 150;
    for (let step = 0; step < steps; step++) {
      atoms = jiggle(atoms, 0.02, rng);
      if (step % 40 === 39) atoms = wrapAtoms(atoms);
      if (step % 3 === 2) {
        const strain = new Float64Array(9).map(() => 1e-3 * rng.normal());
        atoms = applyStrain(atoms, strain);
      }
      expectSameList(verlet.update(atoms), neighborList(atoms, 3));
    }
    expect(verlet.rebuilds).toBeGreaterThan(3);
    expect(verlet.rebuilds).toBeLessThan(steps / 3);
  });

  test('for random structures and steps of any size, in any cell', () => {
    fc.assert(
      fc.property(
        structures({ maxAtoms: 4, spread: 6 }),
        fc.double({ min: 0, max: 0.6, noNaN: true }),
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        fc.integer(),
        (start, size, strained, seed) => {
          const rng = new Rng(seed);
          const verlet = new VerletList({ cutoff: 2.5, skin: 1 });
          let atoms = start;
          for (let step = 0; step < 4; step++) {
            expectSameList(verlet.update(atoms), neighborList(atoms, 2.5));
            atoms = jiggle(atoms, size, rng);
            // Cells shrink, too: the number of images in reach has to grow with that.
            const strain = new Float64Array(9).map(() => strained * (rng.uniform() - 0.6));
            atoms = applyStrain(atoms, strain);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('when the cell is strained without the atoms', () => {
    const atoms = repeatAtoms(box(4, 3), [2, 2, 1]);
    const verlet = new VerletList({ cutoff: 4, skin: 0.5 });
    for (let step = 0; step < 12; step++) {
      const cell = atoms.cell.map((x) => x * (1 - 0.004 * step));
      const squeezed = { ...atoms, cell };
      expectSameList(verlet.update(squeezed), neighborList(squeezed, 4));
    }
  });

  test('after changes of the number of atoms, periodicity and elements', () => {
    const verlet = new VerletList({ cutoff: 3, skin: 1 });
    const many = box(50, 4);
    const sequence: Atoms[] = [
      many,
      box(20, 4),
      { ...many, pbc: [true, true, true] },
      { ...many, pbc: [false, false, false] },
      { ...many, pbc: [false, false, false], numbers: many.numbers.map(() => 1) },
      box(130, 5),
      many,
    ];
    for (const atoms of sequence) expectSameList(verlet.update(atoms), neighborList(atoms, 3));
    expect(verlet.rebuilds).toBe(sequence.length - 1);
  });

  test('without a skin', () => {
    const verlet = new VerletList({ cutoff: 3, skin: 0 });
    const rng = new Rng(5);
    let atoms = box(30, 6);
    for (let step = 0; step < 3; step++) {
      expectSameList(verlet.update(atoms), neighborList(atoms, 3));
      atoms = jiggle(atoms, 0.1, rng);
    }
    expect(verlet.rebuilds).toBe(3);
  });
});

describe('VerletList', () => {
  test('searches again once an atom has moved more than half the skin, not before', () => {
    const verlet = new VerletList({ cutoff: 3, skin: 1 });
    const atoms = box(10, 7);
    const moved = (by: number): Atoms => ({
      ...atoms,
      positions: atoms.positions.map((x, k) => (k === 4 ? x + by : x)),
    });
    verlet.update(atoms);
    verlet.update(moved(0.49));
    verlet.update(moved(-0.49));
    expect(verlet.rebuilds).toBe(1);
    verlet.update(moved(0.51));
    expect(verlet.rebuilds).toBe(2);
  });

  test('takes a homogeneous strain of a large cell for what it is', () => {
    const atoms = repeatAtoms({ ...box(5, 8), pbc: [true, true, true] }, [4, 4, 4]);
    const verlet = new VerletList({ cutoff: 4, skin: 1 });
    verlet.update(atoms);
    // The far corner moves by 0.4 Angstrom, but no two neighbours come closer by more than 0.05.
    verlet.update(applyStrain(atoms, [0.01, 0, 0, 0, 0.01, 0, 0, 0, 0.01]));
    expect(verlet.rebuilds).toBe(1);
  });

  test('keeps its arrays between updates', () => {
    const verlet = new VerletList({ cutoff: 3, skin: 0.6 });
    const rng = new Rng(9);
    let atoms = box(60, 9);
    const { centers, vectors, offsets } = verlet.update(atoms);
    for (let step = 0; step < 5; step++) {
      atoms = jiggle(atoms, 0.01, rng);
      const list = verlet.update(atoms);
      expect(list.centers).toBe(centers);
      expect(list.vectors).toBe(vectors);
      expect(list.offsets).toBe(offsets);
      const reverse = verlet.reverse();
      expect(verlet.reverse()).toBe(reverse);
    }
    expect(verlet.rebuilds).toBe(1);
  });

  test('says what is wrong with a NaN, and works again afterwards', () => {
    const verlet = new VerletList({ cutoff: 3, skin: 1 });
    const atoms = box(10, 10);
    verlet.update(atoms);
    const broken = { ...atoms, positions: atoms.positions.slice() };
    broken.positions[7] = NaN;
    expect(() => verlet.update(broken)).toThrow(
      expect.objectContaining({ code: 'atoms/non-finite-position' }),
    );
    const badCell = { ...atoms, cell: atoms.cell.map(() => NaN) };
    expect(() => verlet.update(badCell)).toThrow(
      expect.objectContaining({ code: 'atoms/invalid-cell' }),
    );
    expectSameList(verlet.update(atoms), neighborList(atoms, 3));
  });

  test('refuses a negative skin and a cutoff of zero', () => {
    expect(() => new VerletList({ cutoff: 3, skin: -1 })).toThrow(
      expect.objectContaining({ code: 'neighbors/invalid-skin' }),
    );
    expect(() => new VerletList({ cutoff: 0, skin: 1 })).toThrow(
      expect.objectContaining({ code: 'neighbors/invalid-cutoff' }),
    );
  });
});
