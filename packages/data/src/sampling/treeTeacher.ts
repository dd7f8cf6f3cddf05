import type { Atoms, Calculator, Results } from '@mlffd/core';
import { SamplingError } from '../errors.ts';
import { requireProperties } from '../requireProperties.ts';
import { LABEL_PROPERTIES } from '../structure.ts';
import type { LabelProperty } from '../structure.ts';
import type { NodeResults } from './treeNode.ts';

/** What is kept of the teacher's answers. */
export interface KeptLabels {
  readonly properties: readonly LabelProperty[];
}

/** @throws PropertyNotAvailableError unless the calculator gives what trees need */
export function requireTreeProperties(calculator: Calculator, kept: KeptLabels): void {
  requireProperties(
    calculator,
    neededProperties(kept),
    () =>
      'Trees grow by energies and along forces: take a teacher that gives both, and the labels asked for.',
  );
}

/** Energy and forces drive the tree, whatever is kept. */
function neededProperties({ properties }: KeptLabels): readonly LabelProperty[] {
  return LABEL_PROPERTIES.filter(
    (property) => property === 'energy' || property === 'forces' || properties.includes(property),
  );
}

/**
 * Energy, forces, and whatever else is kept; a promise only where the calculator gives one.
 *
 * @throws SamplingError where the answer is not complete or not finite
 */
export function askTeacher(
  calculator: Calculator,
  atoms: Atoms,
  kept: KeptLabels,
): NodeResults | Promise<NodeResults> {
  const needed = neededProperties(kept);
  const lengths = {
    energy: 1,
    forces: atoms.positions.length,
    stress: 6,
    energies: atoms.numbers.length,
  };
  const check = (results: Results): NodeResults => {
    for (const property of needed) {
      const value = results[property] ?? [];
      const values = typeof value === 'number' ? [value] : value;
      if (values.length === lengths[property] && values.every(Number.isFinite)) continue;
      throw new SamplingError(
        'data/bad-answer',
        `${calculator.name} gave no usable ${property} for a member of a tree`,
        {
          expected: `${lengths[property]} finite numbers`,
          found: `${values.length} values, ${values.filter(Number.isFinite).length} of them finite`,
          where: property,
        },
      );
    }
    // All of them are there: checked above.
    return results as NodeResults;
  };
  const answer = calculator.calculate(atoms, needed);
  return answer instanceof Promise ? answer.then(check) : check(answer);
}
