import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { checkCalculator, CHECK_NAMES } from '@mlffd/core';
import { OrbTeacher } from '../src/python/orbTeacher.ts';
import { askOrbModels, type Direct, HAS_TORCH, largestDifference } from './orbSupport.ts';
import { testTorch, TORCH } from './orbSupport.ts';
import { WATER } from './pythonSupport.ts';

/** Conservative, with charge and spin, without stress. */
const MODEL = 'orb-v3-conservative-omol';
/** eV, eV/Angstrom: both sides run the same code, in float32. */
const SAME = 1e-5;

let folder: string;
let direct: Direct;
let teacher: OrbTeacher;

beforeAll(async () => {
  if (!HAS_TORCH) return;
  folder = mkdtempSync(join(tmpdir(), 'mlffd-orb-molecules-'));
  const weights = join(folder, 'random.ckpt');
  direct = askOrbModels(MODEL, weights, 2);
  teacher = await OrbTeacher.start({
    model: MODEL,
    weights,
    charge: 0,
    device: 'cpu',
    python: TORCH,
  });
}, 120_000);

afterAll(async () => {
  if (!HAS_TORCH) return;
  await teacher.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe('random weights of a conservative model', () => {
  testTorch('have the answers of orb-models itself', async () => {
    for (const { name, atoms, energy, forces } of direct.cases) {
      const answer = await teacher.calculate({ ...atoms, spin: 0 }, ['energy', 'forces']);
      const differences = [
        Math.abs((answer.energy ?? NaN) - energy) / atoms.numbers.length,
        largestDifference(answer.forces ?? [], forces),
      ];
      expect({ name, differences, ok: Math.max(...differences) < SAME }).toMatchObject({
        ok: true,
      });
    }
  });

  testTorch('have forces that are the gradient of the energy', async () => {
    const report = await checkCalculator(teacher, {
      structures: [{ ...WATER, charge: 0, spin: 0 }],
      // The energy is float32, some 4e-6 eV, which the difference divides by the step.
      tolerances: { forces: 2e-3 },
      steps: { displacement: 1e-2 },
      skip: CHECK_NAMES.filter((name) => name !== 'forces' && name !== 'results'),
    });
    expect(report.failures).toEqual([]);
    expect(report.checks.map(({ name }) => name)).toEqual(['results', 'forces']);
  });
});

describe('charge and spin', () => {
  testTorch('decide about the answer, and the spin has to be told', async () => {
    const [told, ion, radical, untold] = await teacher.calculateMany(
      [{ ...WATER, spin: 0 }, { ...WATER, charge: 1, spin: 1 }, { ...WATER, spin: 2 }, WATER],
      ['energy'],
    );
    const energies = [told, ion, radical].map((one) =>
      one.status === 'fulfilled' ? one.value.energy : NaN,
    );
    expect(new Set(energies).size).toBe(3);
    expect(energies).not.toContain(NaN);
    expect(untold).toMatchObject({
      reason: {
        code: 'teachers/unsupported-structure',
        message: expect.stringContaining('needs the spin'),
        hint: expect.stringContaining('`spin`'),
      },
    });
    expect(teacher.properties).toEqual(['energy', 'forces']);
  });
});
