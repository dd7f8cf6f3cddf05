import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError, Rng } from '@mlffd/core';
import { meanWithBand, nveSlope } from '../src/index.ts';
import { studentQuantile } from '../src/studentT.ts';

/** Stationary AR(1) noise of unit variance: x <- rho x + sqrt(1 - rho^2) xi. */
function correlatedNoise(count: number, rho: number, rng: Rng): Float64Array {
  let x = rng.normal();
  return Float64Array.from({ length: count }, () => {
    x = rho * x + Math.sqrt(1 - rho * rho) * rng.normal();
    return x;
  });
}

const SAMPLES = 600;
const REPEATS = 400;
/** 95 % of 400 has a deviation of 1.1 %: four of them, and a point for the finite run. */
const COVERAGE_TOLERANCE = 0.055;

const times = Float64Array.from({ length: SAMPLES }, (_, k) => 10 * k);

describe('nveSlope', () => {
  test.each([0, 0.5, 0.9, 0.95])(
    'the 95 %% band covers the true slope in noise with correlation %p',
    (rho) => {
      const truth = 0.05;
      const atoms = 7;
      let covered = 0;
      for (let repeat = 0; repeat < REPEATS; repeat += 1) {
        const rng = new Rng(1, 'slope', Math.round(100 * rho), repeat);
        // meV/atom -> eV
        const energies = correlatedNoise(SAMPLES, rho, rng).map(
          (noise, k) => -1e4 + ((0.3 * noise + (truth * times[k]) / 1000) * atoms) / 1000,
        );
        const { low, high } = nveSlope({ times, energies, atoms });
        if (low <= truth && truth <= high) covered += 1;
      }
      expect(Math.abs(covered / REPEATS - 0.95)).toBeLessThan(COVERAGE_TOLERANCE);
    },
  );

  test('the textbook band would fail in the same noise', () => {
    // So that the test above is known to be hard: ordinary least squares, rho = 0.9.
    let covered = 0;
    const x = times.map((t) => t - times[SAMPLES - 1] / 2);
    const xx = x.reduce((sum, value) => sum + value * value, 0);
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      const noise = correlatedNoise(SAMPLES, 0.9, new Rng(1, 'slope', 90, repeat));
      const slope = noise.reduce((sum, value, k) => sum + value * x[k], 0) / xx;
      const mean = noise.reduce((sum, value) => sum + value, 0) / SAMPLES;
      const rest = noise.reduce((sum, value, k) => sum + (value - mean - slope * x[k]) ** 2, 0);
      if (Math.abs(slope) <= 1.96 * Math.sqrt(rest / (SAMPLES - 2) / xx)) covered += 1;
    }
    expect(covered / REPEATS).toBeLessThan(0.6);
  });

  test('a planted drift is found, with its size', () => {
    const rng = new Rng(5);
    const noise = correlatedNoise(SAMPLES, 0.9, rng);
    const energies = noise.map((value, k) => (0.02 * value + (0.1 * times[k]) / 1000) * 0.02);
    const fit = nveSlope({ times, energies, atoms: 20 });
    expect(fit.low).toBeGreaterThan(0);
    expect(fit.low).toBeLessThan(0.1);
    expect(fit.high).toBeGreaterThan(0.1);
    // Five deviations of the root mean square of 600 samples with 30 independent ones.
    expect(Math.abs(fit.rms - 0.02)).toBeLessThan(0.013);
  });

  test('a straight line is fitted exactly, however large its energy', () => {
    const energies = times.map((t) => -80000 + 1e-6 * t);
    const { slope, low, high } = nveSlope({ times, energies, atoms: 10 });
    // 1e-6 eV/fs over 10 atoms = 0.1 meV/atom/ps; doubles at 8e4 eV hold 1.5e-11 eV.
    expect(slope).toBeCloseTo(0.1, 6);
    expect(high - low).toBeLessThan(1e-5);
  });

  test('a higher confidence gives a wider band', () => {
    const energies = correlatedNoise(SAMPLES, 0.5, new Rng(6));
    const wide = nveSlope({ times, energies, atoms: 1, confidence: 0.99 });
    const narrow = nveSlope({ times, energies, atoms: 1, confidence: 0.8 });
    expect(wide.high - wide.low).toBeGreaterThan(narrow.high - narrow.low);
  });

  test('too few, uneven or broken samples are refused', () => {
    const energies = new Float64Array(SAMPLES);
    const few = times.subarray(0, 19);
    expect(() => nveSlope({ times: few, energies: few, atoms: 1 })).toThrow(InvalidArgumentError);
    const uneven = times.map((t) => t * t);
    expect(() => nveSlope({ times: uneven, energies, atoms: 1 })).toThrow(/evenly/);
    expect(() => nveSlope({ times: energies, energies, atoms: 1 })).toThrow(/evenly/);
    const broken = energies.slice();
    broken[7] = NaN;
    expect(() => nveSlope({ times, energies: broken, atoms: 1 })).toThrow(/not finite/);
  });
});

test('the band of a mean covers in correlated noise', () => {
  let covered = 0;
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const noise = correlatedNoise(SAMPLES, 0.9, new Rng(2, 'mean', repeat));
    const { low, high } = meanWithBand(noise.map((x) => x + 3));
    if (low <= 3 && 3 <= high) covered += 1;
  }
  expect(Math.abs(covered / REPEATS - 0.95)).toBeLessThan(COVERAGE_TOLERANCE);
});

describe('studentQuantile', () => {
  test.each([
    // Abramowitz and Stegun, table 26.10.
    [0.95, 2, 4.303],
    [0.95, 8, 2.306],
    [0.99, 8, 3.355],
    [0.9, 20, 1.725],
  ])('confidence %p, %p degrees of freedom: %p', (confidence, freedom, expected) => {
    expect(studentQuantile(confidence, freedom)).toBeCloseTo(expected, 3);
  });

  test('odd degrees of freedom and impossible confidences are refused', () => {
    expect(() => studentQuantile(0.95, 3)).toThrow(InvalidArgumentError);
    expect(() => studentQuantile(1, 8)).toThrow(InvalidArgumentError);
  });
});
