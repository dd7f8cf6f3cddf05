import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError, KB, volume } from '@mlffd/core';
import {
  cellRescaling,
  initialVelocities,
  runMd,
  type CellRescalingOptions,
} from '../src/index.ts';
import { ASE, expectStepsOfAse } from './aseThermostats.ts';
import { expectBitExactRestart } from './continuation.ts';
import { expectCanonical, expectMean, expectMoments, sampleRun, TEMPERATURE } from './ensembles.ts';
import { breathingCrystal, gasOf, idealGas, periodicLennardJones } from './periodicPotentials.ts';
import { argonCluster, argonCrystal } from './potentials.ts';

const KT = KB * TEMPERATURE;
/** eV/Angstrom^3. */
const PRESSURE = 0.02;

const options: CellRescalingOptions = {
  timestep: 4,
  temperature: TEMPERATURE,
  timeConstant: 40,
  pressure: PRESSURE,
  pressureTimeConstant: 100,
  compressibility: 1 / PRESSURE,
  seed: 4,
};

/** For solid argon. */
const gentle = { ...options, temperature: 40, pressure: 0.002, compressibility: 20 };

test('steps are those of the equations in NumPy with the same random numbers', async () => {
  const { timestep, temperature, timeConstant, pressure, pressureTimeConstant } = ASE;
  const { compressibility, cellRescaling: reference } = ASE;
  const integrator = cellRescaling({
    timestep,
    temperature,
    timeConstant,
    pressure,
    pressureTimeConstant,
    compressibility,
    seed: 0,
    noise: (out, step) => {
      out.set(reference.drawn[step]);
    },
  });
  await expectStepsOfAse(integrator, reference.frames);
});

/**
 * A diffusion with relaxation time tau in steps of dt has a variance that is too large by
 * 1/(1 - dt/(2 tau)).
 */
const broadening = (timestep: number): number =>
  1 / (1 - timestep / (2 * options.pressureTimeConstant));

describe('ideal gas: V^N exp(-P V/kT), mean (N + 1) kT/P, variance (N + 1) (kT/P)^2', () => {
  const count = 4;
  const atoms = gasOf(count, 6);

  // The centre of mass at rest, its pressure added; or moving, as one more particle.
  test.each([
    [4, 3 * count - 3],
    [4, 3 * count],
    [8, 3 * count - 3],
  ])('time step %p fs, %p degrees of freedom', async (timestep, ndof) => {
    const { kinetic, volumes } = await sampleRun({
      calculator: idealGas(),
      atoms,
      velocities: initialVelocities(atoms, {
        temperature: TEMPERATURE,
        seed: 3,
        removeDrift: ndof < 3 * count,
      }),
      ndof,
      integrator: cellRescaling({ ...options, timestep }),
      steps: 50_000,
    });
    const mean = ((count + 1) * KT) / PRESSURE;
    // N instead of N + 1 would be a fifth less.
    expectMoments(
      volumes,
      { mean, variance: (broadening(timestep) * mean ** 2) / (count + 1) },
      { mean: 0.14, variance: 0.6 },
    );
    expectCanonical(kinetic, ndof, { mean: 0.1, variance: 0.4 });
  });
});

describe('crystal of known bulk modulus: mean V_0 (1 - P/B), variance kT V_0/B', () => {
  const count = 8;
  const atoms = gasOf(count, 5.5);
  const bulkModulus = 0.05;
  const pressure = 0.002;
  const expected = {
    mean: volume(atoms) * (1 - pressure / bulkModulus),
    variance: (KT * volume(atoms)) / bulkModulus,
  };
  const crystal = {
    calculator: breathingCrystal(atoms, { stiffness: 0.5, bulkModulus }),
    atoms,
    velocities: initialVelocities(atoms, { temperature: TEMPERATURE, seed: 3, removeDrift: false }),
    ndof: 3 * count,
    steps: 50_000,
  };

  test.each([4, 8])('time step %p fs', async (timestep) => {
    const { kinetic, volumes } = await sampleRun({
      ...crystal,
      integrator: cellRescaling({
        ...options,
        timestep,
        pressure,
        compressibility: 1 / bulkModulus,
      }),
    });
    // The pressure takes 4 % of the volume.
    expectMoments(
      volumes,
      { ...expected, variance: broadening(timestep) * expected.variance },
      { mean: 0.02, variance: 0.3 },
    );
    expectCanonical(kinetic, 3 * count, { mean: 0.1, variance: 0.3 });
  });

  test('a wrong compressibility changes the speed, not the volume', async () => {
    const { volumes } = await sampleRun({
      ...crystal,
      integrator: cellRescaling({ ...options, pressure, compressibility: 0.3 / bulkModulus }),
    });
    expectMean(volumes, expected.mean, { width: 0.03 });
  });
});

test('a compressed crystal relaxes within a few time constants, without ringing', async () => {
  const atoms = gasOf(8, 5.5);
  const calculator = breathingCrystal(atoms, { stiffness: 0.5, bulkModulus: 0.5 });
  const squeezed = {
    ...atoms,
    cell: atoms.cell.map((x) => 0.9 * x),
    positions: atoms.positions.map((x) => 0.9 * x),
  };
  const volumes: number[] = [];
  const integrator = cellRescaling({
    ...options,
    temperature: 1,
    pressure: 0,
    compressibility: 2,
    pressureTimeConstant: 100,
  });
  await runMd({
    calculator,
    atoms: squeezed,
    temperature: 1,
    seed: 1,
    integrator,
    steps: 200,
    stride: 25,
    onFrame: (frame) => void volumes.push(volume(frame.atoms) / volume(atoms) - 1),
  });
  expect(volumes[0]).toBeCloseTo(0.9 ** 3 - 1, 12);
  volumes.forEach((strain, k) => {
    // exp(-t/tau) for a compressibility that is constant; here it is 1/(V B), larger at first, so
    // that the strain s obeys ds/dt = -s (1 + s)/tau.
    const decayed = volumes[0] / (Math.exp(k) * (1 + volumes[0]) - volumes[0]);
    // Thermal fluctuations of the volume are 0.05 %.
    expect(Math.abs(strain - decayed)).toBeLessThan(0.01);
  });
});

test('goes on bit for bit from a restart, cell and noise included', async () => {
  const integrator = cellRescaling(gentle);
  await expectBitExactRestart(integrator, [1, 7, 8, 23]);
});

test('the same seed gives the same cell, another seed another', async () => {
  const end = async (seed: number): Promise<number> => {
    const { frame } = await runMd({
      calculator: periodicLennardJones(),
      atoms: argonCrystal(),
      temperature: 40,
      seed: 1,
      integrator: cellRescaling({ ...gentle, seed }),
      steps: 10,
    });
    return frame.atoms.cell[0];
  };
  expect(await end(1)).toBe(await end(1));
  expect(await end(1)).not.toBe(await end(2));
});

describe('cellRescaling refuses', () => {
  test.each([
    { timestep: 0 },
    { temperature: 0 },
    { timeConstant: NaN },
    { pressure: Infinity },
    { pressureTimeConstant: 0 },
    { compressibility: -1 },
    { seed: -1 },
  ])('%p', (wrong) => {
    expect(() => cellRescaling({ ...options, ...wrong })).toThrow(InvalidArgumentError);
  });

  test('an open structure', async () => {
    const run = runMd({
      calculator: periodicLennardJones(),
      atoms: argonCluster(),
      temperature: 40,
      seed: 1,
      integrator: cellRescaling(options),
      steps: 1,
    });
    await expect(run).rejects.toBeInstanceOf(InvalidArgumentError);
  });
});
