import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Calculator, createAtoms, GPA, InvalidArgumentError, neighborList } from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import { compareEnergyVolume, energyVolume } from '../src/scans/energyVolume.ts';
import { type EquationOfStateKind, fitEquationOfState } from '../src/scans/equationOfState.ts';
import { cubicFcc, later } from './potentials.ts';

interface Golden {
  readonly volumes: number[];
  readonly energies: number[];
  readonly fits: Readonly<
    Record<EquationOfStateKind, { volume: number; energy: number; bulkModulus: number }>
  >;
}

/** Made by tooling/python/md/equation_of_state.py with ASE 3.29 and EMT. */
const golden = JSON.parse(
  readFileSync(new URL('./fixtures/equation-of-state.json', import.meta.url), 'utf8'),
) as Golden;

/** ASE fits by nonlinear least squares, which stop at 1e-8; GPa of CODATA 2014 on both sides. */
const ASE_TOLERANCE = 1e-6;

const [EPSILON, SIGMA] = [0.1, 2.5];
const NEAREST = 2 ** (1 / 6) * SIGMA;

/** Lennard-Jones of nearest neighbours only, for densities near that of the crystal at rest. */
function nearestNeighbours(epsilon = EPSILON): Calculator {
  return calculatorOf('nearest-lj', (atoms) => {
    const { distances, count } = neighborList(atoms, 1.2 * NEAREST);
    let energy = 0;
    for (let e = 0; e < count; e++) {
      const s6 = (SIGMA / distances[e]) ** 6;
      energy += 2 * epsilon * (s6 * s6 - s6);
    }
    return energy;
  });
}

describe('fitEquationOfState', () => {
  test.each(['birch-murnaghan', 'polynomial'] as const)('%s: as ASE', (kind) => {
    const fit = fitEquationOfState(golden.volumes, golden.energies, kind);
    const expected = golden.fits[kind];
    expect(Math.abs((fit?.volume ?? 0) / expected.volume - 1)).toBeLessThan(ASE_TOLERANCE);
    expect(Math.abs((fit?.bulkModulus ?? 0) / expected.bulkModulus - 1)).toBeLessThan(
      ASE_TOLERANCE,
    );
    expect(Math.abs((fit?.energy ?? 0) - expected.energy)).toBeLessThan(ASE_TOLERANCE);
    expect(fit).toMatchObject({ kind, inside: true });
  });

  test('points on a curve of Birch and Murnaghan give its parameters back', () => {
    const [v0, e0, b0, slope] = [15.2, -3.7, 0.9, 4.6];
    const volumes = Array.from({ length: 9 }, (_, k) => v0 * (0.88 + 0.03 * k));
    const energies = volumes.map((v) => {
      const x = (v0 / v) ** (2 / 3) - 1;
      return e0 + ((9 * v0 * b0) / 16) * (x ** 3 * slope + x ** 2 * (6 - 4 * (x + 1)));
    });
    const fit = fitEquationOfState(volumes, energies);
    expect(fit?.volume).toBeCloseTo(v0, 8);
    expect(fit?.energy).toBeCloseTo(e0, 10);
    expect(fit?.bulkModulus).toBeCloseTo(b0 / GPA, 6);
    expect(fit?.pressureDerivative).toBeCloseTo(slope, 6);
    expect(fit?.residual).toBeLessThan(1e-12);
  });

  test('no minimum, too little to fit', () => {
    const volumes = [8, 9, 10, 11, 12];
    expect(
      fitEquationOfState(
        volumes,
        volumes.map((v) => -((v - 10) ** 2)),
      ),
    ).toMatchObject({
      inside: false,
    });
    expect(
      fitEquationOfState(
        volumes,
        volumes.map((v) => v + (v - 10) ** 3),
        'polynomial',
      ),
    ).toBe(undefined);
    for (const bad of [
      [8, 9, 10],
      [8, 9, 10, -1],
      [8, 9, 10, NaN],
    ]) {
      expect(() => fitEquationOfState(bad, bad)).toThrow(InvalidArgumentError);
    }
    expect(() => fitEquationOfState(volumes, [1, 2, 3, 4])).toThrow(InvalidArgumentError);
  });
});

describe('energyVolume', () => {
  const atoms = cubicFcc('Ar', Math.SQRT2 * NEAREST * 1.004);

  test('fcc with Lennard-Jones neighbours: V0 = sigma^3, B = 48 epsilon / sigma^3, B1 = 8', async () => {
    const curve = await energyVolume({
      calculator: nearestNeighbours(),
      atoms,
      range: [0.97, 1.03],
    });
    const { fit } = curve;
    expect(Math.abs((fit?.volume ?? 0) / SIGMA ** 3 - 1)).toBeLessThan(1e-5);
    expect(fit?.energy).toBeCloseTo(-6 * EPSILON, 6);
    const modulus = (48 * EPSILON) / SIGMA ** 3 / GPA;
    // Third order in strains of 3 % of a curve that is none of Birch and Murnaghan's.
    expect(Math.abs((fit?.bulkModulus ?? 0) / modulus - 1)).toBeLessThan(2e-3);
    expect(Math.abs((fit?.pressureDerivative ?? 0) - 8)).toBeLessThan(0.15);
    expect(curve.volume).toHaveLength(11);
    expect(JSON.parse(JSON.stringify(curve))).toEqual(curve);
  });

  test('student against teacher', async () => {
    const options = { atoms, range: [0.97, 1.03] as const };
    const teacher = await energyVolume({ ...options, calculator: nearestNeighbours() });
    const student = await energyVolume({ ...options, calculator: later(nearestNeighbours(0.12)) });
    const difference = compareEnergyVolume(teacher, student);
    expect(difference.volume).toBeCloseTo(0, 8);
    expect(difference.bulkModulus).toBeCloseTo(0.2, 6);
    expect(difference.pressureDerivative).toBeCloseTo(0, 5);
    // A fifth of the teacher's own spread.
    const known = teacher.energy.filter((energy) => energy !== null);
    const mean = known.reduce((sum, energy) => sum + energy, 0) / known.length;
    const spread = Math.sqrt(known.reduce((sum, e) => sum + (e - mean) ** 2, 0) / known.length);
    expect(difference.energyRmse).toBeCloseTo(0.2 * spread, 10);
    const other = await energyVolume({ ...options, points: 5, calculator: nearestNeighbours() });
    expect(() => compareEnergyVolume(teacher, other)).toThrow(InvalidArgumentError);
  });

  test('volumes without an answer, molecules', async () => {
    const nan = calculatorOf('nan', () => NaN);
    const curve = await energyVolume({ calculator: nan, atoms, points: 6 });
    expect(curve).toMatchObject({ fit: null, failures: 6, energy: Array(6).fill(null) });
    expect(compareEnergyVolume(curve, curve)).toEqual({
      volume: null,
      bulkModulus: null,
      pressureDerivative: null,
      energyRmse: null,
    });
    const molecule = createAtoms({ symbols: ['H'], positions: [0, 0, 0] });
    await expect(energyVolume({ calculator: nan, atoms: molecule })).rejects.toThrow(/crystal/);
  });
});
