import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError, InvalidAtomsError } from '@mlffd/core';
import { prototypeCrystal } from '../src/build/crystals.ts';
import { ionicRadius } from '../src/build/ionicRadii.ts';
import { estimateLattice } from '../src/build/latticeEstimate.ts';
import type { LatticeEstimate } from '../src/build/latticeEstimate.ts';
import type { PrototypeName } from '../src/build/prototypes.ts';

type Measured = Partial<Record<PrototypeName, Record<string, number>>>;

// Measured lattice constants a at room temperature, Angstrom.
const METALS: Measured = {
  fcc: { Cu: 3.615, Al: 4.05, Au: 4.078, Pb: 4.95 },
  bcc: { Fe: 2.866, W: 3.165, Na: 4.291 },
  hcp: { Mg: 3.209, Ti: 2.951 },
};
const COVALENT: Measured = {
  diamond: { C: 3.567, Si: 5.431, Ge: 5.658 },
  cscl: { 'Ni Al': 2.887, 'Cu Zn': 2.95 },
  zincblende: { 'Ga As': 5.653, 'Zn S': 5.409, 'In P': 5.869, 'Cd Te': 6.482, 'Si C': 4.36 },
  wurtzite: { 'Ga N': 3.189, 'Al N': 3.112, 'Cd S': 4.136, 'In N': 3.545 },
};
const IONIC: Measured = {
  rocksalt: {
    'Mg O': 4.212,
    'Na Cl': 5.64,
    'K Br': 6.6,
    'Ti N': 4.241,
    'Fe O': 4.307,
    'Pb S': 5.936,
  },
  cscl: { 'Cs Cl': 4.123, 'Cs I': 4.567, 'Tl Cl': 3.834 },
  wurtzite: { 'Zn O': 3.25, 'Be O': 2.698 },
  fluorite: { 'Ca F': 5.463, 'Ce O': 5.411, 'U O': 5.47, 'Ba F': 6.2 },
  antifluorite: { 'Li O': 4.619, 'Na S': 6.539, 'Li S': 5.72 },
  rutile: { 'Ti O': 4.594, 'Sn O': 4.737, 'Mg F': 4.621, 'Ru O': 4.492, 'Si O': 4.179 },
  perovskite: {
    'Sr Ti O': 3.905,
    'K Mg F': 3.989,
    'La Al O': 3.79,
    'Cs Pb I': 6.29,
    'Ba Zr O': 4.193,
  },
  spinel: { 'Mg Al O': 8.083, 'Zn Fe O': 8.441, 'Mg Cr O': 8.333, 'Co Al O': 8.104 },
};

/** What the documentation promises: largest and mean relative error. */
const PROMISED: [LatticeEstimate['radii'], Measured, { largest: number; mean: number }][] = [
  ['metallic', METALS, { largest: 0.015, mean: 0.005 }],
  ['covalent', COVALENT, { largest: 0.06, mean: 0.025 }],
  ['ionic', IONIC, { largest: 0.04, mean: 0.015 }],
];

describe('estimated lattice constants', () => {
  test.each(PROMISED)('%s radii are as good as promised', (radii, measured, promised) => {
    const errors = Object.entries(measured).flatMap(([name, crystals]) =>
      Object.entries(crystals).map(([elements, a]) => {
        const estimate = estimateLattice(name as PrototypeName, elements.split(' '));
        expect([name, elements, estimate.radii]).toEqual([name, elements, radii]);
        return Math.abs(estimate.a / a - 1);
      }),
    );
    expect(Math.max(...errors)).toBeLessThan(promised.largest);
    expect(errors.reduce((sum, e) => sum + e, 0) / errors.length).toBeLessThan(promised.mean);
  });

  test('the crystal has them', () => {
    const { a, u } = estimateLattice('spinel', ['Mg', 'Al', 'O']);
    // Measured 0.3872 (with the tetrahedral site at the origin).
    expect(u).toBeCloseTo(0.3872, 2);
    const atoms = prototypeCrystal('spinel', ['Mg', 'Al', 'O']);
    expect(atoms.cell[0]).toBe(a);
    expect(prototypeCrystal('rutile', ['Ti', 'O'], { c: 3 }).cell[8]).toBeCloseTo(3, 12);
  });

  test('an element that is no metal gets a close-packed cell from its covalent radius', () => {
    // fcc silicon, from density functional theory: 3.87.
    expect(estimateLattice('fcc', ['Si']).a).toBeCloseTo(3.87, 0);
  });

  test('charges that balance are found among less common ones', () => {
    // Ti is +4 in rutile, +2 in TiO.
    const oxide = estimateLattice('rocksalt', ['Ti', 'O']);
    expect(oxide.radii).toBe('ionic');
    expect(oxide.a).toBeCloseTo(2 * (0.86 + 1.4), 10);
    // No charges balance in Mg2Si, nor where the anion comes first.
    expect(estimateLattice('antifluorite', ['Mg', 'Si']).radii).toBe('covalent');
  });

  test('a missing coordination is interpolated, a missing charge is not', () => {
    expect(ionicRadius('O', -2, 6)).toBe(1.4);
    expect(ionicRadius('Cl', -1, 8)).toBe(1.81);
    expect(ionicRadius('Rh', 3, 4)).toBeCloseTo(0.665 * (4 / 6) ** (1 / 8), 12);
    expect(ionicRadius('Na', 2, 6)).toBeNaN();
    expect(ionicRadius('He', 1, 6)).toBeNaN();
  });

  test('wrong lists of elements are refused', () => {
    expect(() => estimateLattice('spinel', ['Mg', 'O'])).toThrow(InvalidArgumentError);
    expect(() => estimateLattice('rocksalt', ['Mg', 'Oo'])).toThrow(InvalidAtomsError);
  });
});
