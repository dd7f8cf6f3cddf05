import { type Property, PropertyNotAvailableError } from '@mlffd/core';

/** What students can give. */
export const STUDENT_PROPERTIES: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];

/** @throws PropertyNotAvailableError for a property that students do not have */
export function requireProperties(name: string, properties: readonly Property[]): void {
  for (const property of properties) {
    if (STUDENT_PROPERTIES.includes(property)) continue;
    throw new PropertyNotAvailableError(
      'student/property',
      `${name} does not provide "${property}"`,
      { expected: `some of ${STUDENT_PROPERTIES.join(', ')}`, found: `"${property}"`, where: name },
    );
  }
}
