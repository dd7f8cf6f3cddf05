import { expect } from '@jest/globals';
import type { Atoms } from '@mlffd/core';
import {
  answersOf,
  differenceFrom,
  modelPath,
  PATIENCE,
  startFennol,
  structure,
  testFennol,
} from './fennolSupport.ts';

/** Answers are kept with 12 digits. */
const TOLERANCE = 1e-9;

testFennol(
  'the charge of a structure reaches a model that depends on it',
  async () => {
    const model = modelPath('charged');
    const [{ teacher }, { teacher: neutral }] = await Promise.all([
      startFennol({ model, precision: 'float64' }),
      startFennol({ model, precision: 'float64', charge: 'ignore', spin: 'ignore' }),
    ]);
    try {
      for (const answer of answersOf('charged')) {
        const results = await teacher.calculate(structure(answer.structure), ['energy', 'forces']);
        expect(differenceFrom(answer, results)).toBeLessThan(TOLERANCE);
      }
      const energy = async (charge: number, one = teacher): Promise<number> => {
        const atoms: Atoms = { ...structure('hydronium'), charge };
        return (await one.calculate(atoms, ['energy'])).energy ?? NaN;
      };
      const [none, plus, minus] = [await energy(0), await energy(1), await energy(-1)];
      expect(Math.abs(plus - none)).toBeGreaterThan(1e-4);
      expect(Math.abs(minus - none)).toBeGreaterThan(1e-4);
      expect(await energy(1, neutral)).toBe(none);
      const triplet = { ...structure('hydronium'), charge: 0, spin: 2 };
      expect((await neutral.calculate(triplet, ['energy'])).energy).toBe(none);
      expect(neutral.fingerprint).not.toBe(teacher.fingerprint);
    } finally {
      await Promise.all([teacher.dispose(), neutral.dispose()]);
    }
  },
  PATIENCE,
);
