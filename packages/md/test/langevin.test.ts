import { describe, expect, test } from '@jest/globals';
import { createAtoms, InvalidArgumentError, KB } from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import {
  langevin,
  meanWithBand,
  runMd,
  temperatureStatistics,
  velocityVerlet,
} from '../src/index.ts';
import { argonCluster, openLennardJones, springs } from './potentials.ts';

const STIFFNESS = 0.5; // eV/A^2
const TEMPERATURE = 300; // K
const FRICTION = 0.02; // 1/fs
const COUNT = 60;
/** Probability that a right integrator fails one of these tests: the bands are at 99.99 %. */
const CONFIDENCE = 0.9999;

const sites = createAtoms({
  symbols: Array.from({ length: COUNT }, () => 'Ar'),
  positions: Array.from({ length: 3 * COUNT }, (_, k) => 2 * k),
});

/** Angular frequency of the oscillators, 1/fs. */
const omega = Math.sqrt(STIFFNESS / (39.948 * 103.64269651));

interface Samples {
  readonly temperatures: number[];
  /** Mean of k x^2 / kB over all coordinates, K, at each step. */
  readonly configurational: number[];
  readonly conserved: number[];
  readonly total: number[];
}

async function sample(scheme: 'vec' | 'baoab', timestep: number): Promise<Samples> {
  const samples: Samples = { temperatures: [], configurational: [], conserved: [], total: [] };
  await runMd({
    calculator: springs(sites.positions, STIFFNESS),
    atoms: sites,
    temperature: TEMPERATURE,
    seed: 9,
    integrator: langevin({
      timestep,
      temperature: TEMPERATURE,
      friction: FRICTION,
      seed: 4,
      scheme,
    }),
    steps: 6000,
    stride: 4,
    onFrame: (frame) => {
      samples.conserved.push(frame.conserved);
      samples.total.push(frame.total);
      // Ten relaxation times pass before averages are taken.
      if (frame.time < 10 / FRICTION) return;
      samples.temperatures.push(frame.temperature);
      samples.configurational.push((2 * frame.energy) / (3 * COUNT * KB));
    },
  });
  return samples;
}

describe.each(['vec', 'baoab'] as const)('Langevin dynamics, scheme %s', (scheme) => {
  // Steps of 0.014 and 0.04 of a period.
  test.each([8, 24])('harmonic oscillators at a time step of %p fs', async (timestep) => {
    const { temperatures, configurational } = await sample(scheme, timestep);
    const kinetic = temperatureStatistics(temperatures, {
      ndof: 3 * COUNT,
      confidence: CONFIDENCE,
    });
    const position = meanWithBand(configurational, { confidence: CONFIDENCE });
    // Error of second order: at most (w dt)^2/4 relative, 1.7 % at 24 fs.
    const bias = (TEMPERATURE * (omega * timestep) ** 2) / 4;
    expect(kinetic.low - bias).toBeLessThan(TEMPERATURE);
    expect(kinetic.high + bias).toBeGreaterThan(TEMPERATURE);
    expect(position.low - bias).toBeLessThan(TEMPERATURE);
    expect(position.high + bias).toBeGreaterThan(TEMPERATURE);
    // The bands themselves must be narrow enough to notice a wrong factor.
    expect(kinetic.high - kinetic.low).toBeLessThan(0.1 * TEMPERATURE);
    expect(position.high - position.low).toBeLessThan(0.1 * TEMPERATURE);
    // Fluctuations are those of the canonical ensemble, within a tenth.
    expect(kinetic.deviation / kinetic.canonicalDeviation).toBeGreaterThan(0.9);
    expect(kinetic.deviation / kinetic.canonicalDeviation).toBeLessThan(1.1);
  });

  test('energy less heat is conserved to second order', async () => {
    const spread = (values: number[]): number => Math.max(...values) - Math.min(...values);
    const coarse = await sample(scheme, 16);
    const fine = await sample(scheme, 8);
    expect(spread(coarse.conserved)).toBeLessThan(0.1 * spread(coarse.total));
    // Half the step and half the time: at least a quarter.
    expect(spread(fine.conserved)).toBeLessThan(0.4 * spread(coarse.conserved));
  });
});

