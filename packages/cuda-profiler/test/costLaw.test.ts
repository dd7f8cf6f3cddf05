import { describe, expect, test } from '@jest/globals';
import { Rng } from '@mlffd/core';
import { type CostPoint, fitCostLaw } from '../src/index.ts';

const SIZES = [3, 22, 100, 500];
const NEIGHBOURS = 40;

function point(atoms: number, time: number, { noise = 0.03, edges = true } = {}): CostPoint {
  const rng = new Rng(atoms, 'blocks');
  const blocks = Array.from({ length: 50 }, () => time * (1 + noise * rng.normal()));
  return { atoms, edges: edges ? NEIGHBOURS * atoms : null, blocks };
}

describe('fitCostLaw', () => {
  test('finds the law that times follow', () => {
    const law = fitCostLaw(SIZES.map((atoms) => point(atoms, 0.05 + 2e-4 * NEIGHBOURS * atoms)));
    expect(law).toMatchObject({ variable: 'edges', sizes: 4, confidence: 0.95 });
    expect(law?.fixed.low).toBeLessThan(0.05);
    expect(law?.fixed.high).toBeGreaterThan(0.05);
    expect(law?.each.low).toBeLessThan(2e-4);
    expect(law?.each.high).toBeGreaterThan(2e-4);
    expect(law?.error).toBeLessThan(0.03);
  });

  test('finds the exponent of a power of the number of atoms', () => {
    const law = fitCostLaw(SIZES.map((atoms) => point(atoms, 1e-3 * atoms ** 2, { edges: false })));
    expect(law?.variable).toBe('atoms');
    expect(law?.exponent.value).toBeCloseTo(2, 1);
    // A line is the wrong law, and it is said.
    expect(law?.error).toBeGreaterThan(0.3);
  });

  test('does not give in to one size that is off', () => {
    const points = [3, 10, 22, 50, 100, 250, 500].map((atoms) =>
      point(atoms, (atoms === 50 ? 4 : 1) * (0.05 + 2e-4 * NEIGHBOURS * atoms)),
    );
    // Half of what least squares without weights for outliers would be off by.
    expect(fitCostLaw(points)?.each.value).toBeGreaterThan(1.8e-4);
    expect(fitCostLaw(points)?.each.value).toBeLessThan(2.4e-4);
  });

  test('is never negative', () => {
    const cheaper = fitCostLaw([point(10, 5), point(100, 1)]);
    expect(cheaper?.each.value).toBe(0);
    const steep = fitCostLaw([point(10, 0.1), point(100, 10)]);
    expect(steep?.fixed.value).toBe(0);
    expect(steep?.error).toBeNull();
  });

  test('needs two sizes', () => {
    expect(fitCostLaw([point(10, 1)])).toBeNull();
    expect(fitCostLaw([point(10, 1), point(10, 2)])).toBeNull();
  });
});
