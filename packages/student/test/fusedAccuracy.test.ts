import { describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, withPositions } from '@mlffd/core';
import { FusedPotential } from '../src/fused/fusedPotential.ts';
import { referenceResults } from '../src/referenceResults.ts';
import type { PainnConfig, Student, StudentConfig } from '../src/index.ts';
import { FUSED } from './backends.ts';
import { hashedParameters } from './formula.ts';
import { box, SMALL, water, worst } from './systems.ts';

/** Relative to the energy of the network, at least 0.1 eV. */
const ENERGY = 1e-5;
/** eV/Angstrom */
const FORCES = 1e-4;
/** Angstrom, for differences of fourth order: their own error is step^4 / 30 times fifth derivatives. */
const STEP = 0.015;
/**
 * eV/Angstrom: energies of 1 eV in float32 carry 1e-7 eV per atom, which a step of 0.015 Angstrom makes
 * 2e-5 eV/Angstrom; the differences themselves are as good.
 */
const DIFFERENCE = 1e-4;

const bessel = (count: number): PainnConfig['radialBasis'] => ({ type: 'bessel', count });
const gaussian = (count: number): PainnConfig['radialBasis'] => ({ type: 'gaussian', count });

/** Widths, depths and options, each with others of the rest. */
const CONFIGS: readonly Partial<StudentConfig>[] = [
  { features: 16, interactions: 1, radialBasis: bessel(2) },
  { features: 16, interactions: 5, radialBasis: gaussian(20), sharedFilters: true },
  { features: 17, interactions: 2, radialBasis: bessel(8), cutoffFunction: 'cosine' },
  { features: 18, interactions: 3, radialBasis: bessel(8), normSoftening: 0.1 },
  { features: 26, interactions: 2, radialBasis: bessel(20) },
  { features: 30, interactions: 3, radialBasis: gaussian(2), cutoffFunction: 'cosine' },
  { features: 32, interactions: 4, radialBasis: bessel(64), sharedFilters: true },
  { features: 44, interactions: 3, radialBasis: bessel(20) },
  { features: 64, interactions: 2, radialBasis: gaussian(64), cutoffFunction: 'cosine' },
  { features: 100, interactions: 2, radialBasis: bessel(7), sharedFilters: true },
  { features: 108, interactions: 3, radialBasis: bessel(20) },
  { features: 128, interactions: 1, radialBasis: gaussian(33) },
  { features: 256, interactions: 2, radialBasis: bessel(16), cutoffFunction: 'cosine' },
];

/** With the energies of the network alone: those of atoms would hide errors of the energy. */
function studentOf(change: Partial<StudentConfig>): Student {
  const config: StudentConfig = { ...SMALL, ...change };
  return {
    config,
    parameters: hashedParameters(config, 5),
    baseline: { energies: new Float64Array(100), scale: 1, elements: [1, 6, 7, 8] },
    provenance: {},
  };
}

const describeConfig = (config: Partial<StudentConfig>): string => {
  const { features, interactions, radialBasis, cutoffFunction, sharedFilters, normSoftening } = {
    ...SMALL,
    normSoftening: undefined,
    ...config,
  };
  const shared = sharedFilters === true ? ', shared' : '';
  const softened = normSoftening === undefined ? '' : `, softened by ${normSoftening}`;
  return `${features} x ${interactions}, ${radialBasis.count} ${radialBasis.type}, ${cutoffFunction}${shared}${softened}`;
};

const slab = createAtoms({ ...box(5, 3), pbc: [true, true, false] });

describe.each(CONFIGS.map((config) => [describeConfig(config), config] as const))(
  'a network of %s',
  (_, change) => {
    const student = studentOf(change);
    const structures = (change.features ?? 0) > 64 ? [water()] : [water(), box(6), slab];
    const exact = structures.map((atoms) => referenceResults(student, atoms));

    // Building a table takes longest: once is enough for wide networks.
    const ways = Object.entries(FUSED).filter(
      ([name]) => (change.features ?? 0) <= 32 || name !== 'fused, plain, table',
    );

    test.each(ways)('is on %s what it is in float64', (_name, options) => {
      const potential = new FusedPotential(student, options);
      structures.forEach((atoms, k) => {
        const { energy, forces } = potential.evaluate(atoms);
        const scale = Math.max(0.1, Math.abs(exact[k].energy));
        expect(Math.abs(energy - exact[k].energy) / scale).toBeLessThan(ENERGY);
        const count = 3 * atoms.numbers.length;
        expect(worst(forces.slice(0, count), exact[k].forces)).toBeLessThan(FORCES);
        const size = Math.abs(atoms.cell[0] * atoms.cell[4] * atoms.cell[8]);
        const { stress } = exact[k];
        if (stress === undefined) return;
        const found = potential.virial(new Float64Array(6)).map((w) => w / size);
        expect(worst(found, stress)).toBeLessThan(FORCES / size);
      });
    });
  },
);

describe.each(Object.entries(FUSED))('%s', (_, options) => {
  const potential = new FusedPotential(studentOf({ features: 22, interactions: 3 }), options);

  test.each([
    ['a molecule', water()],
    ['a film', slab],
    ['a crystal', box(8)],
  ] as const)('forces on %s are derivatives of its energy', (_name, atoms) => {
    const forces = potential.evaluate(atoms).forces.slice();
    const energyAt = (k: number, step: number): number => {
      const positions = atoms.positions.slice();
      positions[k] += step;
      return potential.evaluate(withPositions(atoms, positions)).energy;
    };
    const slope = (k: number, step: number): number =>
      (energyAt(k, step) - energyAt(k, -step)) / (2 * step);
    for (let k = 0; k < atoms.positions.length; k++) {
      const derivative = (4 * slope(k, STEP) - slope(k, 2 * STEP)) / 3;
      expect(Math.abs(derivative + forces[k])).toBeLessThan(DIFFERENCE);
    }
  });

  test('the virial is the derivative with respect to strain', () => {
    const atoms: Atoms = box(8);
    const virial = potential.evaluate(atoms).virial(new Float64Array(6));
    const pairs = [[0, 0], [1, 1], [2, 2], [1, 2], [0, 2], [0, 1]]; // prettier-ignore
    const energyAt = ([a, b]: number[], strain: number): number => {
      const strained = (values: Float64Array): Float64Array =>
        values.map((x, k) => {
          const row = k - (k % 3);
          if (a === b) return k % 3 === a ? x * (1 + strain) : x;
          if (k % 3 === a) return x + 0.5 * strain * values[row + b];
          return k % 3 === b ? x + 0.5 * strain * values[row + a] : x;
        });
      const moved = withPositions(atoms, strained(atoms.positions), strained(atoms.cell));
      return potential.evaluate(moved).energy;
    };
    // A strain moves neighbours by some Angstrom times as much, and sums over all pairs.
    const step = STEP / 4;
    pairs.forEach((axes, k) => {
      const slope = (h: number): number => (energyAt(axes, h) - energyAt(axes, -h)) / (2 * h);
      const derivative = (4 * slope(step) - slope(2 * step)) / 3;
      expect(Math.abs(derivative - virial[k])).toBeLessThan(10 * DIFFERENCE);
    });
  });
});
