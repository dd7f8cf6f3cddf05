import { describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, masses, neighborList, symbols, volume } from '@mlffd/core';
import { BENCHMARK_KINDS, benchmarkSystems, grownCrystal } from '../src/index.ts';

/** One amu/Angstrom^3, g/cm^3. */
const GRAM_PER_CM3 = 1.66053904;
const SIZES = [10, 100, 1000];

const kinds = Object.fromEntries(
  BENCHMARK_KINDS.map((kind) => [kind, benchmarkSystems(kind, SIZES)] as const),
);

function density(atoms: Atoms): number {
  return (masses(atoms).reduce((sum, m) => sum + m, 0) / volume(atoms)) * GRAM_PER_CM3;
}

/** Lengths of the bonds between two elements, Angstrom. */
function lengths(atoms: Atoms, pair: readonly [string, string], below: number): number[] {
  const names = symbols(atoms);
  const list = neighborList(atoms, below);
  return Array.from({ length: list.count }, (_, e) => e)
    .filter((e) => names[list.centers[e]] === pair[0] && names[list.neighbors[e]] === pair[1])
    .map((e) => list.distances[e]);
}

/** Smallest distance between atoms whose distance along the chain of atoms says: another molecule. */
function closest(atoms: Atoms, molecule: (i: number) => number): number {
  const list = neighborList(atoms, 2.5);
  let least = Infinity;
  for (let e = 0; e < list.count; e++) {
    const isOther = molecule(list.centers[e]) !== molecule(list.neighbors[e]);
    if (isOther) least = Math.min(least, list.distances[e]);
  }
  return least;
}

describe('benchmarkSystems', () => {
  test('covers 10 to 1000 atoms of each kind', () => {
    expect(Object.values(kinds).map((systems) => systems.map(({ name }) => name))).toEqual([
      ['water-3', 'water-9-cluster', 'water-99-box', 'water-999-box'],
      ['methane-5', 'methane-10-cluster', 'methane-100-box', 'methane-1000-box'],
      ['alanine-22', 'alanine-100-box', 'alanine-1000-box'],
    ]);
    for (const { name, atoms } of Object.values(kinds).flat()) {
      expect(name).toContain(`-${String(atoms.numbers.length)}`);
      expect(atoms.pbc.every((flag) => flag === name.endsWith('box'))).toBe(true);
    }
  });

  test('water has the bonds and the angle of the gas, at 1 g/cm^3', () => {
    for (const { atoms } of kinds.water) {
      const bonds = lengths(atoms, ['O', 'H'], 1.2);
      expect(bonds).toHaveLength((2 * atoms.numbers.length) / 3);
      for (const bond of bonds) expect(bond).toBeCloseTo(0.9572, 10);
      // Across 104.52 degrees.
      const across = lengths(atoms, ['H', 'H'], 1.6);
      expect(across).toHaveLength((2 * atoms.numbers.length) / 3);
      for (const distance of across) expect(distance).toBeCloseTo(1.51391, 4);
      if (atoms.pbc[0]) expect(density(atoms)).toBeCloseTo(1, 10);
      expect(closest(atoms, (i) => Math.floor(i / 3))).toBeGreaterThan(1.6);
    }
  });

  test('methane is a tetrahedron, as dense as the liquid', () => {
    for (const { atoms } of kinds.methane) {
      const bonds = lengths(atoms, ['C', 'H'], 1.3);
      expect(bonds).toHaveLength((4 * atoms.numbers.length) / 5);
      for (const bond of bonds) expect(bond).toBeCloseTo(1.087, 10);
      const edges = lengths(atoms, ['H', 'H'], 1.79);
      for (const edge of edges) expect(edge).toBeCloseTo(1.087 * Math.sqrt(8 / 3), 10);
      expect(edges).toHaveLength((12 * atoms.numbers.length) / 5);
      if (atoms.pbc[0]) expect(density(atoms)).toBeCloseTo(0.4224, 10);
    }
  });

  test('alanine dipeptide has its bonds, and water around it', () => {
    const [molecule, small, large] = kinds.alanine.map(({ atoms }) => atoms);
    expect(symbols(molecule).toSorted().join('')).toBe(`${'C'.repeat(6)}${'H'.repeat(12)}NNOO`);
    // Two carbonyls, ten C-H and two N-H bonds.
    const within = (pair: [string, string], low: number, high: number): number =>
      lengths(molecule, pair, high).filter((length) => length > low).length;
    expect(within(['C', 'O'], 1.15, 1.3)).toBe(2);
    expect(within(['C', 'H'], 1.05, 1.13)).toBe(10);
    expect(within(['N', 'H'], 0.97, 1.06)).toBe(2);
    expect(within(['C', 'N'], 1.3, 1.5)).toBe(4);
    for (const box of [small, large]) {
      expect(density(box)).toBeCloseTo(1, 10);
      const own = (i: number): number => (i < 22 ? 0 : 1 + Math.floor((i - 22) / 3));
      expect(closest(box, own)).toBeGreaterThan(1.6);
    }
  });

  test('gives the same again', () => {
    expect(benchmarkSystems('water', [100])[1].atoms).toEqual(kinds.water[2].atoms);
  });

  test.each([0, -3, 2.5, NaN])('refuses a size of %p', (size) => {
    expect(() => benchmarkSystems('water', [size])).toThrow(
      expect.objectContaining({ code: 'data/invalid-option' }),
    );
  });
});

describe('grownCrystal', () => {
  const cell = createAtoms({
    symbols: ['Na', 'Cl'],
    positions: [0, 0, 0, 2.8, 0, 0],
    cell: [5.6, 2.8, 2.8],
    pbc: true,
  });

  test('comes as near to a size as whole cells can, with even edges', () => {
    const { numbers, cell: grown } = grownCrystal(cell, 1000);
    expect(numbers.length).toBeGreaterThan(900);
    expect(numbers.length).toBeLessThanOrEqual(1000);
    const edges = [grown[0], grown[4], grown[8]];
    expect(Math.max(...edges) - Math.min(...edges)).toBeLessThanOrEqual(5.6);
    expect(density(grownCrystal(cell, 100))).toBeCloseTo(density(cell), 10);
  });

  test('leaves alone what is large enough or no crystal', () => {
    expect(grownCrystal(cell, 3).numbers).toHaveLength(2);
    const molecule = createAtoms({ symbols: ['O', 'O'], positions: [0, 0, 0, 1.2, 0, 0] });
    expect(grownCrystal(molecule, 100)).toBe(molecule);
  });
});
