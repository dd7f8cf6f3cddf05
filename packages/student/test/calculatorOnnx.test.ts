import { afterAll, describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, type Property, type Results } from '@mlffd/core';
import { buildInferenceModel, StudentCalculator } from '../src/index.ts';
import { box, randomStudent, water, worst } from './systems.ts';

const ALL: Property[] = ['energy', 'energies', 'forces', 'stress'];
/** eV: sums of a few hundred float32 outputs of order 1. */
const SUM_ROUNDING = 2e-5;
/** eV/A: float32 forces of order 1, other order of edges. */
const REORDERED = 2e-5;

const student = randomStudent();
const calculator = await StudentCalculator.fromStudent(student, { backend: 'onnx' });

afterAll(async () => {
  await calculator.dispose();
});

async function results(atoms: Atoms): Promise<Required<Results>> {
  return (await calculator.calculate(atoms, ALL)) as Required<Results>;
}

describe('a student on ONNX Runtime', () => {
  test('a molecule whose atoms are slots has the results of one with slots for edges', async () => {
    const atoms = box(16, 3, false);
    const dense = await StudentCalculator.fromStudent(student, {
      model: buildInferenceModel(student, { dense: true }),
    });
    const [found, expected] = await Promise.all(
      [calculator, dense].map(async (each) => each.calculate(atoms, ['energies', 'forces'])),
    );
    await dense.dispose();
    expect(worst(found.energies!, expected.energies!)).toBeLessThan(SUM_ROUNDING);
    expect(worst(found.forces!, expected.forces!)).toBeLessThan(REORDERED);
  });

  test('calls that overlap are answered each for its own structure', async () => {
    const systems = [water(), box(30), box(8, 2), water()];
    const together = await Promise.all(
      systems.map(async (atoms) => calculator.calculate(atoms, ['forces'])),
    );
    for (const [k, atoms] of systems.entries()) {
      const { forces } = await calculator.calculate(atoms, ['forces']);
      expect(together[k].forces).toEqual(forces);
    }
  });

  test('a waiting call sees the positions at the time it was made', async () => {
    const moving = water();
    const expected = await calculator.calculate(water(), ['energy']);
    const first = calculator.calculate(box(60), ['energy']);
    const second = calculator.calculate(moving, ['energy']);
    moving.positions[0] += 0.3;
    await first;
    expect((await second).energy).toBe(expected.energy);
  });

  test('one and two threads give the same bits at 500 atoms', async () => {
    const atoms = box(500);
    const two = await StudentCalculator.fromStudent(student, { backend: 'onnx', threads: 2 });
    try {
      const [a, b] = [await results(atoms), await two.calculate(atoms, ALL)];
      expect(b).toEqual(a);
    } finally {
      await two.dispose();
    }
  });

  test('sparse, dense and ragged structures are each what the model with edge vectors says', async () => {
    const ragged = box(40, 2, false);
    const numbers = [...ragged.numbers, ...new Array<number>(60).fill(1)];
    const positions = [...ragged.positions];
    for (let k = 0; k < 60; k++) positions.push(50 + 8 * k, 0, 0);
    const crowded = box(64);
    for (const values of [crowded.positions, crowded.cell]) {
      values.forEach((value, k) => (values[k] = 0.9 * value));
    }
    const model = buildInferenceModel(student, { dense: true });
    const other = await StudentCalculator.fromStudent(student, { model });
    try {
      for (const atoms of [water(), crowded, createAtoms({ numbers, positions })]) {
        const a = await calculator.calculate(atoms, ['energy', 'forces']);
        const b = await other.calculate(atoms, ['energy', 'forces']);
        expect(Math.abs(a.energy! - b.energy!)).toBeLessThan(SUM_ROUNDING);
        expect(worst(a.forces!, b.forces!)).toBeLessThan(REORDERED);
      }
    } finally {
      await other.dispose();
    }
  });

  test('the model with edge vectors inside gives the same numbers', async () => {
    const model = buildInferenceModel(student, { dense: true });
    const other = await StudentCalculator.fromStudent(student, { model });
    try {
      for (const atoms of [water(), box(64), box(2, 5)]) {
        const properties: Property[] = atoms.pbc[0] ? ALL : ['energy', 'forces'];
        const a = await calculator.calculate(atoms, properties);
        const b = await other.calculate(atoms, properties);
        expect(Math.abs(a.energy! - b.energy!)).toBeLessThan(SUM_ROUNDING);
        expect(worst(a.forces!, b.forces!)).toBeLessThan(REORDERED);
        expect(worst(a.stress ?? [], b.stress ?? [])).toBeLessThan(REORDERED);
      }
    } finally {
      await other.dispose();
    }
  });
});
