import { longestRow, type Results } from '@mlffd/core';

/** How far two answers that should be equal are apart. */
export interface AnswerDifference {
  /** eV/atom. */
  readonly energy: number;
  /** Largest norm of a difference of forces, eV/Angstrom. */
  readonly force: number;
  /** Largest difference of a component, eV/Angstrom^3; `null` where there is no stress. */
  readonly stress: number | null;
}

/** Difference of answers that have energy, forces and perhaps stress, for `count` atoms. */
export function answerDifference(a: Results, b: Results, count: number): AnswerDifference {
  const [first, second] = [a.forces ?? new Float64Array(0), b.forces ?? new Float64Array(0)];
  const { stress } = a;
  const other = b.stress;
  return {
    energy: Math.abs((a.energy ?? NaN) - (b.energy ?? NaN)) / count,
    force: longestRow(first.map((value, k) => value - second[k])),
    stress:
      stress === undefined || other === undefined
        ? null
        : Math.max(...stress.map((value, k) => Math.abs(value - other[k]))),
  };
}

/** The larger of each. */
export function worse(a: AnswerDifference, b: AnswerDifference): AnswerDifference {
  return {
    energy: Math.max(a.energy, b.energy),
    force: Math.max(a.force, b.force),
    stress: a.stress === null || b.stress === null ? null : Math.max(a.stress, b.stress),
  };
}
