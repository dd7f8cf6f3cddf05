import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createAtoms,
  InvalidArgumentError,
  InvalidAtomsError,
  MlffdError,
  type Property,
  PropertyNotAvailableError,
  repeatAtoms,
  UnsupportedElementError,
} from '@mlffd/core';
import { ChgnetCalculator } from '../src/index.ts';
import { largestDifference, pair, PERIODIC, rocksalt } from './fixtures.ts';

const ALL: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];
// float32 inside the network: the same atom in another place of the arrays.
const ENERGY_PER_ATOM = 2e-6;
const FORCE = 2e-5;

let calculator: ChgnetCalculator;
beforeAll(async () => {
  calculator = await ChgnetCalculator.load();
});
afterAll(async () => {
  await calculator.dispose();
});

describe('what is refused', () => {
  test.each([
    ['Po', 84],
    ['Ra', 88],
    ['Am', 95],
  ])('%s, which was not in the training set', async (symbol) => {
    const atoms = createAtoms({ symbols: ['O', symbol], positions: [0, 0, 0, 2, 0, 0] });
    await expect(calculator.calculate(atoms, ['energy'])).rejects.toThrow(UnsupportedElementError);
    await expect(calculator.calculate(atoms, ['energy'])).rejects.toThrow(symbol);
  });

  test('a position that is not a number', async () => {
    const atoms = rocksalt(1);
    const positions = Float64Array.from(atoms.positions);
    positions[4] = Number.NaN;
    await expect(calculator.calculate({ ...atoms, positions }, ['energy'])).rejects.toThrow(
      InvalidAtomsError,
    );
  });

  test('a periodic cell without volume', async () => {
    const atoms = { ...rocksalt(1), cell: Float64Array.of(5, 0, 0, 10, 0, 0, 0, 0, 5) };
    await expect(calculator.calculate(atoms, ['energy'])).rejects.toThrow(InvalidAtomsError);
  });

  test('stress without a cell', async () => {
    const atoms = pair(['Na', 'Cl'], 2.5);
    await expect(calculator.calculate(atoms, ['stress'])).rejects.toThrow(
      PropertyNotAvailableError,
    );
  });

  test('a property that does not exist', async () => {
    const request = calculator.calculate(rocksalt(1), ['magmoms' as Property]);
    await expect(request).rejects.toThrow(PropertyNotAvailableError);
  });

  test.each([0, -1, 1.5, Number.NaN])('%d threads', async (threads) => {
    await expect(ChgnetCalculator.load({ threads })).rejects.toThrow(InvalidArgumentError);
  });

  test('any call after dispose, which may be repeated', async () => {
    const other = await ChgnetCalculator.load();
    await other.dispose();
    await other.dispose();
    const error = await other.calculate(rocksalt(1), ['energy']).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(MlffdError);
    expect(error).toMatchObject({ code: 'calculator/disposed' });
  });
});

