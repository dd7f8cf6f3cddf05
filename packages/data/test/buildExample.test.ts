import { expect, test } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import {
  cluster,
  crystalSet,
  elementLists,
  packBox,
  prototypeCrystal,
  slab,
  substitute,
  supercell,
  vacancies,
} from '../src/index.ts';

test('the calls of the README give what they say', () => {
  const water = createAtoms({
    symbols: ['O', 'H', 'H'],
    positions: [0, 0, 0, 0.96, 0, 0, -0.24, 0.93, 0],
  });
  const parents = crystalSet({
    prototypes: ['rocksalt', 'spinel'],
    elements: [...elementLists(['Mg', 'Ca'], ['O']), ['Mg', 'Al', 'O']],
    strains: [-0.03, 0, 0.03],
  });
  // Two oxides fit rock salt, one spinel; each at three strains.
  expect(parents).toHaveLength(9);
  const oxide = prototypeCrystal('rocksalt', ['Mg', 'O'], { a: 4.212, repeat: [2, 2, 2] });
  const doped = substitute(oxide, { from: 'Mg', to: 'Ca', fraction: 0.25, seed: 1 });
  expect(doped.numbers.filter((z) => z === 20)).toHaveLength(8);
  const defective = vacancies(doped, { count: 1, elements: ['O'], seed: 1 });
  expect(defective.numbers).toHaveLength(oxide.numbers.length - 1);
  const surface = slab(oxide, { miller: [1, 1, 0], layers: 6, vacuum: 15 });
  expect(surface.pbc).toEqual([true, true, false]);
  const wide = supercell(surface, [
    [2, 0, 0],
    [0, 3, 0],
    [0, 0, 1],
  ]);
  expect(wide.numbers).toHaveLength(6 * surface.numbers.length);
  expect(cluster(oxide, { radius: 8 }).pbc).toEqual([false, false, false]);
  const liquid = packBox({ molecules: [{ atoms: water, count: 64 }], density: 1, seed: 1 });
  expect(liquid.numbers).toHaveLength(192);
});
