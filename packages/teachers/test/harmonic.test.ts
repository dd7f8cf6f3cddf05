import { describe, expect, test } from '@jest/globals';
import {
  applyStrain,
  type Atoms,
  checkCalculator,
  type CheckName,
  createAtoms,
  InvalidArgumentError,
  InvalidAtomsError,
  Rng,
  UnsupportedElementError,
  withPositions,
} from '@mlffd/core';
import fc from 'fast-check';
import { HarmonicCrystal } from '../src/harmonic/harmonicCrystal.ts';
import { HarmonicNetwork } from '../src/harmonic/harmonicNetwork.ts';
import type { Spring } from '../src/harmonic/springs.ts';
import { StillingerWeber } from '../src/stillingerWeber/stillingerWeber.ts';
import { largestDifference } from './fixtures.ts';

// Energies of some eV in float64.
const ROUNDING = 1e-11;
// A quadratic energy: central differences are exact but for rounding, 1e-15 eV over a step of 1e-4.
const DIFFERENCES = 1e-9;

// Smaller than the cutoff below: atoms are bound to several images of one another and of themselves.
const CRYSTAL = createAtoms({
  symbols: ['Si', 'C', 'Si'],
  positions: [0.1, -0.1, 0, 1.6, 1.5, 0.2, 0.2, 1.4, 1.7],
  cell: [3.1, 0.2, -0.1, 0.3, 2.9, 0.2, -0.2, 0.1, 3.3],
  pbc: true,
});
const MOLECULE = createAtoms({
  symbols: ['C', 'O', 'H', 'H'],
  positions: [0, 0, 0, 0.1, 1.25, 0, 0.9, -0.6, 0.1, -0.9, -0.6, -0.1],
});

function rattled(atoms: Atoms, amplitude: number, seed = 1): Atoms {
  const rng = new Rng(seed, 'rattle');
  return withPositions(
    atoms,
    atoms.positions.map((x) => x + amplitude * rng.normal()),
  );
}

/** One structure only: its atoms cannot be exchanged or doubled. */
const NOT_FOR_ONE_STRUCTURE: readonly CheckName[] = ['permutation', 'extensivity'];

