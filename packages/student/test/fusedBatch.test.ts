import { describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, type Results } from '@mlffd/core';
import { FusedBatch } from '../src/fused/fusedBatch.ts';
import { FusedCalculator } from '../src/fused/fusedCalculator.ts';
import { FusedPotential } from '../src/fused/fusedPotential.ts';
import { nodeKernels } from '../src/fused/nodeKernels.ts';
import { startNodeThread } from '../src/fused/nodeThreads.ts';
import type { StudentConfig } from '../src/index.ts';
import { EVERYTHING, mixture, molecule, skewed } from './fusedBatchStructures.ts';
import { box, randomStudent, SMALL, worst } from './systems.ts';

/**
 * Relative to the largest energy and force: rounding of float32. With the kernels of today the bits are the
 * same, but a row may be computed in another tile than alone.
 */
const ROUNDING = 2e-6;

const kernels = nodeKernels();
const structures = mixture();

const size = (values: ArrayLike<number>): number => worst(values, new Float64Array(values.length));

function expectSame(found: readonly Results[], expected: readonly Results[]): void {
  expect(found).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(({ forces }) => size(forces ?? [])));
  found.forEach((results, k) => {
    const reference = expected[k];
    expect(Object.keys(results).sort()).toEqual(Object.keys(reference).sort());
    const [energies, same] = [results.energies ?? [], reference.energies ?? []];
    const scale = Math.max(1, size(same));
    expect(worst(energies, same)).toBeLessThanOrEqual(ROUNDING * scale);
    expect(Math.abs((results.energy ?? 0) - (reference.energy ?? 0))).toBeLessThanOrEqual(
      ROUNDING * scale,
    );
    expect(worst(results.forces ?? [], reference.forces ?? [])).toBeLessThanOrEqual(
      ROUNDING * largest,
    );
    const stress = reference.stress ?? [];
    expect(worst(results.stress ?? [], stress)).toBeLessThanOrEqual(ROUNDING * (1 + size(stress)));
  });
}

/** Each computed by a call of its own, which knows no structure before. */
function oneByOne(make: () => FusedCalculator, list: readonly Atoms[]): Results[] {
  const calculator = make();
  return list.map((atoms) => calculator.calculate(atoms, EVERYTHING));
}

interface Case {
  readonly filters?: 'table' | 'exact';
  readonly isolated?: boolean;
}

const CASES: [string, StudentConfig, Case][] = [
  ['of two blocks', SMALL, {}],
  ['of three blocks', { ...SMALL, features: 20, interactions: 3 }, {}],
  ['of one block', { ...SMALL, interactions: 1 }, {}],
  ['with repulsion of nuclei', { ...SMALL, zbl: true, zblReach: 0.8 }, {}],
  ['with softened lengths of vectors', { ...SMALL, normSoftening: 0.1 }, {}],
  ['whose isolated atoms have their reference energy', SMALL, { isolated: true }],
  ['with exact filters', SMALL, { filters: 'exact' }],
];

describe.each(CASES)('a student %s', (_, base, { filters = 'table', isolated = false }) => {
  const config = isolated ? { ...base, isolatedAtoms: 'baseline' as const } : base;
  const student = randomStudent(config);
  const make = (): FusedCalculator => FusedCalculator.fromStudent(student, { kernels, filters });

  test('answers for a batch as for each structure alone', () => {
    expectSame(make().calculateBatch(structures, EVERYTHING), oneByOne(make, structures));
  });

  test('answers the same whatever is computed at once', () => {
    const expected = oneByOne(make, structures);
    for (const atoms of [1, 7, 64, 500]) {
      const batch = new FusedBatch(make().potential, { atoms });
      expectSame(batch.calculate(structures, EVERYTHING), expected);
    }
  });
});

