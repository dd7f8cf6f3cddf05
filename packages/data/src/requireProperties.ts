import { PropertyNotAvailableError } from '@mlffd/core';
import type { Calculator, Property } from '@mlffd/core';

/**
 * @param hint what to do where a property is missing
 * @throws PropertyNotAvailableError for the first property that the calculator does not give
 */
export function requireProperties(
  calculator: Calculator,
  properties: readonly Property[],
  hint: (missing: Property) => string,
): void {
  for (const property of properties) {
    if (calculator.properties.includes(property)) continue;
    throw new PropertyNotAvailableError(
      'data/property-not-available',
      `${calculator.name} does not give ${property}`,
      {
        expected: property,
        found: calculator.properties.join(', '),
        where: `calculator ${calculator.name}`,
        hint: hint(property),
      },
    );
  }
}
