import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyStrain, type Atoms, createAtoms, neighborList, Rng, VerletList } from '@mlffd/core';
import { FusedListMemory } from './fusedListMemory.ts';
import { type Searched, searched } from './fusedListStructures.ts';

const memory = new FusedListMemory();

/** Moves every atom by up to `size` Angstrom along each axis. */
function jiggle(atoms: Atoms, size: number, rng: Rng): Atoms {
  const positions = atoms.positions.map((x) => x + size * (2 * rng.uniform() - 1));
  return { ...atoms, positions };
}

/** Names of the directed pairs within `radius` that have i <= j. */
function pairNames(atoms: Atoms, radius: number): string[] {
  const { count, centers, neighbors, shifts } = neighborList(atoms, radius);
  const names: string[] = [];
  for (let e = 0; e < count; e++) {
    if (centers[e] > neighbors[e]) continue;
    names.push(`${centers[e]} ${neighbors[e]} ${shifts.slice(3 * e, 3 * e + 3).join(' ')}`);
  }
  return names;
}

/** Names of the candidates; those of an atom and its image with both signs. */
function candidateNames(atoms: Atoms, reach: number): Set<string> {
  const { candidates } = memory.findAll(atoms, reach);
  return new Set(
    candidates.flatMap(({ i, j, n }) => {
      const there = `${i} ${j} ${n.join(' ')}`;
      return i === j ? [there, `${i} ${j} ${n.map((x) => 0 - x).join(' ')}`] : [there];
    }),
  );
}

describe('candidates that hold contain every pair within the cutoff', () => {
  test('for atoms that move and cells that are strained', () => {
    let held = 0;
    let refused = 0;
    const step = fc.double({ min: 0, max: 0.3, noNaN: true });
    const strains = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.1, noNaN: true }));
    fc.assert(
      fc.property(searched(60), step, strains, fc.nat(), (structure, move, size, seed) => {
        const { atoms, reach }: Searched = structure;
        const rng = new Rng(seed);
        const cutoff = 0.7 * reach;
        const strain = new Float64Array(9).map(() => size * (rng.uniform() - 0.7));
        const strained = size > 0 ? applyStrain(atoms, strain) : atoms;
        const moved = jiggle(strained, move * reach, rng);
        if (!memory.holds(moved, atoms, cutoff, reach - cutoff)) {
          refused++;
          return;
        }
        held++;
        const kept = candidateNames(atoms, reach);
        expect(pairNames(moved, cutoff).filter((pair) => !kept.has(pair))).toEqual([]);
      }),
      { numRuns: 250, seed: 1 },
    );
    // Neither answer is the only one that was tried.
    expect(held).toBeGreaterThan(30);
    expect(refused).toBeGreaterThan(30);
  });

  test('for an even and an odd number of atoms, whichever of them moves', () => {
    for (const count of [1, 2, 7, 8]) {
      const atoms = box(count);
      for (let k = 0; k < 3 * count; k++) {
        const moved = (by: number): Atoms => ({
          ...atoms,
          positions: atoms.positions.map((x, at) => (at === k ? x + by : x)),
        });
        expect(memory.holds(moved(0.499), atoms, 3, 1)).toBe(true);
        expect(memory.holds(moved(-0.501), atoms, 3, 1)).toBe(false);
      }
      // 0.3^2 + 0.3^2 + 0.3^2 > 0.5^2: axes count together.
      const diagonal = { ...atoms, positions: atoms.positions.map((x) => x + 0.3) };
      expect(memory.holds(diagonal, atoms, 3, 1)).toBe(false);
    }
  });
});

describe('candidatesHold', () => {
  test('decides as VerletList, in a fixed and in a strained cell', () => {
    fc.assert(
      fc.property(searched(20), fc.nat(), ({ atoms, reach }, seed) => {
        const rng = new Rng(seed);
        const cutoff = 0.7 * reach;
        const skin = reach - cutoff;
        const verlet = new VerletList({ cutoff, skin });
        verlet.update(atoms);
        const strain = new Float64Array(9).map(() => 0.1 * (rng.uniform() - 0.5));
        const moved = jiggle(rng.uniform() < 0.5 ? applyStrain(atoms, strain) : atoms, 0.2, rng);
        const holds = memory.holds(moved, atoms, cutoff, skin);
        verlet.update(moved);
        expect(holds).toBe(verlet.rebuilds === 1);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test('takes a homogeneous strain for what it is', () => {
    const atoms = box(64, 24);
    const strained = applyStrain(atoms, [0.01, 0, 0, 0, 0.01, 0, 0, 0, 0.01]);
    expect(memory.holds(strained, atoms, 4, 1)).toBe(true);
    expect(memory.holds({ ...strained, cell: atoms.cell }, atoms, 4, 0.4)).toBe(false);
  });

  test('is false for NaN and infinity anywhere, and without a skin', () => {
    const atoms = box(9);
    const squeezed = { ...atoms, cell: atoms.cell.map((x) => 0.999 * x) };
    expect(memory.holds(atoms, atoms, 3, 1)).toBe(true);
    expect(memory.holds(squeezed, atoms, 3, 1)).toBe(true);
    expect(memory.holds(atoms, atoms, 3, 0)).toBe(false);
    for (const bad of [NaN, Infinity]) {
      for (let k = 0; k < 27; k++) {
        const positions = atoms.positions.map((x, at) => (at === k ? bad : x));
        expect(memory.holds({ ...atoms, positions }, atoms, 3, 1)).toBe(false);
        expect(memory.holds({ ...squeezed, positions }, atoms, 3, 1)).toBe(false);
      }
      for (let k = 0; k < 9; k++) {
        const cell = atoms.cell.map((x, at) => (at === k ? bad : x));
        expect(memory.holds({ ...atoms, cell }, atoms, 3, 1)).toBe(false);
      }
    }
  });

  test('does not look at the cell of an isolated structure', () => {
    const atoms = { ...box(5), pbc: [false, false, false] as const };
    expect(memory.holds({ ...atoms, cell: new Float64Array(9) }, atoms, 3, 1)).toBe(true);
  });
});

/** Atoms in a cube, small enough for candidates with images. */
function box(count: number, edge = 5): Atoms {
  const rng = new Rng(8, 'box');
  const positions = new Float64Array(3 * count).map(() => edge * rng.uniform());
  const numbers = new Int32Array(count).fill(8);
  return createAtoms({ numbers, positions, cell: [edge, edge, edge], pbc: true });
}
