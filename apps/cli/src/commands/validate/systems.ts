import { type Atoms, bareAtoms, chemicalFormula, InvalidArgumentError } from '@mlffd/core';
import {
  bcc,
  type CrystalOptions,
  cscl,
  diamond,
  fcc,
  hcp,
  rocksalt,
  zincblende,
} from '@mlffd/data';
import type { ValidationSystem } from '@mlffd/md';
import { structuresFor } from '../teacher/structures.ts';
import { testStructures } from './testStructures.ts';

/** What the structures of a validation are chosen with. */
export interface SystemFlags {
  readonly structures?: string;
  readonly systems?: string;
  readonly most: number;
}

/** Structures of a file that are looked at to find different compositions. */
const LOOKED_AT = 500;

/**
 * The structures to validate on: of a file, named, or of the test set of the first student's run; one
 * for each composition, smallest first.
 *
 * @throws InvalidArgumentError `usage/no-structures`, `usage/unknown-system`
 */
export async function systemsFor(
  flags: SystemFlags,
  students: readonly { readonly folder: string }[],
): Promise<ValidationSystem[]> {
  const { structures, systems, most } = flags;
  if (systems !== undefined) {
    const names = systems.split(/\s+/).filter((name) => name !== '');
    return named(await Promise.all(names.map(systemOf)), false);
  }
  if (structures === undefined) {
    // Frames of data sets are distorted as far as labels were wanted: nobody would begin dynamics there.
    return named(chosen(await testStructures(students.map(({ folder }) => folder)), most), true);
  }
  const found = await structuresFor(structures, LOOKED_AT);
  return named(
    chosen(
      found.structures.map(({ atoms }) => atoms),
      most,
    ),
    false,
  );
}

/** One structure of two atoms or more for each composition, smallest first. */
function chosen(all: readonly Atoms[], most: number): Atoms[] {
  const byFormula = new Map<string, Atoms>();
  for (const atoms of all) {
    if (atoms.numbers.length < 2) continue;
    const formula = chemicalFormula(atoms.numbers);
    if (!byFormula.has(formula)) byFormula.set(formula, bareAtoms(atoms));
  }
  const found = [...byFormula.values()].sort((a, b) => a.numbers.length - b.numbers.length);
  if (found.length > 0) return found.slice(0, most);
  throw new InvalidArgumentError('usage/no-structures', 'There is no structure to validate on.', {
    expected: 'at least one structure of two atoms or more',
    found: `${String(all.length)} structures`,
    where: '--structures',
    hint: 'Give structures of the kind that the student is for.',
  });
}

/** Names from formulas; a number tells apart what has the same. */
function named(all: readonly Atoms[], relax: boolean): ValidationSystem[] {
  const seen = new Map<string, number>();
  return all.map((atoms) => {
    const formula = chemicalFormula(atoms.numbers);
    const times = (seen.get(formula) ?? 0) + 1;
    seen.set(formula, times);
    return { name: times === 1 ? formula : `${formula}-${String(times)}`, atoms, relax };
  });
}

const SMILES: Readonly<Record<string, string>> = {
  water: 'O',
  methane: 'C',
  ammonia: 'N',
  methanol: 'CO',
  ethanol: 'CCO',
  benzene: 'c1ccccc1',
  alanine: 'CC(N)C(=O)O',
  aspirin: 'CC(=O)Oc1ccccc1C(=O)O',
};

const UNARY = { fcc, bcc, hcp, diamond } as const;
const BINARY = { rocksalt, cscl, zincblende } as const;

async function systemOf(text: string): Promise<Atoms> {
  const [kind, ...parts] = text.split(':');
  const smiles =
    kind === 'smiles' ? parts.join(':') : Object.hasOwn(SMILES, text) ? SMILES[text] : undefined;
  if (smiles !== undefined) {
    const { moleculesFromSmiles } = await import('@mlffd/data/molecules');
    return bareAtoms(moleculesFromSmiles(smiles, { seed: 0 })[0].atoms);
  }
  return crystalOf(kind, parts) ?? refuse(text);
}

/** `rocksalt:Na,Cl:5.69`, and with `:2` two cells along each axis. */
function crystalOf(kind: string, parts: readonly string[]): Atoms | undefined {
  const [list = '', constant = '', cells = '1'] = parts;
  const elements = list.split(',');
  const a = Number(constant);
  const repeat = Number(cells);
  if (!(a > 0 && Number.isInteger(repeat) && repeat > 0)) return undefined;
  const options: CrystalOptions = { repeat: [repeat, repeat, repeat] };
  if (Object.hasOwn(BINARY, kind) && elements.length === 2) {
    return BINARY[kind as keyof typeof BINARY]([elements[0], elements[1]], a, options);
  }
  if (Object.hasOwn(UNARY, kind) && elements.length === 1) {
    return UNARY[kind as keyof typeof UNARY](elements[0], a, options);
  }
  return undefined;
}

function refuse(text: string): never {
  throw new InvalidArgumentError('usage/unknown-system', `--systems knows no system '${text}'.`, {
    where: '--systems',
    found: text,
    expected: `${Object.keys(SMILES).join(', ')}, smiles:TEXT, or a crystal such as rocksalt:Na,Cl:5.69 or fcc:Cu:3.6:2`,
    hint: 'Give anything else as a file with --structures.',
  });
}
