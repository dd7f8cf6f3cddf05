import { InvalidArgumentError } from '@mlffd/core';
import { expect, test } from '@jest/globals';
import { readSmiles } from '../src/molecules/fromSmiles.ts';
import { bundledSmiles } from '../src/molecules/bundledSmiles.ts';
import { generateSmiles } from '../src/molecules/generateSmiles.ts';
import { parseSmiles } from '../src/molecules/smilesSyntax.ts';

const COUNT = 3000;
const all = generateSmiles({ count: COUNT, seed: 1 });

function statistics(smiles: readonly string[]): {
  elements: Map<number, number>;
  sizes: Map<number, number>;
  ions: number;
} {
  const elements = new Map<number, number>();
  const sizes = new Map<number, number>();
  let ions = 0;
  for (const text of smiles) {
    const { atoms } = parseSmiles(text);
    for (const z of new Set(atoms.map(({ number }) => number))) {
      elements.set(z, (elements.get(z) ?? 0) + 1);
    }
    const size = atoms.filter(({ number }) => number > 1).length;
    sizes.set(size, (sizes.get(size) ?? 0) + 1);
    if (atoms.reduce((sum, { charge }) => sum + charge, 0) !== 0) ions++;
  }
  return { elements, sizes, ions };
}

test('3000 molecules are different, possible, and have closed shells', () => {
  expect(all).toHaveLength(COUNT);
  const codes = new Set<string>();
  let radicals = 0;
  let hydrogens = 0;
  for (const smiles of all) {
    const molecule = readSmiles(smiles, { stereo: false });
    for (let i = 0; i < molecule.getAllAtoms(); i++) radicals += molecule.getAtomRadical(i);
    if (molecule.getNumberOfHydrogens() > 0) hydrogens++;
    codes.add(molecule.getIDCode());
  }
  expect(codes.size).toBe(COUNT);
  expect(radicals).toBe(0);
  expect(hydrogens).toBeGreaterThan(0.9 * COUNT);
});

test('they have all elements, all sizes from 1 to 12, and some charges', () => {
  const { elements, sizes, ions } = statistics(all);
  for (const z of [6, 7, 8, 9, 15, 16, 17, 35]) {
    expect(elements.get(z)).toBeGreaterThan(COUNT / 40);
  }
  expect([...sizes.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(sizes.get(12)).toBeGreaterThan(COUNT / 40);
  expect(ions).toBeGreaterThan(COUNT / 40);
  expect(ions).toBeLessThan(COUNT / 5);
});

test('the list depends on the seed alone, and goes on where a shorter one ends', () => {
  expect(generateSmiles({ count: 50, seed: 1 })).toEqual(all.slice(0, 50));
  expect(generateSmiles({ count: 50, seed: 2 })).not.toEqual(all.slice(0, 50));
});

test('the bundled list is the beginning of what the generator makes', () => {
  const bundled = bundledSmiles();
  expect(bundled.slice(0, COUNT)).toEqual(all);
  expect(new Set(bundled).size).toBe(4000);
  expect(bundledSmiles(10, 5)).toEqual(all.slice(10, 15));
  for (const [skip, count] of [
    [4000, 1],
    [0, 4001],
    [-1, 2],
    [0, 0],
    [0.5, 1],
  ]) {
    expect(() => bundledSmiles(skip, count)).toThrow(InvalidArgumentError);
  }
});

test('limits are kept', () => {
  const options = { count: 80, seed: 3, maxHeavyAtoms: 4, charged: 0 };
  const { sizes, ions } = statistics(generateSmiles(options));
  expect(Math.max(...sizes.keys())).toBe(4);
  expect(ions).toBe(0);
});

test('more molecules than there are, and no counts, are refused', () => {
  for (const options of [
    { count: 1000, seed: 1, maxHeavyAtoms: 1 },
    { count: 0, seed: 1 },
    { count: 1, seed: 1, maxHeavyAtoms: 1.5 },
    { count: 1, seed: 1, charged: 2 },
  ]) {
    expect(() => generateSmiles(options)).toThrow(InvalidArgumentError);
  }
});
