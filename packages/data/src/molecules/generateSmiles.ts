import { InvalidArgumentError, Rng } from '@mlffd/core';
import type { Molecule } from 'openchemlib';
import { SmilesError } from './errors.ts';
import { chargedSubstituents, scaffolds, SMALL_MOLECULES, substituents } from './fragments.ts';
import type { Fragment } from './fragments.ts';
import { readSmiles } from './fromSmiles.ts';
import { parseSmiles } from './smilesSyntax.ts';

/** Options of `generateSmiles`. */
export interface GenerateSmilesOptions {
  readonly count: number;
  readonly seed: number;
  /** Largest number of atoms beside hydrogen; default 12. */
  readonly maxHeavyAtoms?: number;
  /** Rough fraction of ions; default 0.1; 0 gives none. */
  readonly charged?: number;
}

/** Draws in a row without a new molecule that mean there are no more. */
const PATIENCE = 4000;
/** Probability that a place stays empty although there is room. */
const EMPTY = 0.45;

/**
 * A varied list of small molecules of H C N O F P S Cl Br, closed shells, neutral and some charged:
 * scaffolds and substituents put together by rules. No two are the same molecule, each is read back
 * without objection. The list depends on the options alone, and a longer one begins with a shorter.
 *
 * @throws InvalidArgumentError `data/invalid-option`, also where there are not so many so small
 */
export function generateSmiles(options: GenerateSmilesOptions): string[] {
  const { count, seed, maxHeavyAtoms = 12, charged = 0.1 } = options;
  checkInteger('count', count);
  checkInteger('maxHeavyAtoms', maxHeavyAtoms);
  checkFraction(charged);
  const rng = new Rng(seed, 'smiles', maxHeavyAtoms);
  const known = new Set<string>();
  const found: string[] = [];
  const small = rng.shuffle(
    SMALL_MOLECULES.filter((text) => {
      const { atoms } = parseSmiles(text);
      const ion = atoms.reduce((sum, { charge }) => sum + charge, 0) !== 0;
      return heavyAtoms(text) <= maxHeavyAtoms && !(ion && charged === 0);
    }),
  );
  let failures = 0;
  while (found.length < count) {
    if (failures > PATIENCE) throw exhausted(count, found.length, maxHeavyAtoms);
    failures++;
    // The smallest molecules come early, spread among the others.
    const fromList = small.length > 0 && rng.uniform() < 0.2;
    const text = fromList ? (small.pop() ?? '') : draw(rng, maxHeavyAtoms, charged);
    if (heavyAtoms(text) > maxHeavyAtoms) continue;
    const molecule = readMolecule(text);
    if (molecule === undefined || known.has(molecule.getIDCode())) continue;
    known.add(molecule.getIDCode());
    found.push(tidy(text, molecule));
    failures = 0;
  }
  return found;
}

function checkInteger(where: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new InvalidArgumentError('data/invalid-option', `${where} ${value} is no count`, {
    expected: 'an integer of at least 1',
    found: String(value),
    where,
  });
}

function checkFraction(charged: number): void {
  if (charged >= 0 && charged <= 0.5) return;
  throw new InvalidArgumentError('data/invalid-option', `charged ${charged} is no such fraction`, {
    expected: 'a number from 0 to 0.5',
    found: String(charged),
    where: 'charged',
  });
}

function exhausted(count: number, found: number, size: number): InvalidArgumentError {
  return new InvalidArgumentError(
    'data/invalid-option',
    `the rules make only about ${found} molecules of up to ${size} heavy atoms`,
    {
      expected: `${count} different molecules`,
      found: String(found),
      where: 'count',
      hint: 'Ask for fewer molecules, or raise maxHeavyAtoms.',
    },
  );
}

function heavyAtoms(text: string): number {
  return parseSmiles(text).atoms.filter(({ number }) => number > 1).length;
}

/** The molecule of a text; undefined for none. */
function readMolecule(text: string): Molecule | undefined {
  try {
    return readSmiles(text, { stereo: false });
  } catch (error) {
    if (error instanceof SmilesError) return undefined;
    throw error;
  }
}

/** The SMILES of openchemlib, which has no needless brackets, if it means the same molecule. */
function tidy(text: string, molecule: Molecule): string {
  const other = molecule.toIsomericSmiles();
  return readMolecule(other)?.getIDCode() === molecule.getIDCode() ? other : text;
}

interface Budget {
  atoms: number;
  /** How many more charged pieces there may be. */
  charges: number;
}

function draw(rng: Rng, maxHeavyAtoms: number, charged: number): string {
  const budget = {
    atoms: 1 + rng.integer(maxHeavyAtoms),
    charges: rng.uniform() < 2 * charged ? 1 : 0,
  };
  const fits = scaffolds.filter(({ size }) => size <= budget.atoms);
  return write(fits[rng.integer(fits.length)], rng, budget);
}

/** Text of a piece with its places filled while there are atoms left. */
function write(piece: Fragment, rng: Rng, budget: Budget): string {
  budget.atoms -= piece.size;
  if (piece.charged) budget.charges--;
  const places = piece.text.match(/\{\}|<>/g) ?? [];
  const contents = new Array<string>(places.length).fill('');
  // In random order, or the first places would get all.
  for (const place of rng.shuffle(places.map((_, k) => k))) {
    if (budget.atoms <= 0 || rng.uniform() < EMPTY) continue;
    const pool = budget.charges > 0 ? [...substituents, ...chargedSubstituents] : substituents;
    const fits = pool.filter(
      ({ size, onHetero }) => size <= budget.atoms && (places[place] === '{}' || onHetero),
    );
    if (fits.length === 0) continue;
    contents[place] = `(${write(fits[rng.integer(fits.length)], rng, budget)})`;
  }
  let next = 0;
  return piece.text.replaceAll(/\{\}|<>/g, () => contents[next++]);
}
