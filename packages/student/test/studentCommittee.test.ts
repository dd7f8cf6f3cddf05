import { afterAll, describe, expect, test } from '@jest/globals';
import { checkCalculator, InvalidArgumentError, type Property, type Results } from '@mlffd/core';
import { StudentCalculator } from '../src/index.ts';
import { StudentCommittee } from '../src/uncertainty/studentCommittee.ts';
import { box, randomStudent, SMALL, water, worst } from './systems.ts';

/** Sums of three float64 numbers in another order. */
const ROUNDING = 1e-10;

const students = [1, 2, 3].map((seed) => randomStudent(SMALL, seed));
const members = await Promise.all(students.map((one) => StudentCalculator.fromStudent(one)));
const committee = new StudentCommittee(members);

afterAll(async () => {
  await committee.dispose();
});

describe('a committee of students', () => {
  test('says the mean of its members and how much they differ', async () => {
    for (const atoms of [water(), box(20)]) {
      const properties: Property[] = ['energy', 'energies', 'forces'];
      const answers = (await Promise.all(
        members.map(async (one) => one.calculate(atoms, properties)),
      )) as Required<Results>[];
      const found = await committee.calculate(atoms, properties);
      const mean = answers.reduce((sum, { energy }) => sum + energy / 3, 0);
      expect(Math.abs(found.energy! - mean)).toBeLessThan(ROUNDING);
      const forces = answers[0].forces.map(
        (_, k) => answers.reduce((sum, one) => sum + one.forces[k], 0) / 3,
      );
      expect(worst(found.forces!, forces)).toBeLessThan(ROUNDING);
      const sigma = await committee.uncertainty(atoms);
      const variance = answers.reduce((sum, { energy }) => sum + (energy - mean) ** 2 / 3, 0);
      expect(sigma.energy).toBeCloseTo(Math.sqrt(variance), 8);
      sigma.forces.forEach((value, i) => {
        let square = 0;
        for (const one of answers) {
          for (let c = 0; c < 3; c++)
            square += (one.forces[3 * i + c] - forces[3 * i + c]) ** 2 / 3;
        }
        expect(value).toBeCloseTo(Math.sqrt(square), 8);
      });
    }
  });

  test('multiplies with factors', async () => {
    const [plain, calibrated] = [
      await committee.uncertainty(water()),
      await committee.calibrated({ energy: 2, forces: 0.5 }).uncertainty(water()),
    ];
    expect(calibrated.energy).toBeCloseTo(2 * plain.energy, 12);
    expect(
      worst(
        calibrated.forces,
        plain.forces.map((f) => f / 2),
      ),
    ).toBeLessThan(ROUNDING);
  });

  test('is certain where all members are one', async () => {
    const same = new StudentCommittee([members[0], members[0]]);
    const { energy, forces } = await same.uncertainty(water());
    expect(energy).toBe(0);
    expect(Math.max(...forces)).toBe(0);
  });

  test('does what users of a calculator take for granted', async () => {
    const report = await checkCalculator(committee, {
      structures: [box(10), water()],
      // As for one student: the network runs in float32.
      tolerances: { forces: 5e-4, stress: 1e-5, energy: 2e-7, symmetry: 1e-5, sum: 1e-7 },
      steps: { cutoff: 1e-3 },
    });
    expect(report.failures).toEqual([]);
    expect(committee.elements).toEqual([1, 6, 7, 8]);
    expect(committee.cutoff).toBe(5);
  });

  test('has members with something in common', () => {
    expect(() => new StudentCommittee([members[0]])).toThrow(InvalidArgumentError);
  });

  test('needs an element that all know', async () => {
    const { baseline } = students[0];
    const own = { ...students[0], baseline: { ...baseline, elements: [9] } };
    const fluorine = await StudentCalculator.fromStudent(own);
    expect(() => new StudentCommittee([members[0], fluorine])).toThrow(InvalidArgumentError);
    await fluorine.dispose();
  });
});