describe('a batch', () => {
  const make = (): FusedCalculator => FusedCalculator.fromStudent(randomStudent(), { kernels });

  test('has the same bits every time it is computed', () => {
    const calculator = make();
    const first = calculator.calculateBatch(structures, EVERYTHING);
    calculator.calculate(structures[6], ['energy']);
    expect(calculator.calculateBatch(structures, EVERYTHING)).toEqual(first);
    expect(make().calculateBatch(structures, EVERYTHING)).toEqual(first);
  });

  test('does not depend on the order of its structures', () => {
    const calculator = make();
    const forwards = calculator.calculateBatch(structures, EVERYTHING);
    const backwards = calculator.calculateBatch([...structures].reverse(), EVERYTHING);
    expectSame(backwards.reverse(), forwards);
  });

  test('may be empty', () => {
    expect(make().calculateBatch([], EVERYTHING)).toEqual([]);
  });

  test('gives an isolated atom its own energy and no force', () => {
    const atoms = [1, 6, 8].map((z) => createAtoms({ numbers: [z], positions: [[1, 2, 3]] }));
    const calculator = make();
    const results = calculator.calculateBatch(atoms, ['energy', 'forces']);
    results.forEach(({ energy, forces }, k) => {
      expect(energy).toBe(calculator.calculate(atoms[k], ['energy']).energy);
      expect(forces).toEqual(new Float64Array(3));
    });
  });

  test('gives only what was asked for', () => {
    const [{ energies, ...others }] = make().calculateBatch([molecule(4, 1)], ['energies']);
    expect(energies).toHaveLength(4);
    expect(Object.keys(others)).toEqual(['energy']);
    const [forces] = make().calculateBatch([molecule(4, 1)], ['forces']);
    expect(Object.keys(forces)).toEqual(['forces']);
  });

  test('leaves results to the caller, whatever is computed next', () => {
    const calculator = make();
    const results = calculator.calculateBatch(structures, EVERYTHING);
    const copy = structuredClone(results);
    calculator.calculateBatch([...structures].reverse(), EVERYTHING);
    calculator.calculate(molecule(63, 9), EVERYTHING);
    expect(results).toEqual(copy);
  });

  test('has energies that add up, and forces of pairs that do', () => {
    for (const { energy, energies, forces } of make().calculateBatch(structures, EVERYTHING)) {
      const sum = (energies ?? new Float64Array(0)).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(energy ?? NaN, 9);
      const total = [0, 0, 0];
      forces?.forEach((value, c) => (total[c % 3] += value));
      // Action and reaction cancel in float64.
      expect(size(total)).toBeLessThan(1e-9);
    }
  });

  test('has the stress that its energy has', () => {
    // A strain along yz of a crystal beside others; central difference, of energies in float32.
    const step = 1e-3;
    const crystal = skewed(4, 3, [true, true, true]);
    const strain = (rows: Float64Array, amount: number): Float64Array =>
      rows.map((value, k) => (k % 3 === 2 ? value + amount * rows[k - 1] : value));
    const strained = (amount: number): Atoms => ({
      ...crystal,
      positions: strain(crystal.positions, amount),
      cell: strain(crystal.cell, amount),
    });
    const calculator = make();
    const list = [molecule(5, 1), strained(-step), crystal, strained(step), molecule(3, 2)];
    const [, before, { stress }, after] = calculator.calculateBatch(list, ['energy', 'stress']);
    const [a, b, c, d, e, f, g, h, i] = crystal.cell;
    const volume = Math.abs(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g));
    const slope = ((after.energy ?? 0) - (before.energy ?? 0)) / (2 * step * volume);
    expect(stress?.[3]).toBeCloseTo(slope, 4);
  });

  test('goes on after a structure for which memory grew', () => {
    const calculator = make();
    const list = structures.slice(0, 6);
    const before = calculator.calculateBatch(list, EVERYTHING);
    calculator.calculate(molecule(3000, 3), ['energy']);
    expect(calculator.calculateBatch(list, EVERYTHING)).toEqual(before);
  });

  test('has the same bits in memory that threads share', () => {
    const shared = nodeKernels({ shared: true });
    const calculator = FusedCalculator.fromStudent(randomStudent(), { kernels: shared });
    const expected = make().calculateBatch(structures, EVERYTHING);
    expect(calculator.calculateBatch(structures, EVERYTHING)).toEqual(expected);
    calculator.calculate(molecule(3000, 3), ['energy']);
    expect(calculator.calculateBatch(structures, EVERYTHING)).toEqual(expected);
  });

  test('leaves structures that threads share to them', async () => {
    const list = [...structures, box(150, 7), ...structures];
    const calculator = await FusedCalculator.start(randomStudent(), {
      kernels: nodeKernels({ shared: true }),
      threads: 2,
      startThread: startNodeThread,
    });
    try {
      const expected = make().calculateBatch(list, EVERYTHING);
      for (let k = 0; k < 2; k++) {
        expectSame(calculator.calculateBatch(list, EVERYTHING), expected);
      }
    } finally {
      await calculator.dispose();
    }
  });

  test('takes no more memory than the first', () => {
    const potential = new FusedPotential(randomStudent(), { kernels });
    const batch = new FusedBatch(potential);
    batch.calculate(structures, EVERYTHING);
    const bytes = potential.forces.buffer.byteLength;
    for (let k = 0; k < 200; k++) {
      batch.calculate([structures[k % 9], molecule(2 + (k % 20), k)], ['energy']);
    }
    expect(potential.forces.buffer.byteLength).toBe(bytes);
  });
});
