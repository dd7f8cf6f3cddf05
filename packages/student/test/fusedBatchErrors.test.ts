import { describe, expect, test } from '@jest/globals';
import {
  type Atoms,
  InvalidAtomsError,
  type MlffdError,
  PropertyNotAvailableError,
  UnsupportedElementError,
} from '@mlffd/core';
import type { BatchOutcome } from '../src/batchOutcome.ts';
import { StudentCalculator } from '../src/calculator.ts';
import { FusedCalculator } from '../src/fused/fusedCalculator.ts';
import { nodeKernels } from '../src/fused/nodeKernels.ts';
import { EVERYTHING, molecule, skewed } from './fusedBatchStructures.ts';
import { randomStudent, worst } from './systems.ts';

/** Numbers of the network that two back ends compute in float32, eV and eV/Angstrom. */
const BACK_ENDS = 1e-4;

const kernels = nodeKernels();

function changed(atoms: Atoms, k: number, value: number): Atoms {
  const positions = atoms.positions.slice();
  positions[k] = value;
  return { ...atoms, positions };
}

const good = [molecule(6, 1), skewed(3, 2, [true, true, true]), molecule(9, 3), molecule(4, 4)];
const twice = (atoms: Atoms): Atoms => {
  const positions = atoms.positions.slice();
  positions.copyWithin(6, 3, 6);
  return { ...atoms, positions };
};
const flat = { ...good[1], cell: Float64Array.of(4, 0, 0, 4, 0, 0, 0, 0, 3) };

/** What may be wrong with a structure, and how it is told. */
const BAD: [string, Atoms, new (code: string, message: string) => Error, string, RegExp][] = [
  [
    'coincident atoms',
    twice(good[0]),
    InvalidAtomsError,
    'student/coincident-atoms',
    /atoms 1 and 2$/,
  ],
  [
    'coincident atoms of a crystal',
    twice(good[1]),
    InvalidAtomsError,
    'student/coincident-atoms',
    /atoms 1 and 2$/,
  ],
  [
    'an element that was not trained',
    { ...good[0], numbers: Int32Array.of(1, 6, 26, 1, 1, 1) },
    UnsupportedElementError,
    'student/element',
    /atom 2$/,
  ],
  [
    'no element at all',
    { ...good[0], numbers: Int32Array.of(1, 6, 1, 0, 1, 1) },
    InvalidAtomsError,
    'atoms/unknown-element',
    /atom 3$/,
  ],
  ['NaN', changed(good[0], 4, NaN), InvalidAtomsError, 'atoms/non-finite-position', /atom 1/],
  [
    'NaN in a crystal',
    changed(good[1], 4, NaN),
    InvalidAtomsError,
    'atoms/non-finite-position',
    /atom 1/,
  ],
  [
    'no atom',
    { ...good[0], numbers: new Int32Array(0), positions: new Float64Array(0) },
    InvalidAtomsError,
    'atoms/empty',
    /^structure 2$/,
  ],
  [
    'too few coordinates',
    { ...good[0], positions: new Float64Array(3) },
    InvalidAtomsError,
    'atoms/length-mismatch',
    /positions$/,
  ],
  ['a flat periodic cell', flat, InvalidAtomsError, 'atoms/zero-volume', /cell$/],
  [
    'no volume',
    { ...good[0], cell: new Float64Array(9) },
    InvalidAtomsError,
    'atoms/zero-volume',
    /cell$/,
  ],
];

const errorOf = ({ error }: BatchOutcome): MlffdError => {
  if (error === undefined) throw new Error('there are results');
  return error;
};

