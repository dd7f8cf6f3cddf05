import { describe, expect, test } from '@jest/globals';
import { createAtoms, neighborList } from '@mlffd/core';
import { auditTeacher } from '../src/audit/auditTeacher.ts';
import { expectedTime, grownTo } from '../src/audit/latency.ts';
import { Emt } from '../src/emt/emt.ts';
import { LennardJones } from '../src/lennardJones/lennardJones.ts';
import { CLUSTER, CRYSTAL } from './auditSupport.ts';

describe('latency by size', () => {
  test('grows crystals by cells and molecules by copies', async () => {
    const { latency } = await auditTeacher(new Emt(), {
      structures: [
        { name: 'crystal', atoms: CRYSTAL },
        { name: 'cluster', atoms: CLUSTER },
      ],
      sizes: [1, 3, 22, 100],
      repeats: 3,
    });
    expect(latency.map(({ structure, atoms }) => [structure, atoms])).toEqual([
      ['cluster', 3],
      ['cluster', 21],
      ['cluster', 99],
      ['crystal', 4],
      ['crystal', 24],
      ['crystal', 108],
    ]);
    for (const { repeats, latency_min_ms, latency_median_ms } of latency) {
      expect(repeats).toBe(3);
      expect(latency_min_ms).toBeGreaterThan(0);
      expect(latency_median_ms).toBeGreaterThanOrEqual(latency_min_ms);
    }
  });

  test('larger sizes are left out where the trend says that they take too long', () => {
    const at = (atoms: number, latency_median_ms: number) => ({ atoms, latency_median_ms });
    expect(expectedTime([], 3)).toBe(0);
    expect(expectedTime([at(3, 2)], 30)).toBeCloseTo(20, 10);
    // Cubic in the number of atoms, and never better than linear.
    expect(expectedTime([at(10, 1), at(100, 1000)], 200)).toBeCloseTo(8000, 8);
    expect(expectedTime([at(10, 5), at(100, 4)], 200)).toBeCloseTo(8, 10);
  });

  test('no two copies of a molecule come close, and charges add up', () => {
    const ion = createAtoms({
      symbols: ['O', 'H'],
      positions: [0, 0, 0, 0.97, 0, 0],
      charge: -1,
      spin: 1,
    });
    const grown = grownTo(ion, 100);
    expect(grown).toMatchObject({ charge: -50, spin: 50 });
    const { distances } = neighborList(grown, 2.4);
    expect(distances.length).toBe(100);
    for (const distance of distances) expect(distance).toBeCloseTo(0.97, 10);
  });

  test('a slab grows in its plane only', () => {
    const slab = { ...CRYSTAL, pbc: [true, true, false] as const };
    const grown = grownTo(slab, 100);
    expect(grown.numbers.length).toBe(100);
    expect(Math.hypot(...grown.cell.subarray(6, 9))).toBeCloseTo(Math.hypot(-0.2, 0.1, 4), 10);
  });

  test('the way across the cutoff is drawn', async () => {
    const argon = createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 3.8, 0, 0] });
    const { cutoffs } = await auditTeacher(new LennardJones({ truncation: 'shift', cutoff: 6 }), {
      structures: [argon],
      sizes: [],
    });
    const { distance_A, energy_eV, force_eV_A } = cutoffs[0].curve!;
    expect(distance_A[0]).toBeLessThan(6);
    expect(distance_A[distance_A.length - 1]).toBeGreaterThan(6);
    expect(energy_eV[energy_eV.length - 1]).toBe(0);
    // Attraction until the cutoff, nothing behind it.
    for (const [k, distance] of distance_A.entries()) {
      if (distance < 6) expect(force_eV_A[k]).toBeLessThan(-1e-5);
      else expect(force_eV_A[k]).toBe(0);
    }
  });
});