test('without friction there is no heat, and the steps are those of velocity Verlet', async () => {
  const start = { calculator: openLennardJones(), atoms: argonCluster(), temperature: 30, seed: 1 };
  const friction = 1e-16;
  const free = await runMd({ ...start, integrator: velocityVerlet({ timestep: 4 }), steps: 200 });
  const damped = await runMd({
    ...start,
    integrator: langevin({ timestep: 4, temperature: 30, friction, seed: 1 }),
    steps: 200,
  });
  // Noise of width sqrt(friction) 1e-8, and rounding.
  expect(Math.abs(damped.restart.heat)).toBeLessThan(1e-6);
  expect(Math.abs(damped.frame.energy - free.frame.energy)).toBeLessThan(1e-6);
});

test('forces that are no gradient show in the conserved quantity', async () => {
  const drift = async (curl: number): Promise<number> => {
    const swirl = calculatorOf('swirl', (atoms, forces) => {
      const r = atoms.positions;
      for (let k = 0; k < forces.length; k += 3) {
        forces[k] = -0.2 * r[k] - curl * r[k + 1];
        forces[k + 1] = -0.2 * r[k + 1] + curl * r[k];
        forces[k + 2] = -0.2 * r[k + 2];
      }
      return 0.1 * r.reduce((sum, x) => sum + x * x, 0);
    });
    const conserved: number[] = [];
    await runMd({
      calculator: swirl,
      atoms: argonCluster(),
      integrator: langevin({ timestep: 8, temperature: 100, friction: 0.02, seed: 1 }),
      steps: 1000,
      stride: 1000,
      onFrame: (frame) => void conserved.push(frame.conserved),
    });
    return conserved[1] - conserved[0];
  };
  // The swirl works at a rate of (curl r)^2/(friction m), r^2 = 2 kB T/0.2: about 1 eV in 8 ps.
  expect(await drift(0.1)).toBeGreaterThan(0.5);
  expect(Math.abs(await drift(0))).toBeLessThan(0.05);
});

test('a cold cluster warms up to the bath', async () => {
  const temperatures: number[] = [];
  await runMd({
    calculator: openLennardJones(),
    atoms: argonCluster(),
    integrator: langevin({ timestep: 5, temperature: 15, friction: 0.02, seed: 1 }),
    steps: 4000,
    onFrame: (frame) => void temperatures.push(frame.temperature),
  });
  expect(temperatures[0]).toBe(0);
  const { low, high } = meanWithBand(temperatures.slice(400), { confidence: CONFIDENCE });
  expect(low).toBeLessThan(15);
  expect(high).toBeGreaterThan(15);
});

test('at zero temperature the bath only takes', async () => {
  const heat: number[] = [];
  await runMd({
    calculator: openLennardJones(),
    atoms: argonCluster(),
    temperature: 20,
    seed: 1,
    integrator: langevin({ timestep: 4, temperature: 0, friction: 0.01, seed: 1, scheme: 'baoab' }),
    steps: 200,
    onFrame: (frame) => void heat.push(frame.total - frame.conserved),
  });
  heat.slice(1).forEach((value, k) => {
    expect(value).toBeLessThan(heat[k]);
  });
});

test('the same seed gives the same run, another seed another', async () => {
  const end = async (seed: number): Promise<Float64Array> => {
    const { frame } = await runMd({
      calculator: openLennardJones(),
      atoms: argonCluster(),
      integrator: langevin({ timestep: 4, temperature: 30, friction: 0.01, seed }),
      steps: 20,
    });
    return frame.atoms.positions;
  };
  expect(await end(1)).toEqual(await end(1));
  expect(await end(1)).not.toEqual(await end(2));
});

test.each([
  { timestep: 0 },
  { temperature: -1 },
  { temperature: NaN },
  { friction: 0 },
  { friction: Infinity },
  { seed: 1.5 },
])('%p is refused', (wrong) => {
  const right = { timestep: 1, temperature: 300, friction: 0.01, seed: 0 };
  expect(() => langevin({ ...right, ...wrong })).toThrow(InvalidArgumentError);
});
