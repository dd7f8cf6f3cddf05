import { describe, expect, test } from '@jest/globals';
import { type Atoms, withPositions } from '@mlffd/core';
import fc from 'fast-check';
import type { StudentConfig } from '../src/config.ts';
import { countParameters, initializeParameters, parameterSpecs } from '../src/parameters.ts';
import {
  answeredAtoms,
  electronicGolden,
  gridMolecule,
  onEdges,
  onPairs,
} from './electronicReference.ts';
import { hashedParameters } from './formula.ts';
import { goldenAtoms } from './golden.ts';
import { box, SMALL, water, worst } from './systems.ts';

/** schnetpack adds 1e-8 to a sum of shares that is one, and so changes what a charge adds by that part. */
const GOLDEN = 3e-8;
/** Positions of pairs are float32. */
const ROUNDED = 1e-6;
/** Float64 in another order. */
const SAME = 1e-11;
/** Central differences over 1e-4 A in float64: h^2 times third derivatives of order one. */
const DIFFERENCE = 1e-7;
const STEP = 1e-4;

const BOTH: StudentConfig = { ...SMALL, features: 8, charge: true, spin: true };
const parameters = hashedParameters(BOTH, 4);

const ethanol = (charge: number, spin: number): Atoms => ({
  ...goldenAtoms('ethanol'),
  charge,
  spin,
});

describe('equality with schnetpack 2.1.1 in float64', () => {
  for (const { name, config, seed, results } of electronicGolden.cases) {
    const weights = hashedParameters(config, seed);
    for (const expected of results) {
      const { structure, charge, spin } = expected;
      test(`${name}: ${structure}, charge ${charge}, spin ${spin}`, () => {
        const atoms = answeredAtoms(expected);
        for (const options of [
          { oneStructure: true },
          { rows: 'dense' },
          { rows: 'chunked' },
        ] as const) {
          const [found] = onEdges(config, weights, [atoms], options);
          expect(Math.abs(found.energy - expected.energy)).toBeLessThan(GOLDEN);
          expect(worst(found.forces, expected.forces)).toBeLessThan(GOLDEN);
        }
        if (atoms.pbc.some(Boolean)) return;
        const [found] = onPairs(config, weights, [atoms]);
        expect(Math.abs(found.energy - expected.energy)).toBeLessThan(ROUNDED);
        expect(worst(found.forces, expected.forces)).toBeLessThan(ROUNDED);
      });
    }
  }
});

describe('structures of a batch', () => {
  const members = [
    ethanol(1, 1),
    { ...water(), charge: -2, spin: 0 },
    { ...box(12, 3, false), charge: 0, spin: 2 },
    // Neutral and closed: it has neither.
    water(),
  ].map((atoms) => gridMolecule(atoms));

  test.each(['dense', 'chunked'] as const)('know nothing of each other, %s rows', (rows) => {
    const found = onEdges(BOTH, parameters, members, { rows });
    members.forEach((atoms, b) => {
      const [alone] = onEdges(BOTH, parameters, [atoms], { oneStructure: true });
      expect(Math.abs(found[b].energy - alone.energy)).toBeLessThan(SAME);
      expect(worst(found[b].forces, alone.forces)).toBeLessThan(SAME);
    });
  });

  test('have the same numbers with a slot for every pair, beside atoms that only fill up', () => {
    const found = onPairs(BOTH, parameters, members);
    members.forEach((atoms, b) => {
      const [alone] = onEdges(BOTH, parameters, [atoms], { oneStructure: true });
      expect(Math.abs(found[b].energy - alone.energy)).toBeLessThan(SAME);
      expect(worst(found[b].forces, alone.forces)).toBeLessThan(SAME);
    });
  });
});

