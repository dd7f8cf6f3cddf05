import { describe, expect, test } from '@jest/globals';
import { createAtoms, EV_PER_AMU_A2_PER_FS2, InvalidArgumentError, Rng } from '@mlffd/core';
import { initialVelocities, runMd, velocityVerlet, vibrationalDensity } from '../src/index.ts';
import { springs } from './potentials.ts';

describe('vibrationalDensity', () => {
  test('an Einstein crystal has one line per mass, at its frequency and with its weight', async () => {
    const stiffness = 2;
    const symbols = ['C', 'C', 'C', 'Xe', 'Xe', 'Xe'];
    const atoms = createAtoms({ symbols, positions: symbols.map((_, k) => [4 * k, 0, 0]) });
    const velocities: Float64Array[] = [];
    const timestep = 2;
    await runMd({
      calculator: springs(atoms.positions, stiffness),
      atoms,
      velocities: initialVelocities(atoms, { temperature: 300, seed: 1 }),
      integrator: velocityVerlet({ timestep }),
      steps: 8192,
      stride: 4,
      onFrame: (frame) => void velocities.push(frame.velocities),
    });
    const masses = Float64Array.of(12.011, 12.011, 12.011, 131.293, 131.293, 131.293);
    const density = vibrationalDensity({ velocities, masses, interval: 4 * timestep });
    const integral = density.values.reduce((sum, value) => sum + value * density.width, 0);
    expect(integral).toBeCloseTo(1, 12);
    for (const mass of [12.011, 131.293]) {
      const frequency =
        (1000 * Math.sqrt(stiffness / (mass * EV_PER_AMU_A2_PER_FS2))) / (2 * Math.PI);
      const near = density.values.filter(
        (_, k) => Math.abs(density.centers[k] - frequency) < 3 * density.width,
      );
      // Half of the atoms each; a draw of 9 velocities has energies uncertain by a third.
      const weight = near.reduce((sum, value) => sum + value * density.width, 0);
      expect(weight).toBeGreaterThan(0.2);
      expect(weight).toBeLessThan(0.8);
      const peak = density.centers[density.values.indexOf(Math.max(...near))];
      expect(Math.abs(peak - frequency)).toBeLessThan(density.width);
    }
  });

  test('white noise is flat', () => {
    const rng = new Rng(1);
    const velocities = Array.from({ length: 4096 }, () =>
      Float64Array.from({ length: 30 }, () => rng.normal()),
    );
    const masses = new Float64Array(10).fill(1);
    const { values, width } = vibrationalDensity({ velocities, masses, interval: 1, segment: 64 });
    // 30 components times about 127 segments: deviation 1.6 %; the ends have one degree of freedom.
    values.slice(2).forEach((value) => {
      expect(Math.abs(value * width * 32 - 1)).toBeLessThan(0.12);
    });
  });

  test.each([
    [31, undefined],
    [100, 20],
    [100, 128],
    [100, 8],
  ])('%p moments in segments of %p are refused', (moments, segment) => {
    const velocities = Array.from({ length: moments }, () => new Float64Array(3));
    const options = { velocities, masses: Float64Array.of(1), interval: 1 };
    expect(() =>
      vibrationalDensity({ ...options, ...(segment === undefined ? {} : { segment }) }),
    ).toThrow(InvalidArgumentError);
  });
});
