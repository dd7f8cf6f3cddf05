import { SplitError } from '../errors.ts';
import { SIDES } from './split.ts';
import type { Side } from './split.ts';

/** Wanted parts of the structures; they add up to 1. */
export type Fractions = Readonly<Record<Side, number>>;

export const DEFAULT_FRACTIONS: Fractions = { train: 0.8, validation: 0.1, test: 0.1 };

/** @throws SplitError `data/bad-fractions` unless they add up to 1 and something is trained on */
export function checkFractions(fractions: Fractions): void {
  const values = SIDES.map((side) => fractions[side]);
  const sum = values.reduce((a, b) => a + b, 0);
  if (values.every((value) => value >= 0) && Math.abs(sum - 1) < 1e-9 && fractions.train > 0)
    return;
  throw new SplitError('data/bad-fractions', 'the fractions of a split must add up to 1', {
    expected: 'train > 0, the others at least 0, sum 1',
    found: SIDES.map((side) => `${side} ${fractions[side]}`).join(', '),
    where: 'fractions',
    hint: 'For example { train: 0.8, validation: 0.1, test: 0.1 }.',
  });
}
