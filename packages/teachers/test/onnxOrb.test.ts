import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InvalidAtomsError } from '@mlffd/core';
import { OnnxTeacher } from '../src/onnx/onnxTeacher.ts';
import {
  atomsOf,
  type FixtureStructure,
  largestDifference,
  readFixture,
  type ReferenceAnswer,
} from './fixtures.ts';

type Answer = Omit<ReferenceAnswer, 'energies'>;

interface Case extends FixtureStructure {
  /** ORBCalculator as it is. */
  readonly float32: Answer;
  /** The same network of orb-models with weights and structure in float64. */
  readonly float64: Answer;
}

// Both networks round in float32; the original differs from itself in float64 by up to 8e-7 eV/A.
const ENERGY_PER_ATOM = 1e-6;
const FORCE = 4e-6;
const STRESS = 1e-6;
// Total energies of the original are float32 numbers of up to 1e2 eV.
const ENERGY_PER_ATOM_FLOAT32 = 5e-6;

const cases = readFixture<Case>('onnxOrb/small');
const path = fileURLToPath(new URL('fixtures/onnxOrb/small.onnx', import.meta.url));

let teacher: OnnxTeacher;
beforeAll(async () => {
  teacher = await OnnxTeacher.load(path);
});
afterAll(async () => {
  await teacher.dispose();
});

const isPeriodic = ({ pbc }: FixtureStructure): boolean => pbc.every(Boolean);

describe('the Orb-v2 architecture, exported, against orb-models 0.5.5', () => {
  test.each(cases.map((item) => [item.name, item] as const))('%s', async (_, item) => {
    const atoms = atomsOf(item);
    const found = await teacher.calculate(atoms, [
      'energy',
      'forces',
      ...(isPeriodic(item) ? (['stress'] as const) : []),
    ]);
    const n = item.numbers.length;
    for (const [expected, energyTolerance] of [
      [item.float32, ENERGY_PER_ATOM_FLOAT32],
      [item.float64, ENERGY_PER_ATOM],
    ] as const) {
      expect(Math.abs(found.energy! - expected.energy) / n).toBeLessThan(energyTolerance);
      expect(largestDifference(found.forces!, expected.forces)).toBeLessThan(FORCE);
      if (!isPeriodic(item)) continue;
      expect(largestDifference(found.stress!, expected.stress!)).toBeLessThan(STRESS);
    }
  });

  test('answers are the same, whatever was asked before', async () => {
    const [one, other] = [cases[0], cases.at(-1)!].map(atomsOf);
    const before = await teacher.calculate(one, ['forces']);
    await teacher.calculate(other, ['forces']);
    expect(await teacher.calculate(one, ['forces'])).toEqual(before);
  });

  test('two threads answer as one does', async () => {
    const threaded = await OnnxTeacher.load({ path, threads: 2 });
    for (const item of cases) {
      const [alone, both] = await Promise.all(
        [teacher, threaded].map((one) => one.calculate(atomsOf(item), ['energy', 'forces'])),
      );
      expect(Math.abs(alone.energy! - both.energy!) / item.numbers.length).toBeLessThan(
        ENERGY_PER_ATOM,
      );
      expect(largestDifference(alone.forces!, both.forces!)).toBeLessThan(FORCE);
    }
    await threaded.dispose();
  });

  test('a structure that is periodic along some axes is refused', async () => {
    const atoms = { ...atomsOf(cases.find(isPeriodic)!), pbc: [true, true, false] as const };
    await expect(teacher.calculate(atoms, ['energy'])).rejects.toThrow(InvalidAtomsError);
  });

  test('there is an energy of all, forces and stress, and none of each atom', () => {
    expect(teacher.properties).toEqual(['energy', 'forces', 'stress']);
    expect(teacher.elements).toHaveLength(89);
    expect(teacher.cutoff).toBe(6);
    expect(teacher.manifest.nearest).toBe(20);
  });

  test('the set holds what it is meant to hold', () => {
    const collinear = cases.filter(({ name }) => name === 'CO2 along z');
    expect(collinear).toHaveLength(1);
    expect(cases.some(({ numbers }) => numbers.length === 1)).toBe(true);
    expect(cases.some((item) => isPeriodic(item) && item.numbers.length === 2)).toBe(true);
    expect(cases.filter(isPeriodic).length).toBeGreaterThanOrEqual(4);
    // Forces are large enough for the tolerance to mean something.
    const largest = cases.map(({ float64 }) => Math.max(...float64.forces.map(Math.abs)));
    expect(Math.max(...largest)).toBeGreaterThan(0.5);
  });
});
