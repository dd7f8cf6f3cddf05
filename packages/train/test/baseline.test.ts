import { describe, expect, it } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import { baselineEnergy, BaselineFit } from '../src/baseline.ts';

/** The ridge of 1e-8 moves energies by about 1e-8 of their spread over the smallest eigenvalue. */
const RIDGE_BIAS = 1e-4;
const RIDGE = 1e-8;

function molecule(numbers: number[]): ReturnType<typeof createAtoms> {
  return createAtoms({ numbers, positions: numbers.flatMap((_, k) => [2 * k, 0, 0]) });
}

describe('BaselineFit', () => {
  const truth: Readonly<Record<number, number>> = { 1: -13.6, 6: -1030.5, 8: -2043.1 };
  const compositions = [
    [1, 1, 8],
    [6, 1, 1, 1, 1],
    [6, 8, 8],
    [6, 8],
    [1, 1],
    [6, 6, 1, 1],
  ];

  it('recovers the energies that the labels were made of', () => {
    const fit = new BaselineFit(10);
    for (const numbers of compositions) {
      const energy = numbers.reduce((sum, z) => sum + truth[z], 0);
      fit.add({ atoms: molecule(numbers), energy });
    }
    const found = fit.solve(RIDGE);
    expect(found.elements).toEqual([1, 6, 8]);
    expect(found.rank).toBe(3);
    for (const z of [1, 6, 8])
      expect(Math.abs(found.energies[z] - truth[z])).toBeLessThan(RIDGE_BIAS);
    expect(found.residual).toBeLessThan(RIDGE_BIAS);
    expect(found.energies[2]).toBe(0);
  });

  it('shares the energy equally when the composition never varies', () => {
    const fit = new BaselineFit(20);
    for (const size of [1, 2, 4]) {
      const numbers = Array.from({ length: 2 * size }, (_, k) => (k % 2 === 0 ? 11 : 17));
      fit.add({ atoms: molecule(numbers), energy: -3.5 * 2 * size });
    }
    const found = fit.solve(RIDGE);
    expect(found.rank).toBe(1);
    expect(found.elements).toHaveLength(2);
    expect(found.energies[11]).toBeCloseTo(-3.5, 9);
    expect(found.energies[17]).toBeCloseTo(-3.5, 9);
  });

  it('gives the root mean square of what is left over', () => {
    const fit = new BaselineFit(10);
    for (const error of [0.3, -0.3]) fit.add({ atoms: molecule([1, 1]), energy: 2 * (5 + error) });
    expect(fit.solve(RIDGE).residual).toBeCloseTo(0.3, 9);
  });

  it('takes the root mean square of the force components as scale', () => {
    const fit = new BaselineFit(10);
    fit.add({ atoms: molecule([1]), forces: Float64Array.of(3, 0, 0) });
    fit.add({ atoms: molecule([1]), forces: Float64Array.of(0, 0, 3) });
    expect(fit.solve(RIDGE).scale).toBeCloseTo(Math.sqrt(18 / 6), 12);
  });

  it('scales by the spread of the energies without forces, by 1 without anything', () => {
    const fit = new BaselineFit(10);
    for (const energy of [-1, 3]) fit.add({ atoms: molecule([1]), energy });
    expect(fit.solve(RIDGE).scale).toBeCloseTo(2, 9);
    expect(new BaselineFit(10).solve(RIDGE).scale).toBe(1);
  });

  it('sums energies of elements', () => {
    const energies = Float64Array.of(0, -1, -10);
    expect(baselineEnergy({ energies, scale: 1 }, Int32Array.of(1, 2, 2))).toBe(-21);
  });
});
