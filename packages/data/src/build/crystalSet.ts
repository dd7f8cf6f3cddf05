import type { Atoms } from '@mlffd/core';
import { strainSeries } from '../perturbedSet.ts';
import type { Parent } from '../perturbedSet.ts';
import { prototypeCrystal } from './crystals.ts';
import type { CrystalOptions } from './crystals.ts';
import { invalidOption } from './invalidOption.ts';
import { PROTOTYPES } from './prototypes.ts';
import type { PrototypeName } from './prototypes.ts';

/** Options of `crystalSet`. */
export interface CrystalSetOptions extends CrystalOptions {
  readonly prototypes: readonly PrototypeName[];
  /**
   * Lists of symbols in the order of the prototypes' elements, e.g. `['Mg', 'O']`; each goes into
   * every prototype with as many elements. `elementLists` makes all combinations.
   */
  readonly elements: readonly (readonly string[])[];
  /** Linear strains of the estimated lattice constants; 0.02 makes every length 2 % longer. Default 0. */
  readonly strains?: readonly number[];
}

/**
 * Crystals of every prototype with every list of elements that fits, with estimated lattice
 * constants: parents for `perturbedSet` or starts for MD. Ids tell prototype and formula, such as
 * `perovskite-SrTiO3`, with strains `perovskite-SrTiO3/e+0.0200`.
 *
 * @throws InvalidArgumentError `data/invalid-option` for a list that fits no prototype, or that
 * comes twice
 */
export function crystalSet(options: CrystalSetOptions): Parent[] {
  const { prototypes, elements, strains, ...crystal } = options;
  for (const list of elements) {
    if (prototypes.some((name) => PROTOTYPES[name].formula.length === list.length)) continue;
    throw invalidOption('elements', `no prototype takes the elements ${list.join(', ')}`, {
      expected: `as many elements as one of ${prototypes.join(', ')} takes`,
      found: `${list.length} elements`,
      hint: 'Add a prototype for them, or leave them out.',
    });
  }
  const parents = prototypes.flatMap((name) =>
    elements
      .filter((list) => list.length === PROTOTYPES[name].formula.length)
      .map((list): Parent => ({
        id: `${name}-${formulaOf(name, list)}`,
        atoms: prototypeCrystal(name, list, crystal),
      })),
  );
  requireUnique(parents);
  return strains === undefined
    ? parents
    : parents.flatMap((parent) => strainSeries(parent, strains));
}

/** All lists with one element of each position: (`['Mg', 'Ca']`, `['O']`) gives Mg O and Ca O. */
export function elementLists(...positions: readonly (readonly string[])[]): string[][] {
  return positions.reduce<string[][]>(
    (lists, symbols) => lists.flatMap((list) => symbols.map((symbol) => [...list, symbol])),
    [[]],
  );
}

function formulaOf(name: PrototypeName, elements: readonly string[]): string {
  const counts = PROTOTYPES[name].formula;
  return elements.map((symbol, k) => `${symbol}${counts[k] === 1 ? '' : counts[k]}`).join('');
}

function requireUnique(parents: readonly { id: string; atoms: Atoms }[]): void {
  const seen = new Set<string>();
  for (const { id } of parents) {
    if (seen.has(id)) {
      throw invalidOption('elements', `${id} is made twice`, {
        expected: 'different prototypes and lists of elements',
        found: id,
      });
    }
    seen.add(id);
  }
}
