import { expect, test } from '@jest/globals';
import { type Atoms, checkCalculator, createAtoms } from '@mlffd/core';
import { ChgnetCalculator, LennardJones } from '../src/index.ts';
import { PERIODIC } from './fixtures.ts';

/** Titanium dioxide without any symmetry left, 6 atoms. */
const CRYSTAL: Atoms = createAtoms({
  symbols: ['Ti', 'Ti', 'O', 'O', 'O', 'O'],
  positions: [
    0.05, -0.02, 0.01, 2.34, 2.27, 1.52, 1.44, 1.37, 0.06, 3.16, 3.24, -0.05, 3.7, 0.92, 1.41, 0.88,
    3.69, 1.55,
  ],
  cell: [4.65, 0.12, -0.07, 0.21, 4.55, 0.1, -0.15, 0.08, 3.02],
  pbc: PERIODIC,
});

const MOLECULE: Atoms = createAtoms({
  symbols: ['C', 'O', 'H', 'H', 'H', 'H'],
  positions: [
    -0.05, 0.66, 0.01, -0.04, -0.76, 0.02, -1.09, 0.98, 0.03, 0.87, -1.05, -0.04, 0.44, 1.07, 0.89,
    0.46, 1.08, -0.9,
  ],
});

test('ChgnetCalculator keeps to the contract of calculators', async () => {
  const report = await checkCalculator(await ChgnetCalculator.load(), {
    structures: [
      { name: 'crystal', atoms: CRYSTAL },
      { name: 'molecule', atoms: MOLECULE },
    ],
    // The network is float32: energies carry some 1e-5 eV, which a difference divides by its step;
    // radial functions with a wavelength of 0.2 Angstrom allow no longer steps.
    tolerances: { forces: 3e-3, stress: 3e-4, energy: 1e-5, symmetry: 5e-4, smoothness: 2e-3 },
    steps: { displacement: 5e-3, strain: 4e-3, cutoff: 1e-3 },
  });
  expect(report.failures).toEqual([]);
  expect(report.checks.length).toBeGreaterThan(20);
});

test.each(['shifted-force', 'switch'] as const)(
  'LennardJones (%s) keeps to the contract of calculators',
  async (truncation) => {
    const report = await checkCalculator(
      new LennardJones({ epsilon: 0.05, sigma: 1.4, cutoff: 4.2, truncation }),
      { structures: [CRYSTAL, MOLECULE] },
    );
    expect(report.failures).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(20);
  },
);

test('LennardJones (shift) does, except that its forces jump at the cutoff', async () => {
  const calculator = new LennardJones({ epsilon: 0.05, sigma: 1.4, cutoff: 4.2 });
  // In the crystal, differences of energies step over pairs at the cutoff.
  for (const [atoms, skip] of [
    [MOLECULE, ['smooth-cutoff']],
    [CRYSTAL, ['smooth-cutoff', 'forces', 'stress']],
  ] as const) {
    const report = await checkCalculator(calculator, { structures: [atoms], skip });
    expect(report.failures).toEqual([]);
  }
});
