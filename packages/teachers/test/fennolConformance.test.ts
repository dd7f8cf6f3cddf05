import { expect } from '@jest/globals';
import { checkCalculator } from '@mlffd/core';
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

/** Answers are kept with 12 digits. */
const TOLERANCE = 1e-9;

testFennol(
  'FennolTeacher keeps to the contract of calculators: forces and stress are derivatives',
  async () => {
    const { teacher } = await startFennol({ model: modelPath('crystal'), precision: 'float64' });
    try {
      expect(teacher.elements).toHaveLength(86);
      for (const answer of answersOf('crystal')) {
        const atoms = structure(answer.structure);
        const results = await teacher.calculate(atoms, propertiesOf(atoms));
        expect(differenceFrom(answer, results)).toBeLessThan(TOLERANCE);
      }
      const report = await checkCalculator(teacher, {
        structures: [
          { name: 'oxide, triclinic', atoms: structure('oxide, triclinic') },
          { name: 'water', atoms: structure('water') },
        ],
      });
      expect(report.failures).toEqual([]);
      expect(report.checks.length).toBeGreaterThan(20);
    } finally {
      await teacher.dispose();
    }
  },
  PATIENCE,
);
