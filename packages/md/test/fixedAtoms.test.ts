import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError, type Calculator, type Results } from '@mlffd/core';
import {
  bussi,
  initialVelocities,
  langevin,
  noseHooverChain,
  readRestart,
  runMd,
  temperatureOf,
  velocityVerlet,
  type Integrator,
  type MdFrame,
} from '../src/index.ts';
import { ASE, expectStepsOfAse } from './aseThermostats.ts';
import { expectBitExactRestart } from './continuation.ts';
import { expectCanonical, sampleRun, TEMPERATURE } from './ensembles.ts';
import { breathingCrystal, gasOf, periodicLennardJones } from './periodicPotentials.ts';
import { argonCrystal, smoothLennardJones } from './potentials.ts';

/** A layer of the crystal, not in order, one atom twice. */
const FIXED = [9, 0, 1, 8, 4, 5, 12, 13, 0];
const DISTINCT = 8;
const MOVING = 32 - DISTINCT;

const bath = { timestep: 4, temperature: 40 };
const integrators: readonly (readonly [string, Integrator])[] = [
  ['velocity Verlet', velocityVerlet({ timestep: 4 })],
  ['Langevin', langevin({ ...bath, friction: 0.02, seed: 3 })],
  ['BAOAB', langevin({ ...bath, friction: 0.02, seed: 3, scheme: 'baoab' })],
  ['Bussi', bussi({ ...bath, timeConstant: 50, seed: 3 })],
  ['Nose-Hoover chain', noseHooverChain({ ...bath, timeConstant: 50 })],
];

describe.each(integrators)('%s', (_, integrator) => {
  test('fixed atoms stay where they are, and the others move', async () => {
    const atoms = argonCrystal();
    const frames: MdFrame[] = [];
    const { restart } = await runMd({
      calculator: smoothLennardJones(),
      atoms,
      velocities: new Float64Array(96).fill(0.001),
      fixed: FIXED,
      integrator,
      steps: 40,
      onFrame: (frame) => void frames.push(frame),
    });
    expect(Array.from(restart.fixed!)).toEqual([0, 1, 4, 5, 8, 9, 12, 13]);
    expect(restart.ndof).toBe(3 * MOVING);
    for (const { atoms: now, velocities, forces } of frames) {
      for (const atom of FIXED) {
        for (let k = 3 * atom; k < 3 * atom + 3; k += 1) {
          expect(now.positions[k]).toBe(atoms.positions[k]);
          expect(velocities[k]).toBe(0);
          expect(forces[k]).toBe(0);
        }
      }
    }
    const last = frames.at(-1)!;
    expect(last.atoms.positions[6]).not.toBe(atoms.positions[6]);
    const total = frames.map((frame) => frame.conserved);
    // 1 % of the thermal energy of the atoms that move.
    expect(Math.max(...total) - Math.min(...total)).toBeLessThan(0.003);
  });

  test('goes on bit for bit from a restart', async () => {
    await expectBitExactRestart(integrator, [1, 9], { fixed: FIXED });
  });
});

describe('steps are those of ASE with FixAtoms', () => {
  const { timestep, temperature, timeConstant, fixed } = ASE;

  test('velocity Verlet', async () => {
    await expectStepsOfAse(velocityVerlet({ timestep }), fixed.verlet, fixed.indices);
  });

  test('Bussi', async () => {
    const noise = (out: Float64Array, step: number): void => {
      out.set(fixed.bussi.drawn[step]);
    };
    const integrator = bussi({ timestep, temperature, timeConstant, seed: 0, noise });
    await expectStepsOfAse(integrator, fixed.bussi.frames, fixed.indices);
  });
});