describe('the energy', () => {
  const energyOf = (atoms: Atoms): number =>
    onEdges(BOTH, parameters, [atoms], { oneStructure: true })[0].energy;

  test('is that of the student without the options where charge and spin are zero', () => {
    const plain: StudentConfig = { ...SMALL, features: 8 };
    for (const atoms of [ethanol(0, 0), goldenAtoms('rock salt'), water()]) {
      const [expected] = onEdges(plain, parameters, [atoms]);
      const [found] = onEdges(BOTH, parameters, [atoms]);
      expect(Math.abs(found.energy - expected.energy)).toBeLessThan(SAME);
      expect(worst(found.forces, expected.forces)).toBeLessThan(SAME);
    }
  });

  test('tells every charge and every spin apart', () => {
    const energies = [
      [0, 0],
      [1, 0],
      [-1, 0],
      [2, 0],
      [0, 1],
      [0, 2],
      [1, 1],
    ].map(([charge, spin]) => energyOf(ethanol(charge, spin)));
    energies.sort((a, b) => a - b);
    for (let k = 1; k < energies.length; k++) {
      expect(energies[k] - energies[k - 1]).toBeGreaterThan(1e4 * SAME);
    }
  });

  test('has the forces as its derivative', () => {
    const atoms = ethanol(-1, 1);
    const [{ forces }] = onEdges(BOTH, parameters, [atoms], { oneStructure: true });
    for (const k of [0, 4, 8, 13, 26]) {
      const moved = (step: number): number => {
        const positions = atoms.positions.slice();
        positions[k] += step;
        return energyOf(withPositions(atoms, positions));
      };
      const slope = (moved(STEP) - moved(-STEP)) / (2 * STEP);
      expect(Math.abs(forces[k] + slope)).toBeLessThan(DIFFERENCE);
    }
  });

  test('does not change when the structure is turned or its atoms change places', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -3, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
        fc.double({ min: 0, max: 6.3, noNaN: true }),
        (charge, spin, angle) => {
          const atoms = ethanol(charge, spin);
          const [c, s] = [Math.cos(angle), Math.sin(angle)];
          const order = [8, 3, 5, 1, 0, 2, 7, 6, 4];
          const positions = Float64Array.from(
            order.flatMap((i) => {
              const [x, y, z] = atoms.positions.subarray(3 * i, 3 * i + 3);
              return [c * x - s * y, z, s * x + c * y];
            }),
          );
          const numbers = Int32Array.from(order, (i) => atoms.numbers[i]);
          const turned = { ...atoms, numbers, positions };
          expect(Math.abs(energyOf(turned) - energyOf(atoms))).toBeLessThan(SAME);
        },
      ),
      { seed: 1, numRuns: 10 },
    );
  });
});

describe('parameters', () => {
  test('of the network are the same with the options, and those of the options start at no effect', () => {
    const plain = initializeParameters(SMALL, 5);
    const config: StudentConfig = { ...SMALL, charge: true, spin: true };
    const found = initializeParameters(config, 5);
    for (const [name, values] of plain) expect(found.get(name)).toEqual(values);
    expect(found.size).toBe(plain.size + 14);
    const [charged] = onEdges(config, found, [ethanol(1, 1)]);
    const [neutral] = onEdges(SMALL, plain, [ethanol(0, 0)]);
    expect(Math.abs(charged.energy - neutral.energy)).toBeLessThan(SAME);
    const change = [...found].filter(([name]) => name.endsWith('resblock.linear.weight'));
    expect(change.map(([, values]) => values.every((x) => x === 0))).toEqual([true, true]);
  });

  test('are those of schnetpack: 4 F^2 + F, and 2 F for each kind of key and value', () => {
    const F = SMALL.features;
    const more = (options: Partial<StudentConfig>): number =>
      countParameters({ ...SMALL, ...options }) - countParameters(SMALL);
    expect(more({ charge: true })).toBe(4 * F * F + 5 * F);
    expect(more({ spin: true })).toBe(4 * F * F + 3 * F);
    const names = parameterSpecs({ ...SMALL, spin: true }).map(({ name }) => name);
    expect(names).toContain('electronic_embeddings.0.linear_q.bias');
  });
});
