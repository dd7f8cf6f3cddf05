import { expect, test } from '@jest/globals';
import { chemicalFormula, hillOrder } from '../src/chemicalFormula.ts';

test.each([
  [[8, 1, 1], 'H2O'],
  [[6, 6, 8, 1, 1, 1, 1, 1, 1], 'C2H6O'],
  [[35, 6, 1, 1, 1], 'CH3Br'],
  [[17, 11, 17, 11], 'Cl2Na2'],
  [[6, 8, 8], 'CO2'],
  [[8, 1, 6, 1, 17], 'CH2ClO'],
  [[11, 17, 1], 'ClHNa'],
  [[], ''],
])('atoms %j are %s', (numbers, formula) => {
  expect(chemicalFormula(numbers)).toBe(formula);
});

test('without carbon hydrogen has no place of its own', () => {
  expect(hillOrder(['O', 'H', 'Br'])).toEqual(['Br', 'H', 'O']);
});
