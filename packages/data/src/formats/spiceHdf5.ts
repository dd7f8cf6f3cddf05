import { BOHR, HARTREE } from '@mlffd/core';
import type { Hdf5Reader } from '../store/hdf5Reader.ts';
import type { LabelledStructure } from '../structure.ts';
import { conformersOf, expectShape, openMolecules, readNumbers } from './hdf5Molecules.ts';
import type { ConformerLayout } from './hdf5Molecules.ts';
import { formatError } from './place.ts';

/** Options of `readSpiceHdf5`. */
export interface ReadSpiceOptions {
  /** Parts to read, e.g. `['SPICE DES370K Single Points Dataset v1.0']`. Default all. */
  readonly subsets?: readonly string[];
}

const LAYOUT: ConformerLayout = {
  format: 'spice',
  positions: 'conformations',
  energy: 'dft_total_energy',
  forces: 'dft_total_gradient',
  length: BOHR,
  energyUnit: HARTREE,
  forceUnit: -HARTREE / BOHR,
};

/** What the attribute `units` says, where there is one. */
const UNITS: Readonly<Record<string, string>> = {
  [LAYOUT.positions]: 'bohr',
  [LAYOUT.energy]: 'hartree',
  [LAYOUT.forces]: 'hartree/bohr',
};

/**
 * Reads SPICE, one conformer at a time, in eV and eV/Angstrom: groups with `atomic_numbers`,
 * `conformations` (Bohr), `dft_total_energy` (Hartree), `dft_total_gradient` (Hartree/Bohr; forces
 * are its negative), `smiles`, `subset`. The charge is that of the SMILES.
 * Layout: Eastman et al., Sci. Data 10, 11 (2023).
 *
 * @throws FileSystemError when the file cannot be read
 * @throws FileFormatError when it is damaged, of another layout, or in other units
 */
export async function* readSpiceHdf5(
  path: string,
  options: ReadSpiceOptions = {},
): AsyncGenerator<LabelledStructure, void, undefined> {
  const { reader, groups } = await openMolecules(path, 'spice', LAYOUT.positions);
  try {
    for (const { path: group } of groups) {
      const subset = firstText(reader, `${group}/subset`);
      if (options.subsets !== undefined && !options.subsets.includes(subset ?? '')) continue;
      checkUnits(reader, group);
      const smiles = firstText(reader, `${group}/smiles`);
      const numbers = readNumbers(reader, `${group}/atomic_numbers`);
      expectShape(reader, LAYOUT, `${group}/atomic_numbers`, [numbers.length]);
      const molecule = {
        path: group,
        numbers,
        source: subset ?? 'spice',
        ...(smiles === undefined ? {} : { charge: formalCharge(smiles) }),
      };
      yield* conformersOf(reader, molecule, LAYOUT);
    }
  } finally {
    reader.close();
  }
}

function firstText(reader: Hdf5Reader, name: string): string | undefined {
  return reader.has(name) ? reader.strings(name)[0] : undefined;
}

function checkUnits(reader: Hdf5Reader, group: string): void {
  for (const [name, expected] of Object.entries(UNITS)) {
    const dataset = `${group}/${name}`;
    const found = reader.has(dataset) ? reader.attribute('units', dataset) : undefined;
    if (found === undefined || String(found).toLowerCase() === expected) continue;
    throw formatError(
      'spice/other-units',
      { where: `${reader.path}, ${dataset}` },
      {
        expected,
        found: String(found),
        hint: 'Convert the file to extended XYZ in eV and Angstrom.',
      },
    );
  }
}

/** Sum of the formal charges of a SMILES: signs and numbers at the end of bracket atoms. */
export function formalCharge(smiles: string): number {
  let charge = 0;
  for (const [, atom] of smiles.matchAll(/\[([^\]]*)\]/g)) {
    const match = /([+-]+)(\d*)(?::\d+)?$/.exec(atom);
    if (match === null) continue;
    const [, signs, digits] = match;
    const size = digits === '' ? signs.length : Number(digits);
    charge += signs.startsWith('+') ? size : -size;
  }
  return charge;
}
