import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError } from '@mlffd/core';
import { initialVelocities, noseHooverChain, runMd, velocityVerlet } from '../src/index.ts';
import { ThermostatChain } from '../src/thermostats/chain.ts';
import {
  suzukiYoshidaWeights,
  type SuzukiYoshidaStages,
} from '../src/thermostats/suzukiYoshida.ts';
import { ASE, expectStepsOfAse } from './aseThermostats.ts';
import { expectBitExactRestart } from './continuation.ts';
import {
  expectCanonical,
  expectNormalOscillator,
  OMEGA,
  sampleRun,
  TEMPERATURE,
} from './ensembles.ts';
import { breathingCrystal, gasOf } from './periodicPotentials.ts';
import { argonCrystal, smoothLennardJones } from './potentials.ts';

test.each(ASE.noseHoover)(
  'steps are those of ASE, chain of $chainLength, $substeps substeps',
  async ({ frames, chainLength, substeps }) => {
    const { timestep, temperature, timeConstant } = ASE;
    const integrator = noseHooverChain({
      timestep,
      temperature,
      timeConstant,
      chainLength,
      substeps,
    });
    await expectStepsOfAse(integrator, frames);
  },
);

// A single thermostat on one oscillator is not ergodic; the chain is what this tests.
test.each([0.2, 0.5])('one oscillator at w dt = %p: moments of x and v', async (step) => {
  const integrator = noseHooverChain({
    timestep: step / OMEGA,
    temperature: TEMPERATURE,
    timeConstant: 1.5 / OMEGA,
    substeps: 2,
  });
  // Splitting thermostat and oscillator costs (dt/tau)^2/12.
  const bias = (step / 1.5) ** 2 / 12;
  await expectNormalOscillator(integrator, { steps: 40_000, width: 0.2, bias });
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
      integrator: noseHooverChain({ timestep, temperature: TEMPERATURE, timeConstant: 40 }),
      steps: 30_000,
    });
    expectCanonical(kinetic, 24, { mean: 0.05, variance: 0.4 });
  },
);

test('comes back to where it started when velocities and chain are turned round', async () => {
  const integrator = noseHooverChain({ timestep: 4, temperature: 40, timeConstant: 100 });
  const calculator = smoothLennardJones();
  const atoms = argonCrystal();
  const { restart } = await runMd({
    calculator,
    atoms,
    temperature: 60,
    seed: 3,
    integrator,
    steps: 60,
  });
  const chain = restart.extended!;
  expect(chain).toHaveLength(6);
  const back = await runMd({
    calculator,
    integrator,
    resume: {
      ...restart,
      velocities: restart.velocities.map((v) => -v),
      extended: chain.map((value, k) => (k < 3 ? value : -value)),
    },
    steps: 120,
  });
  const way = back.restart.atoms.positions.map((x, k) => Math.abs(x - atoms.positions[k]));
  // Rounding errors of 120 steps.
  expect(Math.max(...way)).toBeLessThan(1e-11);
  expect(Math.max(...back.restart.extended!.map(Math.abs))).toBeLessThan(1e-11);
});

test('goes on bit for bit from a restart', async () => {
  await expectBitExactRestart(
    noseHooverChain({ timestep: 4, temperature: 40, timeConstant: 50, chainLength: 4, stages: 7 }),
    [1, 7, 8, 23],
  );
});

describe('Suzuki-Yoshida splittings', () => {
  /** Chain momenta after a time that is divided into `parts`. */
  function endOf(stages: SuzukiYoshidaStages, parts: number): Float64Array {
    const variables = Float64Array.of(0, 0, 0, 0.3, -0.2, 0.4);
    const chain = new ThermostatChain({
      variables,
      freedoms: 3,
      thermalEnergy: 1,
      masses: { first: 3, others: 1 },
      time: 1,
      substeps: parts,
      stages,
    });
    chain.advance(5);
    return variables;
  }
  const reference = endOf(7, 200);
  const error = (stages: SuzukiYoshidaStages, parts: number): number =>
    Math.max(...endOf(stages, parts).map((value, k) => Math.abs(value - reference[k])));

  test.each([
    [1, 2, 8],
    [3, 4, 16],
    [5, 4, 4],
    [7, 6, 4],
  ] as const)('%p stages are of order %p', (stages, order, parts) => {
    const ratio = error(stages, parts) / error(stages, 2 * parts);
    expect(Math.log2(ratio)).toBeGreaterThan(order - 0.35);
    expect(Math.log2(ratio)).toBeLessThan(order + 0.75);
  });

  test.each([1, 3, 5, 7] as const)('%p weights are symmetric and add up to one', (stages) => {
    const weights = suzukiYoshidaWeights(stages);
    expect(weights).toHaveLength(stages);
    expect(weights.toReversed()).toEqual(weights);
    expect(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1)).toBeLessThan(1e-15);
  });
});

describe('noseHooverChain refuses', () => {
  test.each([
    { timestep: 0 },
    { temperature: 0 },
    { timeConstant: -1 },
    { chainLength: 0 },
    { substeps: 0.5 },
  ])('%p', (wrong) => {
    const right = { timestep: 1, temperature: 300, timeConstant: 100 };
    expect(() => noseHooverChain({ ...right, ...wrong })).toThrow(InvalidArgumentError);
  });

  test('a restart whose chain has another length', async () => {
    const integrator = noseHooverChain({ timestep: 4, temperature: 40, timeConstant: 100 });
    const start = { calculator: smoothLennardJones(), integrator, steps: 3 };
    const { restart } = await runMd({
      ...start,
      atoms: argonCrystal(),
      temperature: 40,
      seed: 1,
    });
    const resume = { ...restart, extended: new Float64Array(4) };
    await expect(runMd({ ...start, resume })).rejects.toBeInstanceOf(InvalidArgumentError);
    const verlet = velocityVerlet({ timestep: 4 });
    await expect(runMd({ ...start, integrator: verlet, resume: restart })).rejects.toMatchObject({
      code: 'md/restart-mismatch',
    });
  });
});
