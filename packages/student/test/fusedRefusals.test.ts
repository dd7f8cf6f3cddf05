import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Atoms, createAtoms, type Results, Rng } from '@mlffd/core';
import type { Student } from '../src/index.ts';
import { BACKENDS, type TestedCalculator } from './backends.ts';
import { box, randomStudent, SMALL, water } from './systems.ts';

/** Makes filters so large that products of what neighbours send overflow in float32. */
const WILD = 1e7;
const NEAR = 0.6;
const FAR = 4.995;

const [, ...fused] = BACKENDS;

/** Of a width with gaps in rows of four and of eight features. */
function wildStudent(): Student {
  const student = randomStudent({ ...SMALL, features: 17, interactions: 3 });
  const parameters = new Map(
    [...student.parameters].map(([name, values]) => [
      name,
      name.startsWith('filter_net') ? values.map((x) => WILD * x) : values,
    ]),
  );
  return { ...student, parameters };
}

/** Atoms in a row, Angstrom apart, in a box or not. */
function chain(count: number, distance: number, pbc: boolean): Atoms {
  const rng = new Rng(count, 'chain');
  return createAtoms({
    numbers: Array.from({ length: count }, () => [1, 6, 7, 8][rng.integer(4)]),
    positions: Array.from({ length: count }, (_, i) => [distance * i, 0.1 * rng.uniform(), 0]),
    cell: [distance * count, 12, 12],
    pbc,
  });
}

async function refusal(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    await ask();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
}

const everything = async (calculator: TestedCalculator, atoms: Atoms): Promise<Results> =>
  calculator.calculate(atoms, ['energy', 'energies', 'forces']);

describe.each(BACKENDS)('a student on $name', ({ create }) => {
  test.each([
    [
      'a molecule',
      createAtoms({ symbols: ['O', 'H', 'O'], positions: [0, 0, 0, 1, 0, 0, 0, 0, 0] }),
    ],
    [
      'a crystal, one cell further',
      createAtoms({
        symbols: ['O', 'H'],
        positions: [0, 0, 0, 0, 8, 0],
        cell: [4, 4, 4],
        pbc: true,
      }),
    ],
  ])('refuses two atoms at one place in %s, and goes on', async (_, atoms) => {
    const calculator = await create(randomStudent());
    const expected = await everything(calculator, water());
    for (const properties of [['energy'], ['forces'], []] as const) {
      expect(await refusal(async () => calculator.calculate(atoms, properties))).toBe(
        'student/coincident-atoms',
      );
    }
    expect(await everything(calculator, water())).toEqual(expected);
    await calculator.dispose();
  });

  test('refuses what overflows, whatever it is asked for, and goes on', async () => {
    const calculator = await create(wildStudent());
    const expected = await everything(calculator, chain(2, FAR, false));
    for (const atoms of [chain(3, NEAR, false), chain(80, NEAR, false), box(8)]) {
      for (const properties of [['energy'], ['forces'], []] as const) {
        expect(await refusal(async () => calculator.calculate(atoms, properties))).toBe(
          'student/not-finite',
        );
      }
      expect(await everything(calculator, chain(2, FAR, false))).toEqual(expected);
    }
    await calculator.dispose();
  });
});

describe.each(fused)('after a refusal, $name', ({ create }) => {
  test('gives the bits of a calculator that was never asked before', async () => {
    const student = wildStudent();
    const kept = await create(student);
    const steps = fc.record({
      count: fc.integer({ min: 1, max: 90 }),
      distance: fc.constantFrom(NEAR, 4.5, FAR, 5.5),
      pbc: fc.boolean(),
    });
    const seen = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(steps, async ({ count, distance, pbc }) => {
        const atoms = chain(count, distance, pbc);
        const code = await refusal(async () => everything(kept, atoms));
        const other = await create(student);
        seen.add(code);
        expect(code).toBe(await refusal(async () => everything(other, atoms)));
        if (code === undefined)
          expect(await everything(kept, atoms)).toEqual(await everything(other, atoms));
      }),
      { seed: 1, numRuns: 40 },
    );
    expect(seen).toEqual(new Set([undefined, 'student/not-finite']));
  });
});

describe.each(fused)('in memory that was used before, $name', ({ create }) => {
  test('structures have the bits of a calculator of their own', async () => {
    const kept = await create(randomStudent());
    for (const [count, factor] of [
      [3, 1],
      [30, 0.7],
      [3, 1],
      [65, 0.6],
      [8, 1],
      [200, 0.6],
    ]) {
      // prettier-ignore
      for (const pbc of [true, false]) {
        const atoms = box(count, count, pbc);
        for (const values of [atoms.positions, atoms.cell]) {
          values.forEach((x, k) => (values[k] = factor * x));
        }
        const expected = await everything(await create(randomStudent()), atoms);
        expect(await everything(kept, atoms)).toEqual(expected);
      }
    }
  });
});

describe.each(fused)('where memory ends, $name', ({ create }) => {
  test('says so, and goes on', async () => {
    const calculator = await create(randomStudent());
    const expected = await everything(calculator, box(30));
    const dense = box(2000);
    // Twenty-five thousand neighbours of each atom.
    for (const values of [dense.positions, dense.cell]) {
      values.forEach((x, k) => (values[k] = 0.13 * x));
    }
    expect(await refusal(async () => everything(calculator, dense))).toBe('student/fused-memory');
    expect(await everything(calculator, box(30))).toEqual(expected);
    expect(await everything(calculator, water())).toEqual(
      await everything(await create(randomStudent()), water()),
    );
  });
});
