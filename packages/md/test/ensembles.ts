import { expect } from '@jest/globals';
import { createAtoms, EV_PER_AMU_A2_PER_FS2, KB, volume } from '@mlffd/core';
import { meanWithBand, runMd, type Integrator, type RunMdOptions } from '../src/index.ts';
import { springs } from './potentials.ts';

/** Probability that a right integrator fails one comparison of a mean: bands are at 99.99 %. */
const CONFIDENCE = 0.9999;

/** Stiffness of the single oscillator, eV/Angstrom^2. */
const STIFFNESS = 0.5;
const ARGON = 39.948 * EV_PER_AMU_A2_PER_FS2;
/** Angular frequency of the single oscillator, 1/fs. */
export const OMEGA: number = Math.sqrt(STIFFNESS / ARGON);

/** K, of all ensembles here. */
export const TEMPERATURE = 300;
const KT = KB * TEMPERATURE;

/**
 * The mean of the series is `expected`, within a band that knows how correlated the samples are, and
 * that is narrower than `width` times what is expected, so that a wrong factor would show.
 */
export function expectMean(
  series: readonly number[],
  expected: number,
  { width, bias = 0 }: { readonly width: number; readonly bias?: number },
): void {
  const { low, high } = meanWithBand(series, { confidence: CONFIDENCE });
  expect(low - bias * expected).toBeLessThan(expected);
  expect(high + bias * expected).toBeGreaterThan(expected);
  expect((high - low) / 2).toBeLessThan(width * expected);
}

/** Mean and variance of the series are as expected. */
export function expectMoments(
  series: readonly number[],
  { mean, variance }: { readonly mean: number; readonly variance: number },
  widths: { readonly mean: number; readonly variance: number },
): void {
  expectMean(series, mean, { width: widths.mean });
  expectMean(
    series.map((value) => (value - mean) ** 2),
    variance,
    { width: widths.variance },
  );
}

/** Kinetic energies are canonical: mean N_f kT/2, variance N_f (kT)^2/2. */
export function expectCanonical(
  kinetic: readonly number[],
  ndof: number,
  widths: { readonly mean: number; readonly variance: number },
): void {
  expectMoments(kinetic, { mean: (ndof / 2) * KT, variance: (ndof / 2) * KT ** 2 }, widths);
}

/** Kinetic energies (eV) and volumes (Angstrom^3) along a run, without its first tenth. */
export async function sampleRun(
  options: RunMdOptions,
): Promise<{ readonly kinetic: number[]; readonly volumes: number[] }> {
  const kinetic: number[] = [];
  const volumes: number[] = [];
  await runMd({
    stride: 4,
    ...options,
    onFrame: (frame) => {
      if (frame.step < 0.1 * options.steps) return;
      kinetic.push(frame.kinetic);
      if (frame.atoms.pbc[0]) volumes.push(volume(frame.atoms));
    },
  });
  return { kinetic, volumes };
}

/**
 * One oscillator in one dimension: second and fourth moments of position and velocity. `width` is
 * for the second moments; the bands of the fourth are about four times as wide.
 *
 * Velocity Verlet keeps p^2/2m + (1 - (w dt)^2/4) k x^2/2 exactly, and the thermostat works on p, so
 * that the stationary distribution of an exact thermostat is normal at any time step, with
 * <v^2> = kT/m and <x^2> = kT/(k (1 - (w dt)^2/4)).
 *
 * @param bias relative error of second order that the thermostat adds
 */
export async function expectNormalOscillator(
  integrator: Integrator,
  { steps, width, bias = 0 }: { steps: number; width: number; bias?: number },
): Promise<void> {
  const stiffening = 1 - (OMEGA * integrator.timestep) ** 2 / 4;
  const positions: number[] = [];
  const velocities: number[] = [];
  // Along the other axes there is neither force nor velocity.
  await runMd({
    calculator: springs(new Float64Array(3), STIFFNESS),
    atoms: createAtoms({ symbols: ['Ar'], positions: [0.1, 0, 0] }),
    velocities: Float64Array.of(Math.sqrt(KT / ARGON), 0, 0),
    ndof: 1,
    integrator,
    steps,
    stride: 2,
    onFrame: ({ atoms, velocities: v }) => {
      positions.push((stiffening * STIFFNESS * atoms.positions[0] ** 2) / KT);
      velocities.push((ARGON * v[0] ** 2) / KT);
    },
  });
  for (const squares of [positions, velocities]) {
    expectMean(squares, 1, { width, bias });
    expectMean(
      squares.map((square) => square ** 2),
      3,
      { width: 4 * width, bias: 2 * bias },
    );
  }
}
