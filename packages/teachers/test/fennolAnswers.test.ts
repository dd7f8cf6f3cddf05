import { expect } from '@jest/globals';
import { createAtoms, PropertyNotAvailableError, UnsupportedElementError } from '@mlffd/core';
import {
  answersOf,
  differenceFrom,
  modelPath,
  PATIENCE,
  propertiesOf,
  startFennol,
  structure,
  testFennol,
} from './fennolSupport.ts';
import { failureOf } from './pythonSupport.ts';

const TOLERANCES = {
  // Answers are kept with 12 digits, and sums are taken in another order.
  float64: 1e-9,
  // 24 bits, and some hundred roundings on the way.
  float32: 1e-5,
} as const;

testFennol(
  'FennolTeacher has the answers of FENNIXCalculator',
  async () => {
    // At once, since each takes seconds to start and to compile.
    await Promise.all([check('float64'), check('float32')]);
  },
  PATIENCE,
);

async function check(precision: 'float64' | 'float32'): Promise<void> {
  const { teacher } = await startFennol({ model: modelPath('molecule'), precision });
  try {
    const worst: Record<string, number> = {};
    const answers = answersOf('molecule');
    expect(answers.length).toBeGreaterThan(6);
    for (const answer of answers) {
      const atoms = structure(answer.structure);
      const results = await teacher.calculate(atoms, propertiesOf(atoms));
      worst[answer.structure] = differenceFrom(answer, results);
    }
    const wrong = Object.entries(worst).filter(([, found]) => !(found <= TOLERANCES[precision]));
    expect(wrong).toEqual([]);
    if (precision === 'float32') await checkRefusals(teacher);
  } finally {
    await teacher.dispose();
  }
}

/** What never reaches Python, and what Python refuses. */
async function checkRefusals(
  teacher: Awaited<ReturnType<typeof startFennol>>['teacher'],
): Promise<void> {
  expect(teacher.properties).toEqual(['energy', 'forces', 'stress']);
  expect(teacher.elements).toEqual([1, 6, 7, 8, 16]);
  expect(teacher.model).toMatchObject({ cutoff: 4.5, energyUnit: 'Ha' });
  const water = structure('water');
  const refuse = (changes: object): Promise<unknown> =>
    failureOf(teacher.calculate({ ...water, ...changes }, ['energy']));
  expect(await refuse({ numbers: Int32Array.of(8, 1, 9) })).toBeInstanceOf(UnsupportedElementError);
  const cell = Float64Array.of(9, 0, 0, 0, 9, 0, 0, 0, 9);
  expect(await refuse({ cell, pbc: [true, true, false] })).toMatchObject({
    code: 'fennol/periodicity',
    found: 'periodic, periodic, open',
  });
  expect(await refuse({ charge: 0.5 })).toMatchObject({ code: 'fennol/charge' });
  expect(await refuse({ spin: 2 })).toMatchObject({ code: 'fennol/spin' });
  // Only the model itself knows what its energy depends on.
  expect(await refuse({ charge: -1 })).toMatchObject({
    message: expect.stringContaining('does not depend on the total charge'),
  });
  const flat = createAtoms({ symbols: ['O'], positions: [0, 0, 0] });
  expect(await failureOf(teacher.calculateMany([flat], ['stress']))).toBeInstanceOf(
    PropertyNotAvailableError,
  );
  // The next one is answered.
  const [outcome] = await teacher.calculateMany([water], ['energy']);
  expect(outcome.status).toBe('fulfilled');
}
