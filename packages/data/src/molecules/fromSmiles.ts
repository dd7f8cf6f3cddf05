import { InvalidArgumentError } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { Molecule } from 'openchemlib';
import { atomsOf, checkElements } from './chemistry.ts';
import { conformersOf } from './conformers.ts';
import type { ConformerOptions } from './conformers.ts';
import { SmilesError } from './errors.ts';
import { parseSmiles } from './smilesSyntax.ts';
import type { SmilesGraph } from './smilesSyntax.ts';

/** A conformer of a molecule; may be used wherever a `Parent` may. */
export interface MoleculeConformer {
  /** The SMILES, then the number of the conformer: `CCO conformer 0`. */
  readonly id: string;
  /** Canonical SMILES of openchemlib, the same for all conformers and ways of writing a molecule. */
  readonly group: string;
  /** `info` has `smiles`, `conformer`, and `minimized` (by MMFF94). */
  readonly atoms: Atoms;
}

/** Beyond this, rules for torsions take minutes. */
const MAX_HEAVY_ATOMS = 200;

/**
 * Makes conformers of a molecule: explicit hydrogens, total charge (sum of formal charges, e) and
 * unpaired electrons. Fewer than asked for come back when the molecule has fewer.
 *
 * @throws SmilesError `data/not-smiles`, `data/impossible-molecule`
 * @throws UnsupportedElementError `data/unsupported-element`
 * @throws ConformerError `data/no-conformer`
 * @throws InvalidArgumentError `data/invalid-option`
 */
export function moleculesFromSmiles(
  smiles: string,
  options: ConformerOptions,
): MoleculeConformer[] {
  const { conformers = 1, minDifference = 0.1 } = options;
  if (!(Number.isInteger(conformers) && conformers >= 1)) {
    throw invalid('conformers', 'an integer of at least 1', conformers);
  }
  if (!(minDifference >= 0)) throw invalid('minDifference', 'a length in Angstrom', minDifference);
  const molecule = readSmiles(smiles);
  checkElements(molecule, smiles);
  const group = molecule.toIsomericSmiles();
  return conformersOf(molecule, smiles, options).map((conformer, k) => ({
    id: `${smiles} conformer ${k}`,
    group,
    atoms: atomsOf(conformer.molecule, conformer.positions, {
      smiles,
      conformer: k,
      minimized: conformer.minimized,
    }),
  }));
}

function invalid(where: string, expected: string, found: number): InvalidArgumentError {
  return new InvalidArgumentError('data/invalid-option', `${where} ${found} is not ${expected}`, {
    expected,
    found: String(found),
    where,
  });
}

/**
 * The molecule that a SMILES stands for, with stereo and (for stereo) drawn coordinates.
 *
 * @throws SmilesError `data/not-smiles`, or `data/impossible-molecule` where openchemlib reads
 * something else than what is written: too many bonds, an aromatic ring without a Kekule structure
 */
export function readSmiles(
  smiles: string,
  { stereo = true }: { readonly stereo?: boolean } = {},
): Molecule {
  const graph = parseSmiles(smiles);
  const heavy = graph.atoms.filter(({ number }) => number > 1).length;
  if (heavy > MAX_HEAVY_ATOMS) {
    throw impossible(smiles, `it has ${heavy} atoms beside hydrogen, more than ${MAX_HEAVY_ATOMS}`);
  }
  let molecule: Molecule;
  try {
    molecule = Molecule.fromSmiles(smiles, stereo ? {} : { noCoordinates: true, noStereo: true });
    molecule.ensureHelperArrays(Molecule.cHelperRings);
  } catch (cause) {
    throw impossible(smiles, cause instanceof Error ? cause.message : String(cause), cause);
  }
  compare(smiles, graph, molecule);
  return molecule;
}

/** Usual valence of the elements that can lack three bonds or more. */
const VALENCE: Readonly<Record<number, number>> = { 5: 3, 6: 4, 7: 3, 14: 4, 15: 3 };

/** Refuses a reading that is not what is written. */
function compare(smiles: string, { atoms, bonds }: SmilesGraph, molecule: Molecule): void {
  const heavy = atoms.flatMap((atom, index) => (atom.number > 1 ? [{ ...atom, index }] : []));
  const explicit = atoms.length > heavy.length;
  const valence = new Float64Array(atoms.length);
  for (const { from, to, order } of bonds) {
    valence[from] += order;
    valence[to] += order;
  }
  // Nitro groups and their like are written with five bonds too; openchemlib charges them.
  const pentavalent = heavy.some(({ number, index }) => number === 7 && valence[index] === 5);
  const read = Array.from({ length: molecule.getAllAtoms() }, (_, i) => i).filter(
    (i) => molecule.getAtomicNo(i) > 1,
  );
  if (read.length !== heavy.length) throw impossible(smiles, 'atoms are lost in reading');
  let charge = 0;
  for (const [k, i] of read.entries()) {
    const atom = heavy[k];
    charge += molecule.getAtomCharge(i) - atom.charge;
    const where = `atom ${atom.index + 1}`;
    if (molecule.getFreeValence(i) < 0) throw impossible(smiles, `${where} has too many bonds`);
    if (molecule.getAtomicNo(i) !== atom.number) throw impossible(smiles, `${where} is replaced`);
    if (!pentavalent && molecule.getAtomCharge(i) !== atom.charge) {
      throw impossible(smiles, `${where} would need a charge`);
    }
    if (atom.hydrogens === undefined) {
      if (molecule.getAtomRadical(i) !== 0) {
        throw impossible(smiles, `${where} is left with an unpaired electron`);
      }
      continue;
    }
    const missing = (VALENCE[atom.number] ?? 0) - atom.hydrogens - valence[atom.index];
    if (atom.charge === 0 && !atom.aromatic && missing >= 3) {
      throw impossible(smiles, `nobody says how many electrons of ${where} are unpaired`);
    }
    const hydrogens = molecule.getAllHydrogens(i);
    if (explicit ? hydrogens < atom.hydrogens : hydrogens !== atom.hydrogens) {
      throw impossible(smiles, `${where} cannot have ${atom.hydrogens} hydrogens`);
    }
  }
  if (!explicit && charge !== 0) throw impossible(smiles, 'its charge cannot be placed');
}

function impossible(smiles: string, what: string, cause?: unknown): SmilesError {
  const text = JSON.stringify(smiles.slice(0, 200));
  return new SmilesError('data/impossible-molecule', `${text} is no possible molecule: ${what}`, {
    expected: 'usual valences, and rings in small letters that have a Kekule structure',
    found: what,
    where: text,
    hint: 'Correct the SMILES; write charges and radicals in brackets.',
    ...(cause === undefined ? {} : { cause }),
  });
}
