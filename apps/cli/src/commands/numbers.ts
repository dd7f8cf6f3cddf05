import { InvalidArgumentError } from '@mlffd/core';

/** A positive number from the command line. */
export function positive(text: string, option: string): number {
  return parsed(text, option, 'a positive number', (value) => value > 0);
}

/** A positive integer from the command line. */
export function count(text: string, option: string): number {
  return parsed(text, option, 'a positive integer', (value) => value > 0 && isSafe(value));
}

/** An integer of at least 0 from the command line. */
export function wholeNumber(text: string, option: string): number {
  return parsed(text, option, 'an integer of at least 0', (value) => value >= 0 && isSafe(value));
}

const isSafe = (value: number): boolean => Number.isSafeInteger(value);

function parsed(
  text: string,
  option: string,
  expected: string,
  valid: (value: number) => boolean,
): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value) && valid(value)) return value;
  throw new InvalidArgumentError('usage/number', `${option} takes ${expected}.`, {
    where: option,
    expected,
    found: text,
  });
}
