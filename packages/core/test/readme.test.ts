import { expect, test } from '@jest/globals';
import {
  type Calculator,
  checkCalculator,
  createAtoms,
  neighborList,
  readExtxyz,
  repeatAtoms,
  writeExtxyz,
} from '../src/index.ts';
import { PairPotential } from './support/pairPotential.ts';

test('the example of the README prints what it says', () => {
  const salt = createAtoms({
    symbols: ['Na', 'Cl'],
    positions: [
      [0, 0, 0],
      [2.82, 0, 0],
    ],
    cell: [0, 2.82, 2.82, 2.82, 0, 2.82, 2.82, 2.82, 0],
    pbc: true,
  });
  const list = neighborList(salt, 3);
  expect([list.count, list.distances[0]]).toEqual([12, 2.82]);
  const text = writeExtxyz([{ atoms: repeatAtoms(salt, [2, 2, 2]), results: { energy: -54.1 } }]);
  const [frame] = readExtxyz(text);
  expect([frame.atoms.numbers.length, frame.results.energy]).toEqual([16, -54.1]);
});

test('the tolerances that the README gives for float32 suit a potential rounded to float32', async () => {
  const molecule = createAtoms({
    symbols: ['C', 'O', 'C'],
    positions: [0, 0, 0, 1.9, 0.3, 0.1, -0.8, 2.1, 0.4],
  });
  const exact = new PairPotential(undefined, ['energy', 'forces']);
  const rounded: Calculator = {
    name: 'rounded',
    properties: exact.properties,
    cutoff: exact.cutoff,
    elements: exact.elements,
    calculate: (atoms, properties) => {
      const { energy, forces } = exact.calculate(atoms, properties);
      return {
        ...(energy === undefined ? {} : { energy: Math.fround(energy) }),
        ...(forces === undefined ? {} : { forces: forces.map((f) => Math.fround(f)) }),
      };
    },
    dispose: () => undefined,
  };
  const { failures } = await checkCalculator(rounded, {
    structures: [molecule],
    tolerances: {
      forces: 5e-3,
      stress: 1e-4,
      energy: 1e-6,
      symmetry: 1e-4,
      smoothness: 1e-3,
      sum: 1e-6,
      repeat: 1e-6,
    },
    steps: { displacement: 1e-2, cutoff: 1e-3 },
  });
  expect(failures).toEqual([]);
});
