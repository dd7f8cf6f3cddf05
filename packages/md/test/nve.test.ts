import { describe, expect, test } from '@jest/globals';
import { masses, type Atoms, type Calculator } from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import {
  initialVelocities,
  netForce,
  netTorque,
  runMd,
  runNve,
  timeReversalError,
  timestepRatio,
  totalMomentum,
  velocityVerlet,
} from '../src/index.ts';
import {
  argonCluster,
  argonCrystal,
  openLennardJones,
  smoothLennardJones,
  springs,
} from './potentials.ts';

/** Drift of a conservative potential must be below this, meV/atom/ps. */
const GOAL = 1e-3;
/** Momentum that rounding can put in over a thousand steps, amu A/fs. */
const MOMENTUM_ROUNDING = 1e-12;
/** Rounding of forces that add up to zero, eV/A. */
const FORCE_ROUNDING = 1e-14;

const systems: readonly (readonly [string, Atoms, () => Calculator, number])[] = [
  ['cluster', argonCluster(), () => openLennardJones(), 30],
  ['crystal on a list with skin', argonCrystal(), () => smoothLennardJones(), 60],
  ['Einstein crystal', argonCrystal(), () => springs(argonCrystal().positions, 0.5), 300],
];

describe.each(systems)('NVE of a %s', (name, atoms, make, temperature) => {
  const velocities = initialVelocities(atoms, { temperature, seed: 2 });

  test('keeps the energy', async () => {
    const run = await runNve({
      calculator: make(),
      atoms,
      temperature,
      seed: 2,
      timestep: 4,
      steps: 2000,
      stride: 5,
    });
    // Argon vibrates with a period of about 1 ps: 4 fs is short, 8 ps are eight periods.
    expect(Math.abs(run.slope)).toBeLessThan(GOAL);
    expect(run.low).toBeLessThanOrEqual(run.slope);
    expect(run.high).toBeGreaterThanOrEqual(run.slope);
    expect(run.driftOverFluctuation).toBeLessThan(0.05);
    expect(run.times[1]).toBe(20);
    expect(run.totalEnergies).toHaveLength(401);
    expect(run.result.stepsDone).toBe(2000);
  });

  test('error of the energy falls by four when the time step is halved', async () => {
    const { ratio } = await timestepRatio({
      calculator: make(),
      atoms,
      velocities,
      timestep: 5,
      steps: 400,
    });
    expect(ratio).toBeGreaterThan(3.5);
    expect(ratio).toBeLessThan(4.5);
  });

  test('runs back to where it came from', async () => {
    const back = await timeReversalError({
      calculator: make(),
      atoms,
      velocities,
      timestep: 4,
      steps: 300,
    });
    // Rounding, 1e-15 A at each of 600 steps, grown by the chaos of 2.4 ps.
    expect(back.position).toBeLessThan(1e-9);
    expect(back.velocity).toBeLessThan(1e-11);
  });

  test('momentum stays zero where nothing outside acts', async () => {
    if (name === 'Einstein crystal') return;
    const { restart } = await runMd({
      calculator: make(),
      atoms,
      velocities,
      integrator: velocityVerlet({ timestep: 4 }),
      steps: 1000,
    });
    const momentum = totalMomentum(restart.velocities, masses(atoms));
    expect(Math.max(...momentum.map(Math.abs))).toBeLessThan(MOMENTUM_ROUNDING);
    expect(Math.max(...netForce(restart.forces).map(Math.abs))).toBeLessThan(FORCE_ROUNDING);
  });
});

test('a harmonic oscillator has the period of theory', async () => {
  const atoms = argonCrystal();
  const stiffness = 0.5;
  const start = atoms.positions.map((x) => x + 0.1);
  // T = 2 pi sqrt(m/k); velocity Verlet shortens it by (w dt)^2/24, 3e-5 here.
  const period = 2 * Math.PI * Math.sqrt((39.948 * 103.64269651) / stiffness);
  const steps = 200;
  const { frame } = await runMd({
    calculator: springs(atoms.positions, stiffness),
    atoms: { ...atoms, positions: start },
    integrator: velocityVerlet({ timestep: period / steps }),
    steps,
    allowZeroVelocities: true,
  });
  const shift = frame.atoms.positions.map((x, k) => x - start[k]);
  expect(Math.max(...shift.map(Math.abs))).toBeLessThan(1e-6);
});

test('a potential that pumps energy in shows as a slope outside its band', async () => {
  const honest = openLennardJones();
  // Forces one per cent too large for the energy: not a gradient of it, so energy wanders;
  // a push along the velocity would need a velocity, so use a swirl about z instead.
  const swirl = calculatorOf('swirl', (atoms, forces) => {
    const results = honest.calculate(atoms, ['energy', 'forces']) as {
      energy: number;
      forces: Float64Array;
    };
    forces.set(results.forces);
    for (let k = 0; k < forces.length; k += 3) {
      forces[k] -= 2e-3 * atoms.positions[k + 1];
      forces[k + 1] += 2e-3 * atoms.positions[k];
    }
    return results.energy;
  });
  const run = await runNve({
    calculator: swirl,
    atoms: argonCluster(),
    temperature: 20,
    timestep: 4,
    steps: 1000,
  });
  expect(run.low).toBeGreaterThan(0.01);
});

test('torque of a cluster is zero, of a planted pair of forces it is not', () => {
  const atoms = argonCluster();
  const results = openLennardJones().calculate(atoms, ['forces']) as { forces: Float64Array };
  expect(Math.max(...netTorque(atoms.positions, results.forces).map(Math.abs))).toBeLessThan(
    FORCE_ROUNDING * 100,
  );
  // Forces +y at x = 1 and -y at x = -1: torque 2 about z.
  const torque = netTorque(Float64Array.of(1, 0, 0, -1, 0, 0), Float64Array.of(0, 1, 0, 0, -1, 0));
  expect(torque).toEqual(Float64Array.of(0, 0, 2));
});