describe.each(BAD)('in a batch, a structure with %s', (_, bad, Kind, code, where) => {
  const calculator = FusedCalculator.fromStudent(randomStudent(), { kernels });
  const list = [good[0], good[1], bad, good[2], good[3]];

  test('has an error that names it, and the others have their results', () => {
    const outcomes = calculator.settleBatch(list, EVERYTHING);
    const error = errorOf(outcomes[2]);
    expect(error).toBeInstanceOf(Kind);
    expect(error.code).toBe(code);
    expect(error.where).toMatch(/^structure 2\b/);
    expect(error.where).toMatch(where);
    expect(error.message).toMatch(/^structure 2 of the batch: /);
    const others = calculator.calculateBatch(good, EVERYTHING);
    expect(outcomes.filter((__, k) => k !== 2)).toEqual(others.map((results) => ({ results })));
  });

  test('is what a batch that needs all is refused for', () => {
    let caught: unknown;
    try {
      calculator.calculateBatch(list, EVERYTHING);
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({
      code,
      where: expect.stringMatching(/^structure 2\b/) as unknown,
    });
  });

  test('is refused as it is alone', () => {
    let alone: unknown;
    try {
      calculator.calculate(bad, EVERYTHING);
    } catch (error) {
      alone = error;
    }
    const { expected, found, hint } = alone as MlffdError;
    const [outcome] = calculator.settleBatch([bad], EVERYTHING);
    expect(errorOf(outcome)).toMatchObject({ code, expected, found, hint });
  });
});

test('numbers that overflow spoil no other structure', () => {
  const student = randomStudent();
  // Embedding of carbon: what it gives overflows in float32.
  const { features } = student.config;
  student.parameters.get('embedding.weight')?.fill(1e30, 6 * features, 7 * features);
  const calculator = FusedCalculator.fromStudent(student, { kernels });
  const only = (z: number): Atoms => ({ ...good[0], numbers: new Int32Array(6).fill(z) });
  const outcomes = calculator.settleBatch([only(1), only(6), only(8)], EVERYTHING);
  expect(errorOf(outcomes[1]).code).toBe('student/not-finite');
  const [hydrogen, oxygen] = calculator.calculateBatch([only(1), only(8)], EVERYTHING);
  expect(outcomes[0].results).toEqual(hydrogen);
  expect(outcomes[2].results).toEqual(oxygen);
});

test('the first of several errors is thrown', () => {
  const calculator = FusedCalculator.fromStudent(randomStudent(), { kernels });
  const list = [good[0], twice(good[2]), changed(good[3], 0, NaN), twice(good[0])];
  expect(() => calculator.calculateBatch(list, ['energy'])).toThrow(/^structure 1 of the batch/);
});

test('a property that students do not have is refused for the whole batch', () => {
  const calculator = FusedCalculator.fromStudent(randomStudent(), { kernels });
  const wrong = ['charges'] as unknown as readonly ['energy'];
  expect(() => calculator.settleBatch(good, wrong)).toThrow(PropertyNotAvailableError);
  expect(() => calculator.settleBatch([], wrong)).toThrow(PropertyNotAvailableError);
});

describe.each(['fused', 'onnx'] as const)('StudentCalculator with %s', (backend) => {
  test('computes batches, and names what has no answer', async () => {
    const student = randomStudent();
    const calculator = await StudentCalculator.fromStudent(student, { backend });
    const fused = FusedCalculator.fromStudent(student, { kernels });
    const results = await calculator.calculateBatch(good, EVERYTHING);
    fused.calculateBatch(good, EVERYTHING).forEach(({ energy, forces }, k) => {
      expect(Math.abs((results[k].energy ?? 0) - (energy ?? 0))).toBeLessThan(BACK_ENDS);
      expect(worst(results[k].forces ?? [], forces ?? [])).toBeLessThan(BACK_ENDS);
    });
    const iron = { ...good[3], numbers: new Int32Array(4).fill(26) };
    const list = [good[0], iron, changed(good[3], 0, NaN), good[1]];
    const outcomes = await calculator.settleBatch(list, ['energy']);
    expect(outcomes.map(({ error }) => error === undefined)).toEqual([true, false, false, true]);
    expect(errorOf(outcomes[2]).where).toMatch(/^structure 2, /);
    const wrong = ['charges'] as unknown as readonly ['energy'];
    await expect(async () => calculator.settleBatch([], wrong)).rejects.toThrow(
      PropertyNotAvailableError,
    );
    await calculator.dispose();
  });
});