describe('answers', () => {
  test('hold what was asked for and nothing else', async () => {
    for (const property of ALL) {
      const found = await calculator.calculate(rocksalt(1), [property]);
      expect(Object.keys(found)).toEqual([property]);
    }
  });

  test('of overlapping calls do not mix', async () => {
    const structures = [rocksalt(1, 5.5, 0.1), rocksalt(2, 5.7, 0.1), pair(['H', 'F'], 1)];
    const properties = ['energy', 'energies', 'forces'] as const;
    const together = await Promise.all(
      structures.map((atoms) => calculator.calculate(atoms, properties)),
    );
    for (const [k, atoms] of structures.entries()) {
      expect(together[k]).toEqual(await calculator.calculate(atoms, properties));
    }
  });

  test('of a supercell are those of the cell: energies are extensive', async () => {
    const cell = rocksalt(1, 5.6, 0.1);
    const single = await calculator.calculate(cell, ALL);
    const double = await calculator.calculate(repeatAtoms(cell, [2, 1, 2]), ALL);
    expect(Math.abs(double.energy! / 4 - single.energy!) / 8).toBeLessThan(ENERGY_PER_ATOM);
    expect(largestDifference(double.forces!.subarray(0, 24), single.forces!)).toBeLessThan(FORCE);
    expect(largestDifference(double.stress!, single.stress!)).toBeLessThan(ENERGY_PER_ATOM);
  });

  test('for a molecule without a cell are those in a wide box', async () => {
    const open = pair(['Na', 'Cl'], 2.5);
    const boxed = createAtoms({
      symbols: ['Na', 'Cl'],
      positions: [1, 1, 1, 3.5, 1, 1],
      cell: [15, 0, 0, 0, 15, 0, 0, 0, 15],
      pbc: PERIODIC,
    });
    const properties = ['energy', 'forces'] as const;
    const [a, b] = await Promise.all(
      [open, boxed].map((atoms) => calculator.calculate(atoms, properties)),
    );
    expect(Math.abs(a.energy! - b.energy!)).toBeLessThan(ENERGY_PER_ATOM);
    expect(largestDifference(a.forces!, b.forces!)).toBeLessThan(FORCE);
  });

  test.each([
    ['bond', 3],
    ['atom', 6],
  ])('do not jump at the %s cutoff', async (_, cutoff) => {
    // The second bond makes angles appear and vanish.
    const at = (r: number): ReturnType<typeof createAtoms> =>
      createAtoms({ symbols: ['O', 'Ti', 'O'], positions: [-1.9, 0, 0, 0, 0, 0, 0.3, r, 0] });
    const edge = Math.sqrt(cutoff ** 2 - 0.3 ** 2);
    const gap = 2e-4;
    const inside = await calculator.calculate(at(edge - gap / 2), ['energy', 'forces']);
    const outside = await calculator.calculate(at(edge + gap / 2), ['energy', 'forces']);
    const slope = -0.5 * (inside.forces![7] + outside.forces![7]);
    const jump = outside.energy! - inside.energy! - slope * gap;
    expect(Math.abs(jump)).toBeLessThan(ENERGY_PER_ATOM * 5);
    // What the curvature, some eV/A^2, makes of the gap.
    expect(largestDifference(inside.forces!, outside.forces!)).toBeLessThan(5e-3);
  });

  test('beyond the cutoff are those of lone atoms, with the energy of each', async () => {
    const apart = await calculator.calculate(pair(['Na', 'Cl'], 6.01), ['energy', 'forces']);
    let sum = 0;
    for (const symbol of ['Na', 'Cl']) {
      const lone = createAtoms({ symbols: [symbol], positions: [0, 0, 0] });
      const { energy, forces } = await calculator.calculate(lone, ['energy', 'forces']);
      expect(Array.from(forces!)).toEqual([0, 0, 0]);
      sum += energy!;
    }
    expect(Math.abs(apart.energy! - sum)).toBeLessThan(ENERGY_PER_ATOM);
  });

  test('forces are the gradient of the energy', async () => {
    const atoms = rocksalt(1, 5.6, 0.15);
    const { forces } = await calculator.calculate(atoms, ['forces']);
    const step = 0.01;
    for (const k of [0, 7, 14, 23]) {
      const energies = [];
      for (const shift of [-2, -1, 1, 2]) {
        const positions = Float64Array.from(atoms.positions);
        positions[k] += shift * step;
        energies.push((await calculator.calculate({ ...atoms, positions }, ['energy'])).energy!);
      }
      const [a, b, c, d] = energies;
      const slope = (8 * (c - b) - (d - a)) / (12 * step);
      // float32 energies, 5e-6 eV here, times 1.5 / step, and the fifth derivative of the basis.
      expect(Math.abs(forces![k] + slope)).toBeLessThan(3e-3);
    }
  });

  test('put the lattice constant of NaCl where it should be', async () => {
    const spacings = [5.6, 5.65, 5.7, 5.75, 5.8];
    const energies: number[] = [];
    for (const a of spacings) {
      energies.push((await calculator.calculate(rocksalt(1, a), ['energy'])).energy!);
    }
    // Measured 5.64 Angstrom, PBE 5.70.
    const lowest = spacings[energies.indexOf(Math.min(...energies))];
    expect(lowest).toBeGreaterThanOrEqual(5.65);
    expect(lowest).toBeLessThanOrEqual(5.75);
  });
});