describe('HarmonicNetwork', () => {
  test.each([
    ['crystal', CRYSTAL, 3.6],
    ['molecule', MOLECULE, 2],
  ] as const)('of a %s keeps to the contract of calculators', async (_, reference, cutoff) => {
    const report = await checkCalculator(new HarmonicNetwork({ reference, cutoff, stiffness: 3 }), {
      structures: [rattled(reference, 0.1)],
      skip: NOT_FOR_ONE_STRUCTURE,
    });
    expect(report.failures).toEqual([]);
    expect(report.checks.length).toBeGreaterThanOrEqual(9);
  });

  test('has the energy of its springs', () => {
    const springs: Spring[] = [
      { atoms: [0, 1], stiffness: 4, length: 1.2 },
      { atoms: [2, 0], stiffness: 2.5 },
    ];
    const network = new HarmonicNetwork({ reference: MOLECULE, springs });
    const atoms = rattled(MOLECULE, 0.2);
    const distance = ({ positions: p }: Atoms, i: number, j: number): number =>
      Math.hypot(...[0, 1, 2].map((k) => p[3 * i + k] - p[3 * j + k]));
    const first = 2 * (distance(atoms, 0, 1) - 1.2) ** 2;
    const second = 1.25 * (distance(atoms, 0, 2) - distance(MOLECULE, 0, 2)) ** 2;
    const { energy, energies } = network.calculate(atoms, ['energy', 'energies']);
    expect(energy).toBeCloseTo(first + second, 12);
    expect([...energies!]).toEqual(
      [(first + second) / 2, first / 2, second / 2, 0].map((value) => expect.closeTo(value, 12)),
    );
  });

  test('is at rest in its reference; every pair within the cutoff has one spring', () => {
    const network = new HarmonicNetwork({ reference: CRYSTAL, cutoff: 3.6, stiffness: 3 });
    const { energy, forces, stress } = network.calculate(CRYSTAL, ['energy', 'forces', 'stress']);
    expect(energy).toBe(0);
    expect(largestDifference(forces!, new Float64Array(9))).toBe(0);
    expect(largestDifference(stress!, new Float64Array(6))).toBe(0);
    // Strained by 1 % along x, every spring stretches by 1 % of x^2/r to first order.
    const e = 1e-6;
    const strained = applyStrain(CRYSTAL, [e, 0, 0, 0, 0, 0, 0, 0, 0]);
    let expected = 0;
    let springs = 0;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        for (let image = 0; image < 125; image++) {
          const shift = [image % 5, Math.floor(image / 5) % 5, Math.floor(image / 25)];
          const vector = [0, 1, 2].map(
            (k) =>
              CRYSTAL.positions[3 * j + k] -
              CRYSTAL.positions[3 * i + k] +
              shift.reduce((sum, s, row) => sum + (s - 2) * CRYSTAL.cell[3 * row + k], 0),
          );
          const r = Math.hypot(...vector);
          if (r === 0 || r >= 3.6) continue;
          springs += 0.5;
          expected += 0.75 * ((e * vector[0] ** 2) / r) ** 2;
        }
      }
    }
    expect(network.size).toBe(springs);
    const found = network.calculate(strained, ['energy']).energy!;
    expect(Math.abs(found / expected - 1)).toBeLessThan(1e-4);
  });

  test('neither drift nor another image of an atom changes anything', () => {
    const network = new HarmonicNetwork({ reference: CRYSTAL, cutoff: 3.6, stiffness: 3 });
    const wholes = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 9, maxLength: 9 });
    const drift = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), {
      minLength: 3,
      maxLength: 3,
    });
    fc.assert(
      fc.property(wholes, drift, fc.nat(1000), (cells, way, seed) => {
        const atoms = rattled(CRYSTAL, 0.1, seed);
        const moved = withPositions(
          atoms,
          atoms.positions.map((x, k) => {
            const [i, axis] = [Math.floor(k / 3), k % 3];
            const images = [0, 1, 2].map(
              (row) => cells[3 * i + row] * CRYSTAL.cell[3 * row + axis],
            );
            return x + way[axis] + images[0] + images[1] + images[2];
          }),
        );
        const before = network.calculate(atoms, ['energy', 'forces']);
        const after = network.calculate(moved, ['energy', 'forces']);
        expect(Math.abs(after.energy! - before.energy!)).toBeLessThan(ROUNDING);
        expect(largestDifference(after.forces!, before.forces!)).toBeLessThan(ROUNDING);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test('a spring holds the image that it was given, or the closest', () => {
    const chain = createAtoms({
      symbols: ['Ar'],
      positions: [0, 0, 0],
      cell: [4, 4, 4],
      pbc: true,
    });
    const network = new HarmonicNetwork({
      reference: chain,
      springs: [{ atoms: [0, 0], shift: [1, 0, 0], stiffness: 2, length: 3 }],
    });
    // 1/2 2 (4 - 3)^2 eV; dE/dstrain = 2 * 1 * 4 eV over 64 Angstrom^3.
    const { energy, stress } = network.calculate(chain, ['energy', 'stress']);
    expect(energy).toBeCloseTo(1, 12);
    expect(stress![0]).toBeCloseTo(8 / 64, 12);
    const two = createAtoms({
      symbols: ['Ar', 'Ar'],
      positions: [0, 0, 0, 3.5, 0, 0],
      cell: [4, 4, 4],
      pbc: true,
    });
    const closest = new HarmonicNetwork({
      reference: two,
      springs: [{ atoms: [0, 1], stiffness: 2, length: 0 }],
    });
    expect(closest.calculate(two, ['energy']).energy).toBeCloseTo(0.25, 12);
  });

  test('a spring of no length pulls without a singularity, one with a length cannot', () => {
    const reference = createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 1, 0, 0] });
    const together = withPositions(reference, new Float64Array(6));
    const springs = [{ atoms: [0, 1] as const, stiffness: 2, length: 0 }];
    const soft = new HarmonicNetwork({ reference, springs });
    expect([...soft.calculate(together, ['forces']).forces!]).toEqual([0, 0, 0, 0, 0, 0]);
    const firm = new HarmonicNetwork({ reference, cutoff: 2, stiffness: 2 });
    expect(() => firm.calculate(together, ['forces'])).toThrow(InvalidAtomsError);
  });

  test('only distortions of the reference have an answer', () => {
    const network = new HarmonicNetwork({ reference: MOLECULE, cutoff: 2, stiffness: 2 });
    const foreign = createAtoms({ symbols: ['C', 'O', 'H', 'Ar'], positions: MOLECULE.positions });
    expect(() => network.calculate(foreign, ['energy'])).toThrow(UnsupportedElementError);
    const exchanged = createAtoms({ symbols: ['O', 'C', 'H', 'H'], positions: MOLECULE.positions });
    const fewer = createAtoms({ symbols: ['C', 'O'], positions: [0, 0, 0, 1, 0, 0] });
    const periodic = createAtoms({ ...MOLECULE, cell: [9, 9, 9], pbc: [true, false, false] });
    for (const atoms of [exchanged, fewer, periodic]) {
      expect(() => network.calculate(atoms, ['energy'])).toThrow(InvalidAtomsError);
    }
  });

  test('springs that cannot be are refused', () => {
    for (const springs of [
      [{ atoms: [0, 4] as const, stiffness: 1 }],
      [{ atoms: [0, 0] as const, stiffness: 1 }],
      [{ atoms: [0, 1] as const, stiffness: -1 }],
      [{ atoms: [0, 1] as const, stiffness: 1, length: NaN }],
      [{ atoms: [0, 1] as const, stiffness: 1, shift: [1, 0, 0] as const }],
    ]) {
      expect(() => new HarmonicNetwork({ reference: MOLECULE, springs })).toThrow(
        InvalidArgumentError,
      );
    }
    for (const options of [
      {},
      { cutoff: 2 },
      { cutoff: -1, stiffness: 1 },
      { springs: [], cutoff: 1 },
    ]) {
      expect(() => new HarmonicNetwork({ reference: MOLECULE, ...options })).toThrow(
        InvalidArgumentError,
      );
    }
  });
});

