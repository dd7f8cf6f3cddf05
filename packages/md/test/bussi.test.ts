import { describe, expect, test } from '@jest/globals';
import { createAtoms, InvalidArgumentError, KB } from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import { bussi, initialVelocities, runMd, totalMomentum } from '../src/index.ts';
import { seededNoise } from '../src/thermostats/velocityRescaling.ts';
import { ASE, expectStepsOfAse } from './aseThermostats.ts';
import { expectBitExactRestart } from './continuation.ts';
import {
  expectCanonical,
  expectMean,
  expectNormalOscillator,
  OMEGA,
  sampleRun,
  TEMPERATURE,
} from './ensembles.ts';
import { breathingCrystal, gasOf, idealGas } from './periodicPotentials.ts';
import { argonCluster, argonCrystal, openLennardJones, smoothLennardJones } from './potentials.ts';

const free = calculatorOf('free', () => 0);

test('steps are those of ASE with the same random numbers', async () => {
  const { timestep, temperature, timeConstant, bussi: reference } = ASE;
  const noise = (out: Float64Array, step: number): void => {
    out.set(reference.drawn[step]);
  };
  await expectStepsOfAse(
    bussi({ timestep, temperature, timeConstant, seed: 0, noise }),
    reference.frames,
  );
});

test.each([0.2, 0.6])('one oscillator at w dt = %p: moments of x and v', async (step) => {
  // A short time constant: samples of one oscillator are correlated for longer than its period.
  const integrator = bussi({
    timestep: step / OMEGA,
    temperature: TEMPERATURE,
    timeConstant: 0.5 / OMEGA,
    seed: 2,
  });
  await expectNormalOscillator(integrator, { steps: 40_000, width: 0.2 });
});

test.each([1, 2, 3])(
  'free motion along %p axes: three moments of the kinetic energy',
  async (ndof) => {
    const kT = KB * TEMPERATURE;
    // Nearly independent draws: exp(-4) is left of the step before.
    const integrator = bussi({
      timestep: 4,
      temperature: TEMPERATURE,
      timeConstant: 1,
      seed: ndof,
    });
    const { kinetic } = await sampleRun({
      calculator: free,
      atoms: createAtoms({ symbols: ['Ar'], positions: [0, 0, 0] }),
      velocities: Float64Array.of(0.002, ndof > 1 ? 0.001 : 0, ndof > 2 ? 0.003 : 0),
      ndof,
      integrator,
      steps: 30_000,
      stride: 1,
    });
    expectCanonical(kinetic, ndof, { mean: 0.1, variance: 0.4 });
    // A gamma distribution of shape a has the third moment a (a + 1) (a + 2).
    const shape = ndof / 2;
    expectMean(
      kinetic.map((energy) => (energy / kT) ** 3),
      shape * (shape + 1) * (shape + 2),
      { width: 0.8 },
    );
  },
);

test.each([1, 2, 3, 10, 92])('sums of %p squared normals have the right moments', (degrees) => {
  const draws = 30_000;
  const noise = seededNoise(11);
  const out = new Float64Array(2);
  // Sums of powers of the deviation from the mean, and of the normal that comes with it.
  const sums = { first: 0, second: 0, third: 0, product: 0 };
  for (let step = 0; step < draws; step += 1) {
    noise(out, step, degrees);
    const deviation = out[1] - degrees;
    sums.first += deviation;
    sums.second += deviation ** 2;
    sums.third += deviation ** 3;
    sums.product += deviation * out[0];
  }
  /** Widths of an average of independent draws, four and a half of them. */
  const band = (variance: number): number => 4.5 * Math.sqrt(variance / draws);
  const k = degrees;
  // Central moments of the chi-squared distribution, up to the sixth.
  const [m2, m3, m4] = [2 * k, 8 * k, 12 * k * (k + 4)];
  const m6 = 40 * k * (3 * k * k + 52 * k + 96);
  expect(Math.abs(sums.first / draws)).toBeLessThan(band(m2));
  expect(Math.abs(sums.second / draws - m2)).toBeLessThan(band(m4 - m2 ** 2));
  expect(Math.abs(sums.third / draws - m3)).toBeLessThan(band(m6 - m3 ** 2));
  expect(Math.abs(sums.product / draws)).toBeLessThan(band(m2));
});

