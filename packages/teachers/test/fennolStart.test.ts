import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from '@jest/globals';
import { modelPath, PATIENCE, startFennol, structure, testFennol } from './fennolSupport.ts';
import { failureOf } from './pythonSupport.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'mlffd-fennol-'));
afterAll(() => {
  rmSync(FOLDER, { recursive: true });
});

testFennol(
  'what only Python can tell is refused at the start',
  async () => {
    const model = modelPath('molecule');
    const pickle = join(FOLDER, 'model.pkl');
    copyFileSync(model, pickle);
    const [terms, device, damaged] = await Promise.all([
      failureOf(startFennol({ model, energyTerms: ['energies'] })),
      failureOf(startFennol({ model, device: 'abacus' })),
      failureOf(startFennol({ model: pickle, allowPickle: true })),
    ]);
    expect(terms).toMatchObject({
      code: 'teachers/calculator-arguments',
      message: expect.stringContaining('no output energies'),
    });
    expect(device).toMatchObject({ code: 'teachers/calculator-arguments' });
    expect(damaged).toMatchObject({ code: 'teachers/bad-weights' });
  },
  PATIENCE,
);

testFennol(
  'energy terms can be chosen, and elements be named',
  async () => {
    const model = modelPath('molecule');
    const { teacher } = await startFennol({
      model,
      energyTerms: ['repulsion'],
      elements: ['H', 'O'],
      threads: 2,
    });
    try {
      expect(teacher.elements).toEqual([1, 8]);
      // Repulsion is what it says, and vanishes beyond the cutoff.
      const { energy = NaN } = await teacher.calculate(structure('water'), ['energy']);
      expect(energy).toBeGreaterThan(0);
      const alone = await teacher.calculate(structure('one atom'), ['energy']);
      expect(alone.energy).toBe(0);
    } finally {
      await teacher.dispose();
    }
  },
  PATIENCE,
);
