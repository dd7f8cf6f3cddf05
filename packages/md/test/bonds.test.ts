import { describe, expect, test } from '@jest/globals';
import { createAtoms, InvalidArgumentError } from '@mlffd/core';
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

  test('refuses what it cannot watch', () => {
    const far = createAtoms({ symbols: ['H', 'H'], positions: [0, 0, 0, 3, 0, 0] });
    expect(() => new BondMonitor(far)).toThrow(InvalidArgumentError);
    expect(() => new BondMonitor(water, { factor: 0 })).toThrow(InvalidArgumentError);
    expect(() => new BondMonitor(water).worst(far)).toThrow(InvalidArgumentError);
  });
});
