import { expect, test } from '@jest/globals';
import {
  ATOMIC_MASSES,
  CHEMICAL_SYMBOLS,
  COVALENT_RADII,
  isAtomicNumber,
  numberOf,
  symbolOf,
} from '../src/index.ts';

test('symbols and numbers of all 118 elements undo each other', () => {
  expect(CHEMICAL_SYMBOLS).toHaveLength(119);
  for (let z = 1; z <= 118; z++) expect(numberOf(symbolOf(z))).toBe(z);
  expect([1, 26, 57, 79, 118].map(symbolOf)).toEqual(['H', 'Fe', 'La', 'Au', 'Og']);
});

test('masses are those of ASE (IUPAC 2016)', () => {
  expect(ATOMIC_MASSES).toHaveLength(119);
  const some = [1, 6, 7, 8, 14, 29, 79, 92, 118].map((z) => ATOMIC_MASSES[z]);
  expect(some).toEqual([
    1.008, 12.011, 14.007, 15.999, 28.085, 63.546, 196.966569, 238.02891, 294.214,
  ]);
  // Sum of atomic_masses[1:] of ASE 3.29.0.
  const sum = ATOMIC_MASSES.slice(1).reduce((a, b) => a + b, 0);
  expect(sum).toBeCloseTo(17284.869180001002, 6);
});

test('covalent radii are those of Cordero et al. 2008', () => {
  expect(COVALENT_RADII).toHaveLength(119);
  expect([1, 6, 17, 55, 92].map((z) => COVALENT_RADII[z])).toEqual([0.31, 0.76, 1.02, 2.44, 1.96]);
});

test.each([0, 119, -1, 1.5, NaN])('%d is no atomic number', (z) => {
  expect(isAtomicNumber(z)).toBe(false);
  expect(() => symbolOf(z)).toThrow(expect.objectContaining({ code: 'atoms/unknown-element' }));
});

test.each(['Xx', 'na', '', 'X', 'D', 'constructor'])('%j is no symbol', (symbol) => {
  expect(() => numberOf(symbol)).toThrow(
    expect.objectContaining({ code: 'atoms/unknown-element', found: JSON.stringify(symbol) }),
  );
});
