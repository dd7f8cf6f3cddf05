import { closest, distance } from 'fastest-levenshtein';
import { StudentConfigError } from './errors.ts';

/** More edits than this are no typing error. */
const LARGEST_TYPO = 4;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Fields of a parsed JSON object; an unknown key is an error with a suggestion.
 *
 * @throws StudentConfigError
 */
export function readFields(value: unknown, keys: readonly string[], where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new StudentConfigError('student/config-type', `${where} is no object`, {
      expected: `an object with the keys ${keys.join(', ')}`,
      found: describe(value),
      where,
    });
  }
  for (const key of Object.keys(value)) {
    if (keys.includes(key)) continue;
    const near = closest(key, keys);
    throw new StudentConfigError('student/config-key', `Unknown key "${key}" in ${where}`, {
      expected: `one of ${keys.join(', ')}`,
      found: `"${key}"`,
      where,
      hint: distance(key, near) <= LARGEST_TYPO ? `Did you mean "${near}"?` : 'Remove it.',
    });
  }
  return value as Fields;
}

/** @throws StudentConfigError unless the field is an integer in the range */
export function readInteger(
  fields: Fields,
  key: string,
  range: { least: number; most: number; where: string },
): number {
  const value = fields[key];
  const { least, most, where } = range;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw fieldError(key, `an integer from ${least} to ${most}`, { value, where });
  }
  return value;
}

/** @throws StudentConfigError unless the field is a positive finite number */
export function readPositive(fields: Fields, key: string, where: string): number {
  const value = fields[key];
  if (typeof value !== 'number' || !(value > 0) || value === Infinity) {
    throw fieldError(key, 'a positive finite number', { value, where });
  }
  return value;
}

/** @throws StudentConfigError unless the field is a number in the range */
export function readWithin(
  fields: Fields,
  key: string,
  range: { least: number; most: number; where: string },
): number {
  const value = fields[key];
  const { least, most, where } = range;
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw fieldError(key, `a number from ${least} to ${most}`, { value, where });
  }
  return value;
}

/** @throws StudentConfigError unless the field is one of the strings */
export function readChoice<T extends string>(
  fields: Fields,
  key: string,
  options: { among: readonly T[]; where: string },
): T {
  const value = fields[key];
  const found = options.among.find((name) => name === value);
  if (found !== undefined) return found;
  throw fieldError(key, `one of ${options.among.join(', ')}`, { value, where: options.where });
}

/** The error of a field with a wrong value. */
export function fieldError(
  key: string,
  expected: string,
  at: { value: unknown; where: string },
): StudentConfigError {
  const { value, where } = at;
  return new StudentConfigError(
    'student/config-value',
    `"${key}" in ${where} must be ${expected}`,
    {
      expected,
      found: describe(value),
      where: `${where}, key "${key}"`,
      hint: value === undefined ? `Add the key "${key}".` : `Set "${key}" to ${expected}.`,
    },
  );
}

function describe(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
