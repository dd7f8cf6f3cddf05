import { describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, neighborList, Rng, withPositions } from '@mlffd/core';
import { readoutWidth, type Student, StudentCalculator } from '../src/index.ts';
import { FeatureRunner, type StructureFeatures } from '../src/uncertainty/featureRunner.ts';
import { hashedParameters } from './formula.ts';
import { box, randomStudent, SMALL, water, worst } from './systems.ts';

/** Sums of a few dozen float32 values of order 1. */
const FLOAT32 = 2e-5;
/** Central differences of float32 features at h = 0.01 A. */
const DIFFERENCE = 2e-3;

const student: Student = { ...randomStudent(), parameters: hashedParameters(SMALL, 3) };
const width = readoutWidth(SMALL);

function directionsFor(atoms: Atoms, count: number): Float64Array[] {
  const rng = new Rng(1, 'directions');
  return Array.from({ length: count }, () =>
    new Float64Array(3 * atoms.numbers.length).map(() => 0.3 * rng.normal()),
  );
}

async function features(
  atoms: Atoms,
  directions: readonly Float64Array[],
  of: Student = student,
): Promise<StructureFeatures> {
  const runner = await FeatureRunner.create(of, directions.length);
  const found = await runner.run(neighborList(atoms, SMALL.cutoff), atoms, directions);
  await runner.release();
  return found;
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, x, k) => sum + x * b[k], 0);

describe('what the last layer sees', () => {
  const cases: readonly (readonly [string, Student, Atoms])[] = [
    ['of a molecule', student, water()],
    ['of a crystal', student, box(30)],
    [
      'with isolated atoms at the baseline',
      { ...student, config: { ...SMALL, isolatedAtoms: 'baseline' } },
      box(12, 2, false),
    ],
  ];
  test.each(cases)('%s gives energy and forces with its weights', async (_, of, atoms) => {
    const directions = directionsFor(atoms, 3);
    const found = await features(atoms, directions, of);
    expect(found.energy.length).toBe(width);
    const { scale, energies } = of.baseline;
    const weights = of.parameters.get('outnet.1.weight')!;
    const bias =
      of.config.isolatedAtoms === 'baseline' ? 0 : of.parameters.get('outnet.1.bias')![0];
    const calculator = await StudentCalculator.fromStudent(of);
    const { energy, forces } = await calculator.calculate(atoms, ['energy', 'forces']);
    await calculator.dispose();
    const size = atoms.numbers.length;
    const references = atoms.numbers.reduce((sum, z) => sum + energies[z], 0);
    const expected = (energy! - references) / scale - size * bias;
    expect(Math.abs(dot(found.energy, weights) - expected)).toBeLessThan(size * FLOAT32);
    found.forces.forEach((row, k) => {
      const along = dot(forces!, directions[k]) / scale;
      expect(Math.abs(dot(row, weights) - along)).toBeLessThan(5 * FLOAT32);
    });
  });

  test('along a direction is minus the derivative of the sum', async () => {
    const atoms = box(12, 2, false);
    const [direction] = directionsFor(atoms, 1);
    const { forces } = await features(atoms, [direction]);
    const h = 0.01;
    const ends = await Promise.all(
      [h, -h].map((step) =>
        features(
          withPositions(
            atoms,
            atoms.positions.map((x, k) => x + step * direction[k]),
          ),
          [],
        ),
      ),
    );
    const slope = ends[0].energy.map((x, k) => -(x - ends[1].energy[k]) / (2 * h));
    expect(worst(forces[0], slope)).toBeLessThan(DIFFERENCE);
  });

  test('does not change when all atoms move together', async () => {
    const atoms = createAtoms({ ...water() });
    const { forces } = await features(atoms, [new Float64Array(9).fill(1)]);
    expect(worst(forces[0], new Float64Array(width))).toBe(0);
  });

  test('takes as many directions as were declared', async () => {
    const runner = await FeatureRunner.create(student, 2);
    const list = neighborList(water(), SMALL.cutoff);
    await expect(runner.run(list, water(), [])).rejects.toThrow(RangeError);
    await runner.release();
  });
});
