import type { Calculator, Results } from '@mlffd/core';
import { geometryHash } from './contentHash.ts';
import { messageOf } from './hdf5Header.ts';
import type { LabelFailure } from './labelTypes.ts';
import { checkRecord } from './structure.ts';
import type { LabelledStructure, LabelProperty, Structure } from './structure.ts';

/** What became of one structure. */
export type Outcome =
  | { readonly labelled: LabelledStructure & { readonly hash: string } }
  | { readonly failure: LabelFailure & { readonly hash: string } };

/** True when the labels that came with the structure are those of this teacher, and complete. */
export function hasKnownLabels(
  { known }: Structure,
  teacher: string,
  properties: readonly LabelProperty[],
): boolean {
  return (
    known?.teacher === teacher &&
    properties.every((property) => known.results[property] !== undefined)
  );
}

/**
 * Labels one structure. Whatever goes wrong becomes a failure with a code: an error of the
 * calculator, a missing property, an array of the wrong length, a value that is not finite.
 */
export function labelOne(
  structure: Structure,
  calculator: Calculator,
  properties: readonly LabelProperty[],
): Outcome | Promise<Outcome> {
  const { atoms, known } = structure;
  const hash = geometryHash(atoms);
  const finish = (results: Results): Outcome => judge(structure, hash, { results, properties });
  const fail = (error: unknown): Outcome => ({
    failure: { id: structure.meta.id, hash, code: codeOf(error), message: messageOf(error) },
  });
  try {
    checkRecord(structure);
    if (known !== undefined && hasKnownLabels(structure, calculator.name, properties)) {
      return finish(known.results);
    }
    const results = calculator.calculate(atoms, properties);
    return results instanceof Promise ? results.then(finish, fail) : finish(results);
  } catch (error) {
    return fail(error);
  }
}

/** Code of an error of ours, else the name of its class. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'data/unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error ? String(error.name) : 'data/unknown';
}

function judge(
  { atoms, meta }: Structure,
  hash: string,
  { results, properties }: { results: Results; properties: readonly LabelProperty[] },
): Outcome {
  const fail = (code: string, message: string): Outcome => ({
    failure: { id: meta.id, hash, code, message },
  });
  const lengths = { energy: 1, forces: atoms.positions.length, stress: 6 };
  for (const property of properties) {
    const value = results[property];
    if (value === undefined) return fail('data/missing-property', `no ${property} in the results`);
    const values = typeof value === 'number' ? [value] : value;
    if (values.length !== lengths[property]) {
      return fail(
        'data/wrong-length',
        `${values.length} values in ${property}, not ${lengths[property]}`,
      );
    }
    const bad = values.findIndex((entry) => !Number.isFinite(entry));
    if (bad >= 0) return fail('data/non-finite', `${property}[${bad}] is ${values[bad]}`);
  }
  const { energy, forces, stress } = results;
  const wanted = (property: LabelProperty) => properties.includes(property);
  return {
    labelled: {
      atoms,
      meta,
      hash,
      ...(wanted('energy') && energy !== undefined ? { energy } : {}),
      ...(wanted('forces') && forces !== undefined ? { forces } : {}),
      ...(wanted('stress') && stress !== undefined ? { stress } : {}),
    },
  };
}
