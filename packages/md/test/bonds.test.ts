import { describe, expect, test } from '@jest/globals';
import { createAtoms, InvalidArgumentError, neighborList } from '@mlffd/core';
import fc from 'fast-check';
import { BondMonitor } from '../src/index.ts';

const water = createAtoms({
  symbols: ['O', 'H', 'H'],
  positions: [0, 0, 0, 0.96, 0, 0, -0.24, 0.93, 0],
});

describe('BondMonitor', () => {
  test('finds the two bonds of water and the one that breaks', () => {
    const monitor = new BondMonitor(water);
    expect(monitor.bonds.map((bond) => bond.atoms)).toEqual([
      [0, 1],
      [0, 2],
    ]);
    expect(monitor.worst(water).deviation).toBe(0);
    const torn = { ...water, positions: water.positions.slice() };
    torn.positions[3] = 2;
    expect(monitor.worst(torn)).toMatchObject({ bond: monitor.bonds[0], length: 2 });
    expect(monitor.worst(torn).deviation).toBeCloseTo(1.04, 12);
    torn.positions[7] = NaN;
    expect(monitor.worst(torn).deviation).toBeNaN();
  });

  test('a bond across the boundary stays one while the atoms move out of the cell', () => {
    const chain = createAtoms({
      symbols: ['C', 'C'],
      positions: [0.2, 0, 0, 9.3, 0, 0],
      cell: [10, 10, 10],
      pbc: true,
    });
    const monitor = new BondMonitor(chain);
    expect(monitor.bonds).toHaveLength(1);
    expect(monitor.bonds[0].length).toBeCloseTo(0.9, 12);
    const moved = {
      ...chain,
      positions: chain.positions.map((x, k) => (k % 3 === 0 ? x + 25 : x)),
    };
    expect(monitor.worst(moved).deviation).toBeCloseTo(0, 12);
  });

  test('the bond that has become longest is not one that has become shorter', () => {
    const monitor = new BondMonitor(water);
    const moved = { ...water, positions: water.positions.slice() };
    moved.positions[3] = 0.5;
    moved.positions[7] = 1;
    expect(monitor.worst(moved).bond).toBe(monitor.bonds[0]);
    expect(monitor.longest(moved).bond).toBe(monitor.bonds[1]);
    expect(monitor.longest(moved).stretch).toBeCloseTo(
      Math.hypot(0.24, 1) - Math.hypot(0.24, 0.93),
      12,
    );
  });

  test('finds the bond that has formed', () => {
    const monitor = new BondMonitor(water);
    const find = (x: number): unknown => {
      const moved = { ...water, positions: water.positions.slice() };
      moved.positions[6] = x;
      moved.positions[7] = 0;
      return monitor.newContact(moved, neighborList(moved, monitor.contactRange));
    };
    expect(find(0.3)).toBeUndefined();
    expect(find(0.4)).toEqual({ i: 1, j: 2, distance: 0.96 - 0.4, range: 0.62 });
  });

  test('a structure has no new bonds against itself, in whatever cell (property)', () => {
    const atom = fc.tuple(...Array.from({ length: 3 }, () => fc.integer({ min: 0, max: 9 })));
    fc.assert(
      fc.property(
        fc.array(atom, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 15, max: 40 }),
        (places, size) => {
          const atoms = createAtoms({
            symbols: places.map(() => 'Cu'),
            positions: places.map((place, k) => place.map((x) => 0.4 * x + 0.01 * k)),
            cell: [0, size / 10, 1, size / 10, 0, 1, 1, size / 9, 0],
            pbc: true,
          });
          const monitor = new BondMonitor(atoms, { requireBonds: false });
          const list = neighborList(atoms, monitor.contactRange);
          expect(monitor.newContact(atoms, list)).toBeUndefined();
        },
      ),
      { seed: 1, numRuns: 50 },
    );
  });

  test('refuses what it cannot watch', () => {
    const far = createAtoms({ symbols: ['H', 'H'], positions: [0, 0, 0, 3, 0, 0] });
    expect(() => new BondMonitor(far)).toThrow(InvalidArgumentError);
    expect(() => new BondMonitor(water, { factor: 0 })).toThrow(InvalidArgumentError);
    expect(() => new BondMonitor(water).worst(far)).toThrow(InvalidArgumentError);
    const without = new BondMonitor(far, { requireBonds: false });
    expect(() => without.longest(far)).toThrow(InvalidArgumentError);
  });
});
