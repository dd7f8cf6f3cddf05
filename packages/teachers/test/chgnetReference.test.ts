import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cellDeterminant } from '@mlffd/core';
import { ChgnetCalculator } from '../src/index.ts';
import {
  atomsOf,
  type FixtureStructure,
  largestDifference,
  readFixture,
  type ReferenceAnswer,
} from './fixtures.ts';

interface Case extends FixtureStructure {
  /** The original as it is. */
  readonly float32: ReferenceAnswer;
  /** The original code with weights and structure in float64. */
  readonly float64: ReferenceAnswer;
}

// float32 sums over some 10^4 terms; the original's own rounding is of the same size.
const ENERGY_PER_ATOM = 1.5e-5;
// The original differs from itself in float64 by up to 1.3e-4 eV/A in this set.
const FORCE_FLOAT32 = 2e-4;
const FORCE_FLOAT64 = 1.2e-4;
const STRESS = 3e-6;

const cases = readFixture<Case>('chgnet');

describe('ChgnetCalculator against chgnet 0.4.2', () => {
  let calculator: ChgnetCalculator;
  beforeAll(async () => {
    calculator = await ChgnetCalculator.load();
  });
  afterAll(async () => {
    await calculator.dispose();
  });

  test.each(cases.map((item) => [item.name, item] as const))('%s', async (_, item) => {
    const atoms = atomsOf(item);
    const hasCell = item.float32.stress !== undefined;
    const found = await calculator.calculate(atoms, [
      'energy',
      'energies',
      'forces',
      ...(hasCell ? (['stress'] as const) : []),
    ]);
    for (const [expected, forceTolerance] of [
      [item.float32, FORCE_FLOAT32],
      [item.float64, FORCE_FLOAT64],
    ] as const) {
      const n = item.numbers.length;
      expect(Math.abs(found.energy! - expected.energy) / n).toBeLessThan(ENERGY_PER_ATOM);
      expect(largestDifference(found.energies!, expected.energies)).toBeLessThan(ENERGY_PER_ATOM);
      expect(largestDifference(found.forces!, expected.forces)).toBeLessThan(forceTolerance);
      if (expected.stress === undefined) continue;
      // The original divides by the signed volume, which turns the stress of a left-handed cell.
      const hand = Math.sign(cellDeterminant(atoms.cell));
      const stress = expected.stress.map((value) => hand * value);
      expect(largestDifference(found.stress!, stress)).toBeLessThan(STRESS);
    }
  });

  test('the set holds what it is meant to hold', () => {
    expect(cases.length).toBeGreaterThanOrEqual(8);
    expect(cases.some(({ numbers }) => numbers.length === 1)).toBe(true);
    expect(cases.some(({ numbers }) => new Set(numbers).size >= 5)).toBe(true);
    expect(cases.some(({ cell }) => cellDeterminant(cell) < 0)).toBe(true);
    expect(cases.some(({ cell }) => cellDeterminant(cell) === 0)).toBe(true);
  });
});
