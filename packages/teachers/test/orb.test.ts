import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { checkCalculator, type CheckName, createAtoms } from '@mlffd/core';
import { auditTeacher } from '../src/audit/auditTeacher.ts';
import { ORB_PRESETS } from '../src/python/presets/orb.ts';
import { OrbTeacher } from '../src/python/orbTeacher.ts';
import {
  askOrbModels,
  type Direct,
  type DirectCase,
  HAS_TORCH,
  largestDifference,
} from './orbSupport.ts';
import { offline, pretendDownloaded, testTorch, TORCH } from './orbSupport.ts';
import { failureOf, WATER } from './pythonSupport.ts';

/** The architecture of orb-v2 with fewer steps. */
const MODEL = 'orb-d3-xs-v2';
/** eV, eV/Angstrom, eV/Angstrom^3: both sides run the same code, in float32. */
const SAME = 1e-5;

let folder: string;
let direct: Direct;
let teacher: OrbTeacher;
let cached: OrbTeacher;

beforeAll(async () => {
  if (!HAS_TORCH) return;
  folder = mkdtempSync(join(tmpdir(), 'mlffd-orb-'));
  const weights = join(folder, 'random.ckpt');
  direct = askOrbModels(MODEL, weights, 1);
  const cache = join(folder, 'cache');
  pretendDownloaded(MODEL, weights, cache);
  [teacher, cached] = await Promise.all([
    OrbTeacher.start({ model: MODEL, weights, python: TORCH, device: 'cpu' }),
    OrbTeacher.start({ model: MODEL, python: TORCH, device: 'cpu', env: offline(cache) }),
  ]);
}, 120_000);

afterAll(async () => {
  if (!HAS_TORCH) return;
  await Promise.all([teacher.dispose(), cached.dispose()]);
  rmSync(folder, { recursive: true, force: true });
});

describe('random weights', () => {
  testTorch('have the answers of orb-models itself', async () => {
    expect(direct.cases.length).toBeGreaterThan(6);
    for (const { name, atoms, energy, forces, stress } of direct.cases) {
      const periodic = stress !== undefined;
      const properties = periodic ? (['stress'] as const) : [];
      const answer = await teacher.calculate(atoms, ['energy', 'forces', ...properties]);
      const differences = {
        energy: Math.abs((answer.energy ?? NaN) - energy) / atoms.numbers.length,
        forces: largestDifference(answer.forces ?? [], forces),
        stress: largestDifference(answer.stress ?? [], stress ?? []),
      };
      for (const difference of Object.values(differences)) {
        expect({ name, differences, ok: difference < SAME }).toMatchObject({ name, ok: true });
      }
    }
  });

  testTorch('are told as what they are made of', () => {
    expect(teacher.name).toBe('orb-d3-xs-v2 (orb-models 0.5.5)');
    expect(teacher.properties).toEqual(['energy', 'forces', 'stress']);
    expect(teacher.elements).toEqual(ORB_PRESETS[MODEL].elements);
    expect(teacher.versions.packages).toEqual({
      ase: '3.29.0',
      'orb-models': '0.5.5',
      torch: '2.13.0',
    });
  });

  testTorch('are the same teacher whether downloaded or given', async () => {
    expect(cached.fingerprint).toBe(teacher.fingerprint);
    const [a, b] = await Promise.all(
      [teacher, cached].map((one) => one.calculate(WATER, ['energy'])),
    );
    expect(a).toEqual(b);
  });
});

testTorch('addresses of weights are those of orb-models', () => {
  for (const [model, { weightsFrom }] of Object.entries(ORB_PRESETS)) {
    expect(weightsFrom?.split(' ')[0]).toBe(direct.urls[model]);
  }
});

describe('a structure that Orb does not take', () => {
  testTorch('is refused with what to do, and the next one is answered', async () => {
    const { numbers, positions } = WATER;
    const cell = [9, 0, 0, 0, 9, 0, 0, 0, 9];
    const slab = createAtoms({ numbers, positions, cell, pbc: [true, false, true] });
    const ion = createAtoms({ numbers, positions, charge: -1 });
    const [slabs, ions, neutral] = await teacher.calculateMany(
      [slab, ion, createAtoms({ numbers, positions, charge: 0, spin: 2 })],
      ['energy'],
    );
    expect(slabs).toMatchObject({
      reason: {
        code: 'teachers/unsupported-structure',
        message: expect.stringContaining('b is open'),
        hint: expect.stringContaining('Make all axes periodic'),
      },
    });
    expect(ions).toMatchObject({
      reason: { code: 'teachers/unsupported-structure', hint: expect.stringContaining('omol') },
    });
    expect(neutral).toEqual({
      status: 'fulfilled',
      value: await teacher.calculate(WATER, ['energy']),
    });
  });

  testTorch('has no stress where it is open, and its cell is no part of it', async () => {
    const { numbers, positions } = WATER;
    const boxed = createAtoms({ numbers, positions, cell: [9, 0, 0, 0, 9, 0, 0, 0, 9] });
    expect(await failureOf(teacher.calculate(boxed, ['stress']))).toMatchObject({
      name: 'PropertyNotAvailableError',
    });
    const wanted = ['energy', 'forces'] as const;
    expect(await teacher.calculate(boxed, wanted)).toEqual(await teacher.calculate(WATER, wanted));
  });
});

describe('the contract of calculators', () => {
  /** What no model with direct forces can keep. */
  const DIRECT: CheckName[] = [
    // Forces and stress are outputs of their own, no derivatives of the energy.
    'forces',
    'stress',
    // Edge vectors enter as numbers: only training teaches Orb what a rotation is.
    'rotation',
    // The teacher is used after it.
    'dispose',
  ];
  // The net torque of the whole structure is taken away, so that molecules far apart feel each other.
  const OPEN: CheckName[] = [...DIRECT, 'extensivity'];

  testTorch.each([
    ['ethanol', OPEN],
    ['triclinic salt', DIRECT],
  ])('holds for %s, but for what cannot', async (name, skip) => {
    const { atoms } = named(name);
    const report = await checkCalculator(teacher, {
      structures: [{ name, atoms }],
      // Positions and network are float32.
      tolerances: { energy: 1e-5, symmetry: 2e-5, repeat: 0 },
      skip,
    });
    expect(report.failures).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(7);
  });

  testTorch('is broken where forces are the gradient, which the audit measures', async () => {
    const { summary, failures } = await auditTeacher(teacher, {
      structures: [WATER],
      coordinates: 2,
      rotations: 1,
      repeats: 1,
      directions: 2,
      sizes: [],
    });
    expect(failures).toEqual([]);
    const { curl_rms_max_eV_A2: curl, curl_resolution_max_eV_A2: resolution } = summary;
    // Random weights: forces have nothing to do with the energy.
    expect(curl).toBeGreaterThan(100 * (resolution ?? Infinity));
    expect(summary.gradient_error_max_eV_A).toBeGreaterThan(0.01);
    // What Orb takes away by itself.
    expect(summary.net_force_max_eV_A).toBeLessThan(1e-5);
    expect(summary.torque_max_eV).toBeLessThan(1e-5);
  });
});

function named(name: string): DirectCase {
  const found = direct.cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no structure ${name}`);
  return found;
}
