import { afterAll, describe, expect, test } from '@jest/globals';
import {
  type Atoms,
  createAtoms,
  InvalidAtomsError,
  type Property,
  PropertyNotAvailableError,
  type Results,
  UnsupportedElementError,
  volume,
  withPositions,
} from '@mlffd/core';
import { buildInferenceModel, StudentCalculator } from '../src/index.ts';
import { box, randomStudent, water, worst } from './systems.ts';

const ALL: Property[] = ['energy', 'energies', 'forces', 'stress'];
/** eV: sums of a few hundred float32 outputs of order 1. */
const SUM_ROUNDING = 2e-5;
/** eV/A: central differences of a float32 energy at h = 0.01 A. */
const DIFFERENCE = 3e-3;
/** eV/A: float32 forces of order 1, other order of edges. */
const REORDERED = 2e-5;

const student = randomStudent();
const calculator = await StudentCalculator.fromStudent(student);

afterAll(async () => {
  await calculator.dispose();
});

async function results(atoms: Atoms): Promise<Required<Results>> {
  return (await calculator.calculate(atoms, ALL)) as Required<Results>;
}

describe('StudentCalculator', () => {
  test('tells what it can do', () => {
    expect(calculator.name).toBe('student-16x2');
    expect(calculator.cutoff).toBe(5);
    expect(calculator.elements).toEqual([1, 6, 7, 8]);
  });

  test('energies add up to the energy', async () => {
    const { energy, energies } = await results(box(40));
    expect(energies.length).toBe(40);
    expect(energies.reduce((sum, value) => sum + value, 0)).toBe(energy);
  });

  test('forces are the negative gradient of the energy', async () => {
    const atoms = water();
    const { forces } = (await calculator.calculate(atoms, ['forces'])) as Required<Results>;
    const h = 0.01;
    for (let k = 0; k < 9; k++) {
      const energies = [];
      for (const step of [h, -h]) {
        const moved = atoms.positions.slice();
        moved[k] += step;
        const { energy } = await calculator.calculate(withPositions(atoms, moved), ['energy']);
        energies.push(energy!);
      }
      expect(Math.abs(forces[k] + (energies[0] - energies[1]) / (2 * h))).toBeLessThan(DIFFERENCE);
    }
  });

  test('stress is the derivative of the energy with respect to strain', async () => {
    const atoms = box(20);
    const { stress } = await results(atoms);
    const h = 0.002;
    const strained = async (axis: number, by: number): Promise<number> => {
      const scaleAxis = (values: Float64Array): Float64Array =>
        values.map((value, k) => (k % 3 === axis ? value * (1 + by) : value));
      const moved = withPositions(atoms, scaleAxis(atoms.positions), scaleAxis(atoms.cell));
      return (await calculator.calculate(moved, ['energy'])).energy!;
    };
    for (let axis = 0; axis < 3; axis++) {
      const slope = ((await strained(axis, h)) - (await strained(axis, -h))) / (2 * h);
      expect(Math.abs(stress[axis] - slope / volume(atoms))).toBeLessThan(DIFFERENCE / 10);
    }
  });

  test('a molecule whose atoms are slots has the results of one with slots for edges', async () => {
    const atoms = box(16, 3, false);
    const dense = await StudentCalculator.fromStudent(student, {
      model: buildInferenceModel(student, { dense: true }),
    });
    const [found, expected] = await Promise.all(
      [calculator, dense].map((each) => each.calculate(atoms, ['energies', 'forces'])),
    );
    await dense.dispose();
    expect(worst(found.energies!, expected.energies!)).toBeLessThan(SUM_ROUNDING);
    expect(worst(found.forces!, expected.forces!)).toBeLessThan(REORDERED);
  });

  test('an isolated atom has the energy of no edges, no forces and no stress', async () => {
    const alone = createAtoms({ symbols: ['C'], positions: [[1, 2, 3]] });
    const inBox = createAtoms({
      symbols: ['C'],
      positions: [[1, 2, 3]],
      cell: [20, 20, 20],
      pbc: true,
    });
    const free = await calculator.calculate(alone, ['energy', 'forces']);
    const boxed = await results(inBox);
    expect(free.energy).toBe(boxed.energy);
    expect(Array.from(boxed.forces)).toEqual([0, 0, 0]);
    expect(worst(boxed.stress, new Float64Array(6))).toBe(0);
  });

  test('atoms far apart do not interact', async () => {
    const [a, b] = [water(), water()];
    const positions = Array.from(b.positions, (value, k) => value + (k % 3 === 0 ? 30 : 0));
    const both = createAtoms({
      numbers: [...a.numbers, ...b.numbers],
      positions: [...a.positions, ...positions],
    });
    const one = await calculator.calculate(a, ['energy']);
    const two = await calculator.calculate(both, ['energy']);
    expect(Math.abs(two.energy! - 2 * one.energy!)).toBeLessThan(SUM_ROUNDING);
  });

  test('order of the atoms does not matter', async () => {
    const atoms = box(30);
    const order = Array.from({ length: 30 }, (_, k) => (7 * k + 3) % 30);
    const shuffled = createAtoms({
      numbers: order.map((k) => atoms.numbers[k]),
      positions: order.map((k) => [...atoms.positions.subarray(3 * k, 3 * k + 3)]),
      cell: atoms.cell,
      pbc: true,
    });
    const [first, second] = [await results(atoms), await results(shuffled)];
    expect(Math.abs(first.energy - second.energy)).toBeLessThan(SUM_ROUNDING);
    const back = order.flatMap((k) => [...first.forces.subarray(3 * k, 3 * k + 3)]);
    expect(worst(second.forces, back)).toBeLessThan(REORDERED);
  });

  test('rotation turns the forces and keeps the energy', async () => {
    const atoms = water();
    const [c, s] = [Math.cos(0.73), Math.sin(0.73)];
    const turn = (values: ArrayLike<number>): number[] =>
      Array.from(values, (value, k) => {
        const at = k - (k % 3);
        if (k % 3 === 0) return c * values[at] - s * values[at + 1];
        return k % 3 === 1 ? s * values[at] + c * values[at + 1] : value;
      });
    const turned = withPositions(atoms, Float64Array.from(turn(atoms.positions)));
    const before = await calculator.calculate(atoms, ['energy', 'forces']);
    const after = await calculator.calculate(turned, ['energy', 'forces']);
    expect(Math.abs(before.energy! - after.energy!)).toBeLessThan(SUM_ROUNDING);
    expect(worst(after.forces!, turn(before.forces!))).toBeLessThan(REORDERED);
  });

  test('energy and forces are continuous where an atom crosses the cutoff', async () => {
    const pair = (d: number): Atoms =>
      createAtoms({
        symbols: ['O', 'H'],
        positions: [
          [0, 0, 0],
          [d, 0, 0],
        ],
      });
    const inside = await calculator.calculate(pair(4.999), ['energy', 'forces']);
    const outside = await calculator.calculate(pair(5.001), ['energy', 'forces']);
    expect(Math.abs(inside.energy! - outside.energy!)).toBeLessThan(1e-6);
    expect(worst(inside.forces!, outside.forces!)).toBeLessThan(1e-5);
    expect(Array.from(outside.forces!)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('calls that overlap are answered each for its own structure', async () => {
    const systems = [water(), box(30), box(8, 2), water()];
    const together = await Promise.all(
      systems.map((atoms) => calculator.calculate(atoms, ['forces'])),
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
    const two = await StudentCalculator.fromStudent(student, { threads: 2 });
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

describe('what it refuses', () => {
  test('an element that it was not trained for', async () => {
    const atoms = createAtoms({
      symbols: ['O', 'Si'],
      positions: [
        [0, 0, 0],
        [1.6, 0, 0],
      ],
    });
    const refusal = calculator.calculate(atoms, ['energy']);
    await expect(refusal).rejects.toBeInstanceOf(UnsupportedElementError);
    await expect(refusal).rejects.toThrow('not trained for Si (atom 1)');
  });

  test('a property that it does not have', async () => {
    const refusal = calculator.calculate(water(), ['dipole' as Property]);
    await expect(refusal).rejects.toBeInstanceOf(PropertyNotAvailableError);
  });

  test('a position that is not a number, and goes on afterwards', async () => {
    const atoms = water();
    const expected = await calculator.calculate(atoms, ['energy']);
    atoms.positions[4] = NaN;
    const refusal = calculator.calculate(atoms, ['energy']);
    await expect(refusal).rejects.toBeInstanceOf(InvalidAtomsError);
    expect(await calculator.calculate(water(), ['energy'])).toEqual(expected);
  });

  test('the stress of what has no volume', async () => {
    const refusal = calculator.calculate(water(), ['stress']);
    await expect(refusal).rejects.toBeInstanceOf(InvalidAtomsError);
    await expect(refusal).rejects.toMatchObject({ code: 'atoms/zero-volume' });
  });
});
