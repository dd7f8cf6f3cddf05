import type { Calculator, Property, Results } from '@mlffd/core';
import { MdError } from './errors.ts';

/** Results in which some properties are known to be there. */
export type Having<P extends Property> = Results & Required<Pick<Results, P>>;

/**
 * The results, once they are found to have what was asked for, in the right length.
 *
 * @param count number of atoms
 * @throws MdError `md/missing-result`
 */
export function checkedResults<P extends Property>(
  calculator: Calculator,
  results: Results,
  { properties, count }: { readonly properties: readonly P[]; readonly count: number },
): Having<P> {
  const lengths = { energies: count, forces: 3 * count, stress: 6 };
  const missing = properties.filter((property: Property) =>
    property === 'energy'
      ? results.energy === undefined
      : results[property]?.length !== lengths[property],
  );
  if (missing.length === 0) return results as Having<P>;
  const names = properties.join(' and ');
  throw new MdError('md/missing-result', `${calculator.name} gave no usable ${names}`, {
    expected: `${names} of ${count} atoms`,
    found: missing.map((property) => `${property}: ${describe(results, property)}`).join(', '),
    where: `calculator ${calculator.name}`,
    hint: 'The calculator breaks its contract; run checkCalculator of @mlffd/core on it.',
  });
}

/** Whether every number of the properties is one. */
export function areFinite(results: Results, properties: readonly Property[]): boolean {
  return properties.every((property) => {
    const value = results[property];
    if (typeof value === 'number') return Number.isFinite(value);
    return value?.every((x) => Number.isFinite(x)) ?? false;
  });
}

function describe(results: Results, property: Property): string {
  const value = results[property];
  return typeof value === 'object' ? `${value.length} values` : 'absent';
}
