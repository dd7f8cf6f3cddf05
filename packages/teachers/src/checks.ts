import {
  cellDeterminant,
  InvalidArgumentError,
  PropertyNotAvailableError,
  symbolOf,
  UnsupportedElementError,
  validateAtoms,
  type Atoms,
  type Property,
} from '@mlffd/core';

/** A calculator as far as the checks of its arguments go. */
export interface Capabilities {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
}

/**
 * What every calculator here checks before it computes.
 *
 * @throws InvalidAtomsError, PropertyNotAvailableError, UnsupportedElementError
 */
export function checkRequest(
  calculator: Capabilities,
  atoms: Atoms,
  properties: readonly Property[],
): void {
  validateAtoms(atoms);
  checkElements(calculator, atoms.numbers);
  for (const property of properties) {
    if (!calculator.properties.includes(property)) {
      throw notAvailable(calculator, property, `one of ${calculator.properties.join(', ')}`);
    }
  }
  if (properties.includes('stress') && cellDeterminant(atoms.cell) === 0) {
    throw notAvailable(calculator, 'stress', 'a cell with three independent lattice vectors');
  }
}

function notAvailable(
  { name }: Capabilities,
  property: Property,
  expected: string,
): PropertyNotAvailableError {
  return new PropertyNotAvailableError(
    'calculator/property-not-available',
    `${name} has no ${property} for this request`,
    { expected, found: property, hint: 'Leave it out of the properties asked for.' },
  );
}

function checkElements({ name, elements }: Capabilities, numbers: Int32Array): void {
  if (elements === undefined) return;
  for (let i = 0; i < numbers.length; i++) {
    if (elements.includes(numbers[i])) continue;
    const symbol = symbolOf(numbers[i]);
    throw new UnsupportedElementError(
      'calculator/unsupported-element',
      `${name} has no parameters for ${symbol} (atom ${i})`,
      {
        expected: `elements among ${elements.map((z) => symbolOf(z)).join(' ')}`,
        found: symbol,
        where: `atom ${i}`,
        hint: 'Remove such structures, or take another teacher.',
      },
    );
  }
}

/** @throws InvalidArgumentError unless the value is positive and finite */
export function requirePositive(value: number, name: string, unit: string): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw invalidOption(name, value, `a positive, finite ${name}${unit === '' ? '' : ` in ${unit}`}`);
}

/** @throws InvalidArgumentError unless the value is a positive integer */
export function requireCount(value: number, name: string): void {
  if (Number.isInteger(value) && value > 0) return;
  throw invalidOption(name, value, 'a positive integer');
}

/** @throws InvalidArgumentError unless the value is a known one */
export function requireOneOf(value: string, name: string, known: readonly string[]): void {
  if (!known.includes(value)) throw invalidOption(name, value, `one of ${known.join(', ')}`);
}

/** An option that cannot be taken. */
export function invalidOption(
  name: string,
  value: unknown,
  expected: string,
): InvalidArgumentError {
  return new InvalidArgumentError('teachers/invalid-option', `${name} is ${String(value)}`, {
    expected,
    found: String(value),
    where: name,
  });
}
