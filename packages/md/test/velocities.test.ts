import { describe, expect, test } from '@jest/globals';
import { createAtoms, EV_PER_AMU_A2_PER_FS2, InvalidArgumentError, KB, masses } from '@mlffd/core';
import fc from 'fast-check';
import {
  initialVelocities,
  kineticEnergy,
  kineticStress,
  temperatureOf,
  totalMomentum,
} from '../src/index.ts';

/** Rounding of a sum over at most 1000 atoms, amu A/fs. */
const MOMENTUM_ROUNDING = 1e-12;

const gas = (count: number): ReturnType<typeof createAtoms> =>
  createAtoms({
    symbols: Array.from({ length: count }, (_, k) => ['H', 'C', 'Ar', 'Xe'][k % 4]),
    positions: Array.from({ length: 3 * count }, (_, k) => 3 * k),
  });

describe('initialVelocities', () => {
  test('total momentum is zero and exact temperature is exact, for any system', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.double({ min: 1, max: 3000, noNaN: true }),
        fc.nat(),
        (count, temperature, seed) => {
          const atoms = gas(count);
          const velocities = initialVelocities(atoms, { temperature, seed, exact: true });
          const momentum = totalMomentum(velocities, masses(atoms));
          expect(Math.max(...momentum.map(Math.abs))).toBeLessThan(MOMENTUM_ROUNDING);
          expect(temperatureOf(velocities, masses(atoms))).toBeCloseTo(temperature, 8);
        },
      ),
    );
  });

  test('each species has the Maxwell-Boltzmann width', () => {
    const atoms = gas(4000);
    const velocities = initialVelocities(atoms, { temperature: 300, seed: 1 });
    const mass = masses(atoms);
    for (let species = 0; species < 4; species += 1) {
      let sum = 0;
      let fourth = 0;
      let count = 0;
      for (let i = species; i < 4000; i += 4) {
        const width2 = (KB * 300) / (mass[i] * EV_PER_AMU_A2_PER_FS2);
        for (let c = 0; c < 3; c += 1) {
          const z2 = velocities[3 * i + c] ** 2 / width2;
          sum += z2;
          fourth += z2 * z2;
          count += 1;
        }
      }
      // 3000 normals: the mean of z^2 has deviation 0.026, that of z^4 0.18; five deviations.
      expect(Math.abs(sum / count - 1)).toBeLessThan(0.13);
      expect(Math.abs(fourth / count - 3)).toBeLessThan(0.9);
    }
  });

  test('the draw of an atom does not depend on how many follow', () => {
    const options = { temperature: 300, seed: 3, removeDrift: false };
    const few = initialVelocities(gas(5), options);
    const many = initialVelocities(gas(9), options);
    expect(many.subarray(0, 15)).toEqual(few);
  });

  test('a single atom needs removeDrift: false', () => {
    expect(() => initialVelocities(gas(1), { temperature: 300, seed: 0 })).toThrow(
      InvalidArgumentError,
    );
    const free = { temperature: 300, seed: 0, removeDrift: false, exact: true };
    const velocities = initialVelocities(gas(1), free);
    expect(temperatureOf(velocities, masses(gas(1)), { ndof: 3 })).toBeCloseTo(300, 8);
  });

  test.each([-1, NaN, Infinity])('temperature %p is refused', (temperature) => {
    expect(() => initialVelocities(gas(3), { temperature, seed: 0 })).toThrow(/temperature/);
  });

  test('zero temperature is rest', () => {
    const velocities = initialVelocities(gas(2), { temperature: 0, seed: 0, exact: true });
    expect(velocities.map(Math.abs)).toEqual(new Float64Array(6));
  });
});

test('kinetic energy of one helium atom, by hand', () => {
  // 1/2 * 4.002602 amu * (0.02 A/fs)^2 = 1/2 * 4.002602 * 103.64269 * 4e-4 eV
  const energy = kineticEnergy(Float64Array.of(0, 0.02, 0), Float64Array.of(4.002602));
  expect(energy).toBeCloseTo(0.0829681, 6);
});

test('trace of the kinetic stress is minus twice the kinetic energy over the volume', () => {
  const atoms = gas(12);
  const velocities = initialVelocities(atoms, { temperature: 500, seed: 4 });
  const stress = kineticStress(velocities, masses(atoms), 1000);
  const trace = stress[0] + stress[1] + stress[2];
  expect(trace).toBeCloseTo((-2 * kineticEnergy(velocities, masses(atoms))) / 1000, 14);
});