describe('HarmonicCrystal', () => {
  /** Force constants of silicon, by differences of exact forces. */
  function silicon(): { reference: Atoms; hessian: Float64Array; energy: number } {
    const a = 5.43095;
    const reference = createAtoms({
      symbols: ['Si', 'Si'],
      positions: [0, 0, 0, a / 4, a / 4, a / 4],
      cell: [0, a / 2, a / 2, a / 2, 0, a / 2, a / 2, a / 2, 0],
      pbc: true,
    });
    const potential = new StillingerWeber();
    const hessian = new Float64Array(36);
    const h = 1e-4;
    for (let k = 0; k < 6; k++) {
      for (const sign of [1, -1]) {
        const positions = reference.positions.slice();
        positions[k] += sign * h;
        const { forces } = potential.calculate(withPositions(reference, positions), ['forces']);
        for (let m = 0; m < 6; m++) hessian[6 * m + k] -= (sign * forces![m]) / (2 * h);
      }
    }
    const { energy } = potential.calculate(reference, ['energy']);
    return { reference, hessian, energy: energy! };
  }

  test('keeps to the contract of calculators, but for what an expansion does not have', async () => {
    const options = silicon();
    const report = await checkCalculator(new HarmonicCrystal(options), {
      structures: [rattled(options.reference, 0.05)],
      skip: [...NOT_FOR_ONE_STRUCTURE, 'rotation'],
    });
    expect(report.failures).toEqual([]);
    expect(report.checks.length).toBeGreaterThanOrEqual(8);
  });

  test('is the potential that it expands, to second order', () => {
    const options = silicon();
    const crystal = new HarmonicCrystal(options);
    const potential = new StillingerWeber();
    const error = (amplitude: number): number => {
      const atoms = rattled(options.reference, amplitude);
      const [a, b] = [crystal, potential].map((own) => own.calculate(atoms, ['energy']).energy!);
      return Math.abs(a - b);
    };
    // What is left out is of third order: 1000 times less at a tenth of the amplitude.
    expect(error(0.01)).toBeLessThan(1e-4);
    expect(error(0.001) / error(0.01)).toBeLessThan(2e-3);
  });

  test('forces are exactly those of a quadratic energy, in any drift and image', () => {
    const options = silicon();
    const crystal = new HarmonicCrystal(options);
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: -3, max: 3 }), fc.nat(5), (seed, cells, k) => {
        const atoms = rattled(options.reference, 0.05, seed);
        const wrapped = atoms.positions.slice();
        for (let axis = 0; axis < 3; axis++) wrapped[3 + axis] += cells * atoms.cell[axis];
        const { energy, forces } = crystal.calculate(atoms, ['energy', 'forces']);
        const other = crystal.calculate(withPositions(atoms, wrapped), ['energy', 'forces']);
        expect(Math.abs(other.energy! - energy!)).toBeLessThan(ROUNDING);
        const h = 1e-3;
        const [plus, minus] = [h, -h].map((step) => {
          const positions = atoms.positions.slice();
          positions[k] += step;
          return crystal.calculate(withPositions(atoms, positions), ['energy']).energy!;
        });
        expect(Math.abs(forces![k] + (plus - minus) / (2 * h))).toBeLessThan(DIFFERENCES);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test('a matrix of the wrong kind, and another cell, are refused', () => {
    const { reference, hessian } = silicon();
    const wrong = [
      hessian.slice(1),
      hessian.map((x, k) => (k === 1 ? 9 : x)),
      hessian.fill(NaN, 0, 1),
    ];
    for (const matrix of wrong) {
      expect(() => new HarmonicCrystal({ reference, hessian: matrix })).toThrow(
        InvalidArgumentError,
      );
    }
    const crystal = new HarmonicCrystal(silicon());
    const strained = applyStrain(reference, [0.01, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(() => crystal.calculate(strained, ['energy'])).toThrow(InvalidAtomsError);
    expect(() => new HarmonicCrystal({ ...silicon(), energy: NaN })).toThrow(InvalidArgumentError);
  });

  test('fingerprints tell springs and matrices apart', () => {
    const options = silicon();
    const { fingerprint } = new HarmonicCrystal(options);
    expect(new HarmonicCrystal(silicon()).fingerprint).toBe(fingerprint);
    expect(new HarmonicCrystal({ ...options, energy: 0 }).fingerprint).not.toBe(fingerprint);
    options.hessian[0] += 1e-9;
    expect(new HarmonicCrystal(options).fingerprint).not.toBe(fingerprint);
    const network = (stiffness: number): string =>
      new HarmonicNetwork({ reference: MOLECULE, cutoff: 2, stiffness }).fingerprint;
    expect(network(2)).toBe(network(2));
    expect(network(2)).not.toBe(network(3));
  });
});
