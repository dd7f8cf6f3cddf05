import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  type Atoms,
  copyAtoms,
  COULOMB,
  createAtoms,
  InvalidAtomsError,
  neighborList,
} from '@mlffd/core';
import fc from 'fast-check';
import { ZblPair, zblRange } from '../src/zbl/zblPair.ts';
import { zblEnergy } from '../src/zbl/zblEnergy.ts';
import { worst } from './systems.ts';

/** LAMMPS sums the same terms in another order, and less a shift below 1e-11 eV at its end. */
const SAME = 1e-12;
/** Error of central differences with steps of 1e-5, relative to the size of the derivative. */
const DIFFERENCES = 1e-7;
const STEP = 1e-5;
/** Angstrom: second differences of a derivative. */
const STEP_OF_BEND = 1e-4;

interface GoldenCase {
  readonly name: string;
  readonly numbers: number[];
  readonly positions: number[];
  readonly energy: number;
  readonly energies: number[];
  readonly forces: number[];
}

const golden = JSON.parse(readFileSync(new URL('fixtures/zbl.json', import.meta.url), 'utf8')) as {
  readonly coulomb: number;
  readonly cases: GoldenCase[];
};

/** Atoms of several elements so close that most pairs repel. */
function crowd(): Atoms {
  return createAtoms({
    symbols: ['H', 'C', 'N', 'O', 'S'],
    positions: [
      [0.1, 0, 0.2],
      [0.9, 0.1, -0.1],
      [0.4, 1.0, 0.3],
      [1.3, 1.1, 0.2],
      [0.6, 0.5, 1.4],
    ],
    cell: [
      [2.1, 0, 0],
      [0.3, 2.2, 0],
      [-0.2, 0.1, 2.4],
    ],
    pbc: true,
  });
}

const CUTOFF = 5;
const repulsion = (atoms: Atoms): ReturnType<typeof zblEnergy> =>
  zblEnergy(atoms, neighborList(atoms, CUTOFF));

const relative = (found: ArrayLike<number>, expected: ArrayLike<number>): number =>
  worst(found, expected) / Math.max(...Array.from(expected, Math.abs));

describe('without the envelope', () => {
  test.each(golden.cases.map((entry) => [entry.name, entry] as const))(
    'it is the repulsion that LAMMPS computes: %s',
    (_, { numbers, positions, energy, energies, forces }) => {
      const places = Array.from(numbers, (__, k) => positions.slice(3 * k, 3 * k + 3));
      const atoms = createAtoms({ numbers, positions: places });
      const found = zblEnergy(atoms, neighborList(atoms, 30), { envelope: false });
      // The same formula with our value of the Coulomb constant.
      const ratio = COULOMB / golden.coulomb;
      const scaled = (values: number[]): number[] => values.map((value) => ratio * value);
      expect(relative([found.energy], scaled([energy]))).toBeLessThan(SAME);
      expect(relative(found.energies, scaled(energies))).toBeLessThan(SAME);
      expect(relative(found.forces, scaled(forces))).toBeLessThan(SAME);
    },
  );

  test('charges that touch repel as bare charges do', () => {
    const { energy } = new ZblPair().choose(8, 14, Infinity).at(1e-6);
    expect(relative([energy * 1e-6], [COULOMB * 8 * 14])).toBeLessThan(1e-4);
  });
});

