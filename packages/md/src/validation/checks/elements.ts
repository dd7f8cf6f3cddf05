import { symbolOf } from '@mlffd/core';
import type { Check } from '../check.ts';
import { figure } from '../figures.ts';
import { GOALS } from '../goals.ts';
import type { FailureMode } from '../types.ts';

const FIGURES = [
  { key: 'unseen', label: 'Elements that the student was not trained for' },
] as const;

/** Whether the student knows what it is asked about. */
export const elements: Check = {
  id: 'elements',
  title: 'Elements',
  about: 'Elements of all structures against those that the student was trained for.',
  per: 'student',
  version: 1,
  figures: FIGURES,
  run: ({ student, systems }) => {
    const known = student.calculator.elements;
    const unseen = unseenElements(known, systems);
    const failures: FailureMode[] = unseen.map((symbol) => ({
      code: 'unseen-element',
      what: `${symbol} is in a structure but not in what the student was trained on`,
      severity: 'fatal',
    }));
    const why =
      known === undefined
        ? 'the student does not say what it knows'
        : known.map(symbolOf).join(' ');
    return Promise.resolve({
      figures: [figure({ ...FIGURES[0], value: unseen.length, goal: GOALS.none, why })],
      failures,
    });
  },
};

/** Symbols in the systems that are not among the known elements. */
export function unseenElements(
  known: readonly number[] | undefined,
  systems: readonly { readonly atoms: { readonly numbers: ArrayLike<number> } }[],
): string[] {
  if (known === undefined) return [];
  const all = new Set(systems.flatMap(({ atoms }) => Array.from(atoms.numbers)));
  return [...all].filter((z) => !known.includes(z)).map(symbolOf);
}
