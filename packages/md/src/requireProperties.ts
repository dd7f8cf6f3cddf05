import { type Calculator, type Property, PropertyNotAvailableError } from '@mlffd/core';

/**
 * @param instead what to do without the property, for the error message
 * @throws PropertyNotAvailableError unless the calculator gives all of them
 */
export function requireProperties(
  calculator: Calculator,
  properties: readonly Property[],
  instead = 'do not ask for it',
): void {
  for (const property of properties) {
    if (calculator.properties.includes(property)) continue;
    throw new PropertyNotAvailableError(
      'md/property-not-available',
      `${calculator.name} does not give ${property}`,
      {
        expected: property,
        found: calculator.properties.join(', '),
        where: `calculator ${calculator.name}`,
        hint: `Use a calculator that gives ${property}, or ${instead}.`,
      },
    );
  }
}