describe('the repulsion of nuclei', () => {
  test('forces are minus the gradient', () => {
    const atoms = crowd();
    const { forces } = repulsion(atoms);
    const expected = Array.from(atoms.positions, (_, k) => {
      const [above, below] = [STEP, -STEP].map((step) => {
        const moved = copyAtoms(atoms);
        moved.positions[k] += step;
        return repulsion(moved).energy;
      });
      return (below - above) / (2 * STEP);
    });
    expect(relative(forces, expected)).toBeLessThan(DIFFERENCES);
  });

  test('the virial is the derivative with respect to strain', () => {
    const atoms = crowd();
    const { virial } = repulsion(atoms);
    const components = [
      [0, 0],
      [1, 1],
      [2, 2],
      [1, 2],
      [0, 2],
      [0, 1],
    ];
    const expected = components.map(([a, b]) => {
      const [above, below] = [STEP, -STEP].map((step) => {
        const strained = copyAtoms(atoms);
        for (const values of [strained.positions, strained.cell]) {
          for (let k = 0; k < values.length; k += 3) {
            const [u, v] = [values[k + a], values[k + b]];
            values[k + a] += 0.5 * step * v;
            values[k + b] += 0.5 * step * u;
          }
        }
        return repulsion(strained).energy;
      });
      return (above - below) / (2 * STEP);
    });
    expect(relative(virial, expected)).toBeLessThan(DIFFERENCES);
  });

  test('ends at a part of the covalent radii, where no bond comes near', () => {
    const reach = 0.7;
    const pairOf = (distance: number): Atoms =>
      createAtoms({ symbols: ['O', 'H'], positions: [0, 0, 0, distance, 0, 0] });
    const at = (distance: number): ReturnType<typeof zblEnergy> => {
      const atoms = pairOf(distance);
      return zblEnergy(atoms, neighborList(atoms, CUTOFF), { reach });
    };
    const end = zblRange(8, 1, reach);
    expect(end).toBeCloseTo(reach * zblRange(8, 1), 14);
    expect(at(end).energy).toBe(0);
    expect(at(0.99 * end).energy).toBeGreaterThan(0);
    const force = (at(0.5 + STEP).energy - at(0.5 - STEP).energy) / (2 * STEP);
    expect(relative([at(0.5).forces[0]], [force])).toBeLessThan(DIFFERENCES);
    // The shortest bonds, stretched down by a tenth of an Angstrom: N2, C2H2, CO, O-H, H2.
    for (const [a, b, length] of [
      [7, 7, 1.1],
      [6, 6, 1.2],
      [6, 8, 1.13],
      [8, 1, 0.96],
      [1, 1, 0.74],
    ]) {
      expect(zblRange(a, b, reach)).toBeLessThan(length - 0.1);
    }
  });

  test('at the sum of the radii the third derivative of O-H jumps by some 1,900 eV/Angstrom^3', () => {
    const pair = new ZblPair().choose(8, 1);
    const end = zblRange(8, 1);
    const slopes = [0, -STEP_OF_BEND, -2 * STEP_OF_BEND].map(
      (step) => pair.at(end + step).derivative,
    );
    // Beyond the end all derivatives are zero.
    const third = (slopes[2] - 2 * slopes[1] + slopes[0]) / STEP_OF_BEND ** 2;
    expect(Math.abs(third)).toBeGreaterThan(1850);
    expect(Math.abs(third)).toBeLessThan(1950);
  });

  test('energies of atoms add up, and forces cancel', () => {
    const { energy, energies, forces } = repulsion(crowd());
    expect(relative([energies.reduce((sum, e) => sum + e, 0)], [energy])).toBeLessThan(SAME);
    for (let axis = 0; axis < 3; axis++) {
      const sum = forces.filter((__, k) => k % 3 === axis).reduce((a, f) => a + f, 0);
      expect(Math.abs(sum) / Math.max(...forces)).toBeLessThan(SAME);
    }
  });

  test('any two elements repel at any distance, less the farther apart', () => {
    const element = fc.integer({ min: 1, max: 118 });
    const pair = new ZblPair();
    fc.assert(
      fc.property(element, element, fc.double({ min: 1e-5, max: 1, noNaN: true }), (a, b, part) => {
        const end = zblRange(a, b);
        const { energy, derivative } = pair.choose(a, b).at(part * end);
        expect(Number.isFinite(energy) && Number.isFinite(derivative)).toBe(true);
        expect(energy).toBeGreaterThanOrEqual(0);
        expect(derivative).toBeLessThanOrEqual(0);
        expect(pair.choose(b, a).at(part * end).energy).toBe(energy);
      }),
      { seed: 1 },
    );
  });

  test('energy, force and curvature go to zero where the covalent radii end', () => {
    const end = zblRange(6, 8);
    expect(end).toBeCloseTo(0.76 + 0.66, 12);
    const pair = new ZblPair().choose(6, 8);
    const size = new ZblPair().choose(6, 8, Infinity).at(end).energy;
    // Near the end the energy is (1 - x)^3 times 56, so the force is its square, the curvature linear.
    for (const rest of [1e-2, 1e-4, 1e-6]) {
      const { energy, derivative } = pair.at(end * (1 - rest));
      expect(energy).toBeLessThan(100 * size * rest ** 3);
      expect(-derivative).toBeLessThan((300 * size * rest ** 2) / end);
      const slope = pair.at(end * (1 - rest * 1.001)).derivative - derivative;
      expect(Math.abs(slope / (0.001 * rest * end))).toBeLessThan((600 * size * rest) / end ** 2);
    }
    for (const r of [end, end + 1e-9, 10]) {
      expect(pair.at(r)).toMatchObject({ energy: 0, derivative: 0 });
    }
  });

  test('a list that ends before the covalent radii ends the envelope as smoothly', () => {
    const caesium = (r: number): Atoms =>
      createAtoms({
        symbols: ['Cs', 'Cs'],
        positions: [
          [0, 0, 0],
          [r, 0, 0],
        ],
      });
    const at = (r: number): number => {
      const atoms = caesium(r);
      return zblEnergy(atoms, neighborList(atoms, 3)).energy;
    };
    expect(at(2)).toBeGreaterThan(0.1);
    expect(at(2.999)).toBeLessThan(1e-6);
    expect(at(2.999)).toBeGreaterThan(0);
  });

  test('atoms at one place are named', () => {
    const atoms = createAtoms({
      symbols: ['H', 'O', 'C'],
      positions: [
        [0, 0, 0],
        [1, 0, 0],
        [1, 0, 0],
      ],
    });
    expect(() => repulsion(atoms)).toThrow(InvalidAtomsError);
    expect(() => repulsion(atoms)).toThrow('O (atom 1) and C (atom 2) are at one place');
    // Even without the envelope.
    const list = neighborList(atoms, CUTOFF);
    expect(() => zblEnergy(atoms, list, { envelope: false })).toThrow(InvalidAtomsError);
  });
});
