import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  InvalidAtomsError,
  PropertyNotAvailableError,
  type Results,
  withPositions,
} from '@mlffd/core';
import { OnnxTeacher } from '../src/onnx/onnxTeacher.ts';
import { atomsOf, type FixtureStructure, largestDifference, readFixture } from './fixtures.ts';
import { onnxFixture } from './onnxSupport.ts';

interface Case extends FixtureStructure {
  readonly energy: number;
  readonly forces: number[];
  readonly stress?: number[];
}

// The network is float32, what it is compared with float64: values of order 1.
const ENERGY_PER_ATOM = 1e-6;
const FORCE = 3e-6;
// The same float32 numbers, summed in another order.
const ROUNDING = 3e-6;

const cases = readFixture<Case>('onnx/direct-forces');
const named = (name: string): Case => cases.find((item) => item.name === name)!;

let teacher: OnnxTeacher;
beforeAll(async () => {
  teacher = await OnnxTeacher.load(onnxFixture('direct-forces.onnx'));
});
afterAll(async () => {
  await teacher.dispose();
});

test.each(cases.map((item) => [item.name, item] as const))(
  'direct forces are those of numpy: %s',
  async (_, item) => {
    const properties = item.pbc[0]
      ? (['energy', 'forces', 'stress'] as const)
      : (['energy', 'forces'] as const);
    const found: Results = await teacher.calculate(atomsOf(item), properties);
    const n = item.numbers.length;
    expect(Math.abs(found.energy! - item.energy) / n).toBeLessThan(ENERGY_PER_ATOM);
    expect(largestDifference(found.forces!, item.forces)).toBeLessThan(FORCE);
    if (item.stress === undefined) return;
    expect(largestDifference(found.stress!, item.stress)).toBeLessThan(FORCE);
  },
);

describe('a model for all axes or none', () => {
  test.each([
    [true, true, false],
    [false, true, false],
    [false, true, true],
  ] as const)('refuses pbc %s, %s, %s and says what to do', async (...pbc) => {
    const atoms = { ...atomsOf(named('triclinic crystal')), pbc };
    const error = await teacher.calculate(atoms, ['energy']).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InvalidAtomsError);
    expect(error).toMatchObject({ code: 'onnx/mixed-periodicity', where: 'pbc' });
  });

  test('gives direct stress in a cell, periodic or not, and none without', async () => {
    const crystal = atomsOf(named('triclinic crystal'));
    const open = { ...crystal, pbc: [false, false, false] as const };
    expect((await teacher.calculate(open, ['stress'])).stress).toHaveLength(6);
    await expect(teacher.calculate(atomsOf(named('water')), ['stress'])).rejects.toThrow(
      PropertyNotAvailableError,
    );
  });
});

test('net torque goes in an open structure with a cell, and stays in a periodic one', async () => {
  const crystal = atomsOf(named('triclinic crystal'));
  const wide = { ...crystal, cell: crystal.cell.map((x) => 10 * x) };
  const periodic = await teacher.calculate(wide, ['forces']);
  const open = await teacher.calculate({ ...wide, pbc: [false, false, false] }, ['forces']);
  // The same edges, so that only the torque differs.
  expect(largestDifference(periodic.forces!, open.forces!)).toBeGreaterThan(1e-3);
  const without = { ...wide, cell: new Float64Array(9), pbc: [false, false, false] as const };
  const reference = await teacher.calculate(without, ['forces']);
  expect(open.forces).toEqual(reference.forces);
});

test('moving everything changes rounding only', async () => {
  const atoms = atomsOf(named('cluster of 26'));
  const moved = withPositions(
    atoms,
    atoms.positions.map((x, k) => x + [3.1, -700.7, 20.3][k % 3]),
  );
  const [a, b] = await Promise.all(
    [atoms, moved].map((item) => teacher.calculate(item, ['energy', 'forces'])),
  );
  expect(Math.abs(a.energy! - b.energy!)).toBeLessThan(26 * ROUNDING);
  expect(largestDifference(a.forces!, b.forces!)).toBeLessThan(ROUNDING);
});
