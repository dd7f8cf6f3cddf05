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
import { BACKENDS } from './backends.ts';
import { box, randomStudent, water, worst } from './systems.ts';

const ALL: Property[] = ['energy', 'energies', 'forces', 'stress'];
/** eV: sums of a few hundred float32 outputs of order 1. */
const SUM_ROUNDING = 2e-5;
/** eV/A: central differences of a float32 energy at h = 0.01 A. */
const DIFFERENCE = 3e-3;
/** eV/A: float32 forces of order 1, other order of edges. */
const REORDERED = 2e-5;

const student = randomStudent();

describe.each(BACKENDS)('a student on $name', ({ create, isFused }) => {
  const made = create(student);

  afterAll(async () => {
    await (await made).dispose();
  });

  async function ask(atoms: Atoms, properties: readonly Property[]): Promise<Results> {
    return (await made).calculate(atoms, properties);
  }

  async function results(atoms: Atoms): Promise<Required<Results>> {
    return (await ask(atoms, ALL)) as Required<Results>;
  }

  test('tells what it can do', async () => {
    const { name, cutoff, elements, properties } = await made;
    expect(name).toBe('student-16x2');
    expect(cutoff).toBe(5);
    expect(elements).toEqual([1, 6, 7, 8]);
    expect(properties).toEqual(ALL);
  });

  test('answers at once or later', async () => {
    const answer = (await made).calculate(water(), ['energy']);
    expect(answer instanceof Promise).toBe(!isFused);
    expect(Object.keys(await answer)).toEqual(['energy']);
  });

  test('energies add up to the energy', async () => {
    const { energy, energies } = await results(box(40));
    expect(energies.length).toBe(40);
    expect(energies.reduce((sum, value) => sum + value, 0)).toBe(energy);
  });

  test('forces are the negative gradient of the energy', async () => {
    const atoms = water();
    const { forces } = (await ask(atoms, ['forces'])) as Required<Results>;
    const h = 0.01;
    for (let k = 0; k < 9; k++) {
      const energies = [];
      for (const step of [h, -h]) {
        const moved = atoms.positions.slice();
        moved[k] += step;
        const { energy } = await ask(withPositions(atoms, moved), ['energy']);
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
      return (await ask(moved, ['energy'])).energy!;
    };
    for (let axis = 0; axis < 3; axis++) {
      const slope = ((await strained(axis, h)) - (await strained(axis, -h))) / (2 * h);
      expect(Math.abs(stress[axis] - slope / volume(atoms))).toBeLessThan(DIFFERENCE / 10);
    }
  });

  test('an isolated atom has the energy of no edges, no forces and no stress', async () => {
    const alone = createAtoms({ symbols: ['C'], positions: [[1, 2, 3]] });
    const inBox = createAtoms({
      symbols: ['C'],
      positions: [[1, 2, 3]],
      cell: [20, 20, 20],
      pbc: true,
    });
    const free = await ask(alone, ['energy', 'forces']);
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
    const one = await ask(a, ['energy']);
    const two = await ask(both, ['energy']);
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
    const before = await ask(atoms, ['energy', 'forces']);
    const after = await ask(turned, ['energy', 'forces']);
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
    const inside = await ask(pair(4.999), ['energy', 'forces']);
    const outside = await ask(pair(5.001), ['energy', 'forces']);
    expect(Math.abs(inside.energy! - outside.energy!)).toBeLessThan(1e-6);
    expect(worst(inside.forces!, outside.forces!)).toBeLessThan(1e-5);
    expect(Array.from(outside.forces!)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('it refuses an element that it was not trained for', async () => {
    const atoms = createAtoms({
      symbols: ['O', 'Si'],
      positions: [
        [0, 0, 0],
        [1.6, 0, 0],
      ],
    });
    const refusal = ask(atoms, ['energy']);
    await expect(refusal).rejects.toBeInstanceOf(UnsupportedElementError);
    await expect(refusal).rejects.toThrow('not trained for Si (atom 1)');
  });

  test('it refuses a property that it does not have', async () => {
    const refusal = ask(water(), ['dipole' as Property]);
    await expect(refusal).rejects.toBeInstanceOf(PropertyNotAvailableError);
  });

  test('it refuses a position that is not a number, and goes on afterwards', async () => {
    const atoms = water();
    const expected = await ask(atoms, ['energy']);
    atoms.positions[4] = NaN;
    const refusal = ask(atoms, ['energy']);
    await expect(refusal).rejects.toBeInstanceOf(InvalidAtomsError);
    expect(await ask(water(), ['energy'])).toEqual(expected);
  });

  test('it refuses the stress of what has no volume', async () => {
    const refusal = ask(water(), ['stress']);
    await expect(refusal).rejects.toBeInstanceOf(InvalidAtomsError);
    await expect(refusal).rejects.toMatchObject({ code: 'atoms/zero-volume' });
  });
});
