import { InvalidArgumentError } from '@mlffd/core';

/** The error of a builder's option that cannot be used. */
export function invalidOption(
  where: string,
  message: string,
  details: { readonly expected: string; readonly found: string; readonly hint?: string },
): InvalidArgumentError {
  return new InvalidArgumentError('data/invalid-option', message, { ...details, where });
}

/** @throws InvalidArgumentError unless `value` is a positive, finite number */
export function requirePositive(where: string, value: number, unit = 'Angstrom'): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw invalidOption(where, `${where} must be positive`, {
    expected: `a positive number (${unit})`,
    found: String(value),
  });
}

/** @throws InvalidArgumentError unless `value` is an integer of at least `least` */
export function requireCount(where: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw invalidOption(where, `${where} must be a whole number`, {
    expected: `an integer of at least ${least}`,
    found: String(value),
  });
}
