import { type Atoms, chemicalFormula } from '@mlffd/core';

const DIGITS = '₀₁₂₃₄₅₆₇₈₉';

/** `C₂H₆O`: Hill order, carbon and hydrogen first, then the alphabet. */
export function formulaOf({ numbers }: Pick<Atoms, 'numbers'>): string {
  return chemicalFormula(numbers).replace(/\d/g, (digit) => DIGITS[Number(digit)]);
}
