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

/** Items with commas between them, each once. */
export function listed(text: string, option: string): string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length > 0) return [...new Set(items)];
  throw new InvalidArgumentError('usage/list', `${option} takes a list.`, {
    where: option,
    expected: 'items with commas between them',
    found: JSON.stringify(text),
  });
}

/** By how much something may be slower: `10%` and `0.1` are the same. */
export function limitOf(text: string): number {
  const percent = /^\s*([\d.]+)\s*%\s*$/.exec(text);
  return percent === null
    ? positive(text, '--fail-if-slower')
    : positive(percent[1], '--fail-if-slower') / 100;
}

/** Refuses an option without the one that it belongs to. */
export function requireWith(
  option: string,
  value: string | true | undefined,
  [other, needed]: readonly [string, string | undefined],
): void {
  if (value === undefined || needed !== undefined) return;
  throw new InvalidArgumentError('usage/option', `${option} goes with ${other}.`, {
    where: option,
    expected: `${other} FILE`,
    found: `${option} alone`,
  });
}
