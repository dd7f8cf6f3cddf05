import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createAtoms,
  InvalidArgumentError,
  InvalidAtomsError,
  type Property,
  PropertyNotAvailableError,
  UnsupportedElementError,
} from '@mlffd/core';
import { OnnxTeacher } from '../src/onnx/onnxTeacher.ts';
import { pair } from './fixtures.ts';
import { nobleCrystal, onnxFixture } from './onnxSupport.ts';

const ALL: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];
const PATH = onnxFixture('lennard-jones.onnx');

let teacher: OnnxTeacher;
beforeAll(async () => {
  teacher = await OnnxTeacher.load(PATH);
});
afterAll(async () => {
  await teacher.dispose();
});

describe('what is refused', () => {
  test('an element that it does not know', async () => {
    const request = teacher.calculate(pair(['Ar', 'O'], 4), ['energy']);
    await expect(request).rejects.toThrow(UnsupportedElementError);
  });

  test('a position that is not a number', async () => {
    const atoms = nobleCrystal(1);
    atoms.positions[4] = Number.NaN;
    await expect(teacher.calculate(atoms, ['energy'])).rejects.toThrow(InvalidAtomsError);
  });

  test('stress without a cell, and a property that does not exist', async () => {
    const atoms = pair(['Ar', 'Kr'], 4);
    for (const property of ['stress', 'dipole' as Property] as const) {
      await expect(teacher.calculate(atoms, [property])).rejects.toThrow(PropertyNotAvailableError);
    }
  });

  test('energies of atoms where the model has the total only', async () => {
    const other = await OnnxTeacher.load(onnxFixture('lennard-jones-atomic.onnx'));
    await expect(other.calculate(nobleCrystal(1), ['energies'])).rejects.toThrow(
      PropertyNotAvailableError,
    );
    await other.dispose();
  });

  test('atoms so close that float32 ends', async () => {
    const error = teacher.calculate(pair(['Ar', 'Ar'], 1e-7), ['energy', 'forces']);
    await expect(error).rejects.toMatchObject({ code: 'onnx/not-finite' });
  });

  test.each([0, -1, 1.5, Number.NaN])('%d threads', async (threads) => {
    await expect(OnnxTeacher.load({ path: PATH, threads })).rejects.toThrow(InvalidArgumentError);
  });
});

describe('answers', () => {
  test('hold what was asked for and nothing else', async () => {
    for (const property of ALL) {
      const found = await teacher.calculate(nobleCrystal(1), [property]);
      expect(Object.keys(found)).toEqual([property]);
    }
  });

  test('of overlapping calls do not mix', async () => {
    const structures = [nobleCrystal(1), nobleCrystal(2), pair(['Ar', 'Kr'], 4)];
    const properties = ['energy', 'energies', 'forces'] as const;
    const together = await Promise.all(
      structures.map((atoms) => teacher.calculate(atoms, properties)),
    );
    for (const [k, atoms] of structures.entries()) {
      expect(together[k]).toEqual(await teacher.calculate(atoms, properties));
    }
  });

  test('are those of the structure as it was asked', async () => {
    const atoms = nobleCrystal(1);
    const expected = await teacher.calculate(atoms, ALL);
    const answer = teacher.calculate(atoms, ALL);
    atoms.positions.fill(0);
    atoms.numbers.fill(36);
    atoms.cell.fill(1);
    expect(await answer).toEqual(expected);
  });
});

describe('an end', () => {
  test('by dispose, which may be repeated, comes after the answers under way', async () => {
    const other = await OnnxTeacher.load(PATH);
    const answer = other.calculate(nobleCrystal(2), ['energy']);
    const ends = [other.dispose(), other.dispose()];
    expect(await answer).toEqual(await teacher.calculate(nobleCrystal(2), ['energy']));
    await Promise.all(ends);
    await expect(other.calculate(nobleCrystal(1), ['energy'])).rejects.toMatchObject({
      code: 'calculator/disposed',
    });
  });

  test('by a signal, before or during the call, has the reason of the signal', async () => {
    const reason = new RangeError('enough');
    const before = teacher.calculate(nobleCrystal(1), ['energy'], {
      signal: AbortSignal.abort(reason),
    });
    await expect(before).rejects.toBe(reason);
    const controller = new AbortController();
    const during = teacher.calculate(nobleCrystal(1), ['energy'], { signal: controller.signal });
    controller.abort(reason);
    await expect(during).rejects.toBe(reason);
    expect(await teacher.calculate(nobleCrystal(1), ['energy'])).toBeDefined();
  });
});

test.each([
  ['lennard-jones.onnx', ['Ar', 'Kr']],
  ['direct-forces.onnx', ['C', 'O']],
  ['stillinger-weber.onnx', ['Si', 'Si']],
])('%s gives the same bits with 1 and 2 threads, 500 atoms', async (name, [first, second]) => {
  const crystal = nobleCrystal(5);
  const symbols = Array.from(crystal.numbers, (z) => (z === 18 ? first : second));
  // Half as far, so that all models have neighbours.
  const scale = name === 'lennard-jones.onnx' ? 1 : 0.6;
  const atoms = createAtoms({
    symbols,
    positions: crystal.positions.map((x) => scale * x),
    cell: crystal.cell.map((x) => scale * x),
    pbc: crystal.pbc,
  });
  const answers = [];
  for (const threads of [1, 2]) {
    const other = await OnnxTeacher.load({ path: onnxFixture(name), threads });
    for (let k = 0; k < 3; k++) answers.push(await other.calculate(atoms, other.properties));
    await other.dispose();
  }
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});
