import { describe, expect, test } from '@jest/globals';
import { createAtoms, Rng, withPositions } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import fc from 'fast-check';
import { fcc } from '../src/build/crystals.ts';
import { undeformed } from '../src/sampling/treeNode.ts';
import type { TreeNode } from '../src/sampling/treeNode.ts';
import { TreePool } from '../src/sampling/treePool.ts';

const poolOf = (atoms: Atoms) => new TreePool(nodeOf(atoms));
const nodeOf = (atoms: Atoms, id = 'root'): TreeNode => ({
  id,
  level: 0,
  atoms,
  results: { energy: 0, forces: new Float64Array(atoms.positions.length) },
  deformation: undeformed(),
  details: {},
});
const distance = (pool: TreePool, atoms: Atoms) =>
  pool.distance(pool.frame(atoms, undeformed()), 0);

/** Mean over the atoms of the distance to the nearest image of an atom of the element, slowly. */
function slowDistance(a: Atoms, b: Atoms): number {
  const range = a.pbc.map((periodic) => (periodic ? [-3, -2, -1, 0, 1, 2, 3] : [0]));
  let sum = 0;
  for (const [i, z] of a.numbers.entries()) {
    let least = Infinity;
    for (const [j, other] of b.numbers.entries()) {
      if (other !== z) continue;
      for (const p of range[0]) {
        for (const q of range[1]) {
          for (const r of range[2]) {
            const [x, y, w] = [0, 1, 2].map(
              (c) =>
                a.positions[3 * i + c] -
                b.positions[3 * j + c] +
                p * a.cell[c] +
                q * a.cell[3 + c] +
                r * a.cell[6 + c],
            );
            least = Math.min(least, x * x + y * y + w * w);
          }
        }
      }
    }
    sum += Math.sqrt(least);
  }
  return sum / a.numbers.length;
}

describe('the distance from the members of a tree', () => {
  const skewed = createAtoms({
    symbols: ['Na', 'Cl', 'Na', 'Cl'],
    positions: [0, 0, 0, 2.8, 0, 0, 0, 2.8, 0.3, 2.8, 2.8, 0],
    cell: [5.6, 0, 0, 4.1, 5.6, 0, -3.2, 2.9, 6],
    pbc: true,
  });

  test('is that of the periodic images, for atoms that left the cell', () => {
    const positions = skewed.positions.slice();
    // Atom 1 by a lattice vector, atom 2 by two of them.
    for (let c = 0; c < 3; c++) {
      positions[3 + c] += skewed.cell[3 + c];
      positions[6 + c] += skewed.cell[c] - skewed.cell[6 + c];
    }
    positions[0] += 0.2;
    expect(distance(poolOf(skewed), withPositions(skewed, positions))).toBeCloseTo(0.05, 12);
    // Without periodicity it is another structure.
    const open = { ...skewed, pbc: [false, false, false] as const };
    expect(distance(poolOf(open), withPositions(open, positions))).toBeGreaterThan(1);
  });

  test('does not see which of two equal atoms is where, but which element', () => {
    const exchanged = (i: number, j: number) => {
      const positions = skewed.positions.slice();
      positions.copyWithin(3 * i, 3 * j, 3 * j + 3);
      positions.set(skewed.positions.subarray(3 * i, 3 * i + 3), 3 * j);
      return withPositions(skewed, positions);
    };
    expect(distance(poolOf(skewed), exchanged(0, 2))).toBeCloseTo(0, 12);
    expect(distance(poolOf(skewed), exchanged(0, 1))).toBeGreaterThan(1);
  });

  test('equals the formula, and early exits do not change what is near', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.double({ min: 0.01, max: 3, noNaN: true }),
        fc.constantFrom([true, true, true], [true, false, true], [false, false, false]),
        (seed, size, pbc) => {
          const rng = new Rng(seed, 'pool');
          const root = { ...skewed, pbc: [pbc[0], pbc[1], pbc[2]] as const };
          const moved = withPositions(
            root,
            root.positions.map((x) => x + size * rng.normal()),
          );
          const pool = poolOf(root);
          const expected = slowDistance(moved, root);
          expect(distance(pool, moved)).toBeCloseTo(expected, 10);
          const framed = pool.frame(moved, undeformed());
          for (const least of [0.5 * expected, 0.999 * expected, 1.001 * expected]) {
            expect(pool.isNear(framed, least)).toBe(least > expected);
          }
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  test('counts a strain as a change of the bonds', () => {
    const cell = fcc('Cu', 3.6, { cell: 'primitive' });
    const pool = poolOf(cell);
    const grown = Float64Array.of(1.04, 0, 0, 0, 1.04, 0, 0, 0, 1.04);
    const atoms = withPositions(
      cell,
      cell.positions,
      cell.cell.map((x) => 1.04 * x),
    );
    // Covalent radius of copper 1.32 Angstrom: its bonds are 4 % longer.
    expect(pool.distance(pool.frame(atoms, grown), 0)).toBeCloseTo(2.64 * 0.04, 12);
    expect(pool.isNear(pool.frame(atoms, grown), 0.1)).toBe(false);
  });

  test('looks at every member', () => {
    const pool = poolOf(skewed);
    const shifted = (dx: number) =>
      withPositions(
        skewed,
        skewed.positions.map((x, k) => x + (k < 3 ? 4 * dx : 0)),
      );
    for (const dx of [0.15, 0.3]) pool.add(nodeOf(shifted(dx), `n${dx}`));
    expect(pool.nodes).toHaveLength(3);
    const isNear = (dx: number) => pool.isNear(pool.frame(shifted(dx), undeformed()), 0.05);
    expect([0.01, 0.07, 0.14, 0.22, 0.31, 0.5].map(isNear)).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  test('elements without a measured radius have one', () => {
    const heavy = createAtoms({ symbols: ['Og', 'Og'], positions: [0, 0, 0, 3, 0, 0] });
    expect(distance(poolOf(heavy), heavy)).toBe(0);
  });
});
