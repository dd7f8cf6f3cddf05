import { neighborList } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { judgeValences } from '../audit/valences.ts';
import { MissingHydrogensError } from './errors.ts';

/** Options of `checkHydrogens`. */
export interface CheckHydrogensOptions {
  /** Where the structures come from, for the message. */
  readonly where?: string;
  /** Fraction of the molecules that must look bare; default 0.8. */
  readonly fraction?: number;
}

/** Longest bond that is looked at, Angstrom: two iodine atoms, stretched. */
const REACH = 3.1;

/**
 * Refuses a set of organic molecules that has lost its hydrogens, as happens in files for viewers
 * and in conversions of crystal structures.
 *
 * Judges by the valences of C, N and O, as the audit does (`missing-hydrogens`). Nothing is said of
 * sets with hydrogen, of elements outside organic chemistry, of single atoms and pairs, and of
 * structures without carbon.
 *
 * @throws MissingHydrogensError `data/missing-hydrogens`
 */
export function checkHydrogens(
  structures: Iterable<{ readonly atoms: Atoms }>,
  { where, fraction = 0.8 }: CheckHydrogensOptions = {},
): void {
  let carbon = 0;
  let bare = 0;
  let first = -1;
  let index = 0;
  for (const { atoms } of structures) {
    if (atoms.numbers.includes(1)) return;
    const verdict = judgeValences(atoms.numbers, neighborList(atoms, REACH));
    if (verdict !== 'inorganic' && atoms.numbers.includes(6)) {
      carbon++;
      if (verdict === 'bare') {
        bare++;
        if (first === -1) first = index;
      }
    }
    index++;
  }
  if (bare === 0 || bare < fraction * carbon) return;
  throw new MissingHydrogensError(
    'data/missing-hydrogens',
    `the molecules have lost their hydrogens: ${bare} of ${carbon} with carbon miss bonds`,
    {
      expected: 'organic molecules with all their hydrogen atoms',
      found: `no hydrogen in ${index} structures, and carbon atoms with free valences`,
      where: `${where === undefined ? '' : `${where}, `}first at structure ${first}`,
      hint: 'Export the structures again with explicit hydrogens, or read them from molfiles or SMILES, which adds them.',
    },
  );
}