test.each([4, 10])(
  'eight atoms on springs at %p fs: canonical kinetic energy',
  async (timestep) => {
    const atoms = gasOf(8, 9);
    const { kinetic } = await sampleRun({
      calculator: breathingCrystal(atoms, { stiffness: 0.5, bulkModulus: 1 }),
      atoms,
      velocities: initialVelocities(atoms, { temperature: 100, seed: 1, removeDrift: false }),
      ndof: 24,
      integrator: bussi({ timestep, temperature: TEMPERATURE, timeConstant: 40, seed: 5 }),
      steps: 30_000,
    });
    expectCanonical(kinetic, 24, { mean: 0.07, variance: 0.25 });
  },
);

test('without the centre of mass it is the relative motion that is scaled', async () => {
  const atoms = gasOf(5, 9);
  const velocities = initialVelocities(atoms, { temperature: TEMPERATURE, seed: 1 });
  for (let k = 0; k < velocities.length; k += 3) velocities[k] += 0.01;
  const { restart } = await runMd({
    calculator: idealGas(),
    atoms,
    velocities,
    integrator: bussi({ timestep: 4, temperature: TEMPERATURE, timeConstant: 4, seed: 1 }),
    steps: 5000,
  });
  const momentum = totalMomentum(restart.velocities, restart.masses);
  // Rounding errors of 5000 sums, not multiplied by the random factors.
  expect(Math.abs(momentum[0] - 0.01 * 5 * 39.948)).toBeLessThan(1e-11);
  expect(Math.abs(momentum[1])).toBeLessThan(1e-11);
});

test('goes on bit for bit from a restart', async () => {
  await expectBitExactRestart(
    bussi({ timestep: 4, temperature: 40, timeConstant: 30, seed: 8 }),
    [1, 7, 8, 23],
  );
});

test('the same seed gives the same run, another seed another', async () => {
  const end = async (seed: number): Promise<Float64Array> => {
    const { frame } = await runMd({
      calculator: openLennardJones(),
      atoms: argonCluster(),
      temperature: 20,
      seed: 1,
      integrator: bussi({ timestep: 4, temperature: 30, timeConstant: 50, seed }),
      steps: 20,
    });
    return frame.atoms.positions;
  };
  expect(await end(1)).toEqual(await end(1));
  expect(await end(1)).not.toEqual(await end(2));
});

test('a weak bath leaves the steps of velocity Verlet', async () => {
  const run = { calculator: smoothLennardJones(), atoms: argonCrystal(), temperature: 40, seed: 1 };
  const { restart } = await runMd({
    ...run,
    integrator: bussi({ timestep: 4, temperature: 40, timeConstant: 1e18, seed: 1 }),
    steps: 50,
  });
  // Noise of width sqrt(dt/tau) = 2e-9 on 0.16 eV.
  expect(Math.abs(restart.heat)).toBeLessThan(1e-8);
});

describe('bussi refuses', () => {
  test.each([
    { timestep: 0 },
    { temperature: 0 },
    { temperature: NaN },
    { timeConstant: -1 },
    { seed: 1.5 },
  ])('%p', (wrong) => {
    const right = { timestep: 1, temperature: 300, timeConstant: 100, seed: 0 };
    expect(() => bussi({ ...right, ...wrong })).toThrow(InvalidArgumentError);
  });

  test('to start from rest, unless it is allowed', async () => {
    const run = {
      calculator: openLennardJones(),
      atoms: argonCluster(),
      integrator: bussi({ timestep: 1, temperature: 30, timeConstant: 100, seed: 0 }),
      steps: 10,
    };
    await expect(runMd(run)).rejects.toMatchObject({
      code: 'md/zero-velocities',
      message: 'bussi from rest: all velocities are zero',
    });
    // The forces then start the motion.
    const { frame } = await runMd({ ...run, allowZeroVelocities: true });
    expect(frame.kinetic).toBeGreaterThan(0);
  });

  test('half a degree of freedom', async () => {
    const run = runMd({
      calculator: free,
      atoms: argonCluster(),
      temperature: 30,
      seed: 1,
      ndof: 35.5,
      integrator: bussi({ timestep: 1, temperature: 30, timeConstant: 100, seed: 0 }),
      steps: 1,
    });
    await expect(run).rejects.toBeInstanceOf(InvalidArgumentError);
  });
});
