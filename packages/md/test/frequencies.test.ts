import { describe, expect, test } from '@jest/globals';
import {
  createAtoms,
  EV_PER_AMU_A2_PER_FS2,
  HBAR,
  InvalidArgumentError,
  masses as massesOf,
} from '@mlffd/core';
import { fromPositions, springNetwork } from '@mlffd/test-support/models';
import { compareFrequencies, harmonicFrequencies } from '../src/harmonic/frequencies.ts';
import {
  argonCluster,
  cubicFcc,
  later,
  openLennardJones,
  smoothLennardJones,
} from './potentials.ts';

/** cm^-1 of omega^2 in eV/(amu A^2), from omega = 2 pi c nu. */
function wavenumber(curvature: number): number {
  return Math.sqrt(curvature / EV_PER_AMU_A2_PER_FS2) / (2 * Math.PI * 2.99792458e-5);
}

/** Displacements of 0.01 Angstrom on springs of 1 Angstrom: (step / length)^2, twice for both ends. */
const STEP_TOLERANCE = 2e-4;

describe('harmonicFrequencies', () => {
  test('water on springs: the frequencies of the GF matrices', async () => {
    const [bond, stretch, hydrogens, push] = [0.96, 48, 1.52, 8];
    const [o, h] = massesOf(createAtoms({ symbols: ['O', 'H'], positions: [0, 0, 0, 1, 0, 0] }));
    const sin = hydrogens / 2 / bond;
    const cos = Math.sqrt(1 - sin * sin);
    const calculator = springNetwork([
      { atoms: [0, 1], stiffness: stretch, length: bond },
      { atoms: [0, 2], stiffness: stretch, length: bond },
      { atoms: [1, 2], stiffness: push, length: hydrogens },
    ]);
    // Off its minimum, which is found first.
    const atoms = createAtoms({
      symbols: ['O', 'H', 'H'],
      positions: [0, 0.05, 0, bond * sin, bond * cos, 0, -bond * sin, bond * cos + 0.03, 0],
    });
    const found = await harmonicFrequencies({ calculator: later(calculator), atoms, fmax: 1e-6 });
    // Wilson, Decius and Cross: symmetric and antisymmetric stretch, H-H distance.
    const g = [
      [1 / h + (2 * cos * cos) / o, (Math.SQRT2 * sin) / h],
      [(Math.SQRT2 * sin) / h, 2 / h],
    ];
    const [trace, determinant] = [
      stretch * g[0][0] + push * g[1][1],
      stretch * push * (g[0][0] * g[1][1] - g[0][1] ** 2),
    ];
    const root = Math.sqrt(trace * trace - 4 * determinant);
    const curvatures = [
      (trace - root) / 2,
      (trace + root) / 2,
      stretch * (1 / h + (2 * sin * sin) / o),
    ];
    const expected = curvatures.map(wavenumber).sort((a, b) => a - b);
    expect(found.frequencies).toHaveLength(3);
    found.frequencies.forEach((nu, k) => {
      expect(Math.abs(nu / expected[k] - 1)).toBeLessThan(STEP_TOLERANCE);
    });
    const omegas = curvatures.map((value) => Math.sqrt(value / EV_PER_AMU_A2_PER_FS2));
    const zeroPoint = omegas.reduce((sum, omega) => sum + (HBAR * omega) / 2, 0);
    expect(Math.abs(found.zeroPointEnergy / zeroPoint - 1)).toBeLessThan(STEP_TOLERANCE);
    expect(found).toMatchObject({ imaginary: 0, step: 0.01, minimum: { converged: true } });
    expect(found.minimum.moved).toBeGreaterThan(0.01);
    expect(found.rigid).toHaveLength(6);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  test('where the minimum is not looked for, modes may be imaginary', async () => {
    const [k, mu] = [3, 1.008 / 2];
    const hill = fromPositions('hill', (r, forces) => {
      const x = r[3] - r[0] - 1;
      forces[3] = k * x;
      forces[0] = -k * x;
      return (-k * x * x) / 2;
    });
    const atoms = createAtoms({ symbols: ['H', 'H'], positions: [0, 0, 0, 1, 0, 0] });
    const found = await harmonicFrequencies({ calculator: hill, atoms, relax: false });
    expect(found.frequencies[0]).toBeCloseTo(-wavenumber(k / mu), 6);
    expect(found).toMatchObject({
      imaginary: 1,
      zeroPointEnergy: 0,
      minimum: { moved: 0, steps: 0 },
    });
  });

  test('a cluster has 3N - 6, a crystal 3N - 3, all of them real', async () => {
    const cluster = await harmonicFrequencies({
      calculator: openLennardJones(),
      atoms: argonCluster(),
      fmax: 1e-5,
    });
    expect(cluster.frequencies).toHaveLength(3 * 13 - 6);
    expect(cluster.imaginary).toBe(0);
    // The icosahedron: breathing, and levels of degeneracy 3, 4 and 5 only.
    const crystal = await harmonicFrequencies({
      calculator: smoothLennardJones(),
      atoms: cubicFcc('Ar', 5.3),
      concurrency: 2,
    });
    expect(crystal.frequencies).toHaveLength(9);
    expect(crystal.imaginary).toBe(0);
    // X points: six transverse, three longitudinal.
    const [low, high] = [crystal.frequencies[0], crystal.frequencies[8]];
    crystal.frequencies.forEach((nu, k) => {
      expect(Math.abs(nu - (k < 6 ? low : high))).toBeLessThan(1e-3 * high);
    });
  });
});

describe('compareFrequencies', () => {
  test('mode by mode', () => {
    const teacher = { frequencies: [100, 200, 300], imaginary: 0 };
    const student = { frequencies: [-10, 206, 301], imaginary: 1 };
    expect(compareFrequencies(teacher, student)).toEqual({
      modes: 3,
      mae: 39,
      rmse: Math.sqrt((12100 + 36 + 1) / 3),
      max: 110,
      bias: (-110 + 6 + 1) / 3,
      relative: 39 / 200,
      imaginaryTeacher: 0,
      imaginaryStudent: 1,
    });
    const none = { frequencies: [], imaginary: 0 };
    expect(() => compareFrequencies(none, none)).toThrow(InvalidArgumentError);
    expect(() => compareFrequencies(teacher, none)).toThrow(InvalidArgumentError);
  });
});