describe('the temperature is that of the atoms that move', () => {
  const atoms = gasOf(10, 9);
  const fixed = [0, 3, 6, 9];
  const ndof = 18;
  const run = {
    calculator: breathingCrystal(atoms, { stiffness: 0.5, bulkModulus: 1 }),
    atoms,
    fixed,
    temperature: TEMPERATURE,
    seed: 2,
    steps: 30_000,
  };
  const hot = { timestep: 4, temperature: TEMPERATURE };

  test.each([
    ['Langevin', langevin({ ...hot, friction: 0.05, seed: 1 })],
    ['BAOAB', langevin({ ...hot, friction: 0.05, seed: 1, scheme: 'baoab' })],
    ['Bussi', bussi({ ...hot, timeConstant: 20, seed: 1 })],
    ['Nose-Hoover chain', noseHooverChain({ ...hot, timeConstant: 20 })],
  ])('%s: canonical kinetic energy', async (_, integrator) => {
    const { kinetic } = await sampleRun({ ...run, integrator });
    expectCanonical(kinetic, ndof, { mean: 0.08, variance: 0.4 });
  });

  test('frames count it so', async () => {
    const { frame } = await runMd({
      ...run,
      integrator: velocityVerlet({ timestep: 1 }),
      steps: 0,
    });
    const { velocities } = frame;
    const { masses } = (
      await runMd({ ...run, integrator: velocityVerlet({ timestep: 1 }), steps: 0 })
    ).restart;
    expect(frame.temperature).toBe(temperatureOf(velocities, masses, { ndof }));
  });
});

describe('initial velocities', () => {
  const atoms = argonCrystal();

  test('have exactly the temperature, and keep what drift they have', () => {
    const velocities = initialVelocities(atoms, {
      temperature: 300,
      seed: 1,
      exact: true,
      fixed: FIXED,
    });
    const masses = new Float64Array(32).fill(39.948);
    const found = temperatureOf(velocities, masses, { ndof: 3 * MOVING });
    expect(Math.abs(found - 300)).toBeLessThan(1e-10);
    for (const atom of FIXED) expect(velocities[3 * atom]).toBe(0);
    const free = initialVelocities(atoms, { temperature: 300, seed: 1, removeDrift: false });
    // The same draw but for the scale.
    expect(velocities[6] / velocities[95]).toBeCloseTo(free[6] / free[95], 12);
  });

  test('cannot be without drift', () => {
    const options = { temperature: 300, seed: 1, fixed: [1], removeDrift: true };
    expect(() => initialVelocities(atoms, options)).toThrow(InvalidArgumentError);
  });

  test('of a run at an exact temperature', async () => {
    const { frame } = await runMd({
      calculator: smoothLennardJones(),
      atoms,
      temperature: 55,
      seed: 1,
      exactTemperature: true,
      fixed: FIXED,
      integrator: velocityVerlet({ timestep: 4 }),
      steps: 0,
    });
    expect(Math.abs(frame.temperature - 55)).toBeLessThan(1e-10);
  });
});

describe('refused', () => {
  const run = {
    calculator: smoothLennardJones(),
    atoms: argonCrystal(),
    temperature: 40,
    seed: 1,
    integrator: velocityVerlet({ timestep: 4 }),
    steps: 1,
  };

  test.each([
    ['no atom', [32]],
    ['a negative index', [-1]],
    ['half an atom', [0.5]],
    ['all atoms', Array.from({ length: 32 }, (_, k) => k)],
  ])('%s', async (_, fixed) => {
    await expect(runMd({ ...run, fixed })).rejects.toBeInstanceOf(InvalidArgumentError);
  });

  test('a force on a fixed atom that is not finite', async () => {
    const inner = smoothLennardJones();
    const calculator: Calculator = {
      ...inner,
      calculate(atoms, properties): Results {
        const results = inner.calculate(atoms, properties) as Results;
        results.forces![3] = Infinity;
        return results;
      },
    };
    await expect(runMd({ ...run, calculator, fixed: [1] })).rejects.toMatchObject({
      code: 'md/non-finite',
    });
  });
});

test('a restart file of the first version reads as one without fixed atoms', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-md-'));
  try {
    const path = join(folder, 'restart.json');
    const { restart } = await runMd({
      calculator: periodicLennardJones(),
      atoms: argonCrystal(),
      temperature: 40,
      seed: 1,
      integrator: velocityVerlet({ timestep: 4 }),
      steps: 2,
      restart: { path },
    });
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"version":3', '"version":1'));
    expect(readRestart(path)).toEqual(restart);
    writeFileSync(path, text.replace('"version":3', '"version":4'));
    expect(() => readRestart(path)).toThrow(/not a whole restart file/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
