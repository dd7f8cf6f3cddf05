import type { Calculator } from '@mlffd/core';
import { requireForces } from '../sampling/forceCall.ts';
import type { Forces } from '../sampling/forceCall.ts';
import type { KnownLabels, Structure } from '../structure.ts';
import { askAll, requireMembers } from './calculatorAnswers.ts';
import { disagreementOf, errorsAgainst } from './committee.ts';
import type { Disagreement } from './committee.ts';

/** How little a structure is known to the students. */
export interface Uncertainty {
  /** What structures are chosen by; eV/Angstrom for those of this package. */
  readonly value: number;
  /** Where the value comes from. */
  readonly disagreement?: Disagreement;
  /** Labels that a teacher gave on the way, so that it need not be asked again. */
  readonly known?: KnownLabels;
}

/** Anything that says how uncertain a structure is. */
export type UncertaintyOf = (
  structure: Structure,
) => number | Uncertainty | Promise<number | Uncertainty>;

/** What of the atoms' force deviations counts. */
export interface UncertaintyMeasure {
  /** The largest, as DP-GEN does, or their mean, which does not grow with the size; default largest. */
  readonly over?: 'largest' | 'mean';
}

/**
 * The force disagreement of a committee as uncertainty.
 *
 * @throws InvalidArgumentError for fewer than two members
 * @throws PropertyNotAvailableError when a member does not give energy and forces
 */
export function committeeUncertainty(
  calculators: readonly Calculator[],
  measure: UncertaintyMeasure = {},
): UncertaintyOf {
  requireMembers(calculators);
  for (const calculator of calculators) requireForces(calculator);
  const finish = (answers: readonly Forces[]): Uncertainty =>
    uncertaintyOf(disagreementOf(answers), measure);
  return ({ atoms }) => askAll(calculators, atoms, finish);
}

/**
 * The force error of one student against its teacher as uncertainty. Labels of this teacher that
 * come with a structure are used; else the teacher is asked, and its labels go along with what is
 * chosen.
 *
 * @throws PropertyNotAvailableError when one of them does not give energy and forces
 */
export function againstTeacher(
  { student, teacher }: { readonly student: Calculator; readonly teacher: Calculator },
  measure: UncertaintyMeasure = {},
): UncertaintyOf {
  for (const calculator of [student, teacher]) requireForces(calculator);
  return ({ atoms, known }) => {
    const labels = labelsOf(known, teacher);
    if (labels !== undefined) {
      return askAll([student], atoms, ([answer]) =>
        uncertaintyOf(errorsAgainst(labels, answer), measure),
      );
    }
    return askAll([student, teacher], atoms, ([answer, truth]) => ({
      ...uncertaintyOf(errorsAgainst(truth, answer), measure),
      known: { teacher: teacher.name, results: { ...truth } },
    }));
  };
}

function labelsOf(known: KnownLabels | undefined, { name }: Calculator): Forces | undefined {
  if (known?.teacher !== name) return undefined;
  const { energy, forces } = known.results;
  return energy === undefined || forces === undefined ? undefined : { energy, forces };
}

function uncertaintyOf(
  disagreement: Disagreement,
  { over = 'largest' }: UncertaintyMeasure,
): Uncertainty {
  const value = over === 'largest' ? disagreement.force : disagreement.meanForce;
  return { value, disagreement };
}
