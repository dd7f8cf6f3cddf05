import { HARTREE, numberOf } from '@mlffd/core';
import type { Hdf5Reader } from '../store/hdf5Reader.ts';
import type { LabelledStructure } from '../structure.ts';
import { conformersOf, openMolecules, readNumbers } from './hdf5Molecules.ts';
import { formatError } from './place.ts';

/** Options of `readAniHdf5`. */
export interface ReadAniOptions {
  /**
   * Level of theory of the labels in ANI-1x: the text before `.energy`. Default `wb97x_dz`, the only
   * one with labels for all conformers. ANI-1 has one level and no forces.
   */
  readonly level?: string;
}

/** Name of the level in files of ANI-1, which do not name it. */
const ANI1 = { energy: 'energies', forces: 'forces' };

/**
 * Reads ANI-1x, ANI-1ccx or ANI-1, one conformer at a time, in eV and eV/Angstrom. ANI-1x: groups
 * with `atomic_numbers`, `coordinates` (Angstrom), `<level>.energy` (Hartree), `<level>.forces`
 * (Hartree/Angstrom), NaN where unknown. ANI-1: `species`, `coordinates`, `energies`.
 * Layouts: Smith et al., Sci. Data 7, 134 (2020) and 4, 170193 (2017).
 *
 * @throws FileSystemError when the file cannot be read
 * @throws FileFormatError when it is damaged, of another layout, or has no such level
 */
export async function* readAniHdf5(
  path: string,
  options: ReadAniOptions = {},
): AsyncGenerator<LabelledStructure, void, undefined> {
  const { reader, groups } = await openMolecules(path, 'ani', 'coordinates');
  try {
    for (const { path: group } of groups) {
      const labels = labelNames(reader, group, options.level ?? 'wb97x_dz');
      const molecule = { path: group, numbers: elementsOf(reader, group), source: 'ani' };
      yield* conformersOf(reader, molecule, {
        format: 'ani',
        positions: 'coordinates',
        ...labels,
        length: 1,
        energyUnit: HARTREE,
        forceUnit: HARTREE,
      });
    }
  } finally {
    reader.close();
  }
}

function labelNames(
  reader: Hdf5Reader,
  group: string,
  level: string,
): { energy: string; forces: string } {
  const names = reader.keys(group);
  if (names.includes(`${level}.energy`)) {
    return { energy: `${level}.energy`, forces: `${level}.forces` };
  }
  if (names.includes(ANI1.energy)) return ANI1;
  const levels = names.filter((name) => name.endsWith('.energy'));
  throw formatError(
    'ani/no-level',
    { where: `${reader.path}, ${group}` },
    {
      expected: `energies ${level}.energy`,
      found: levels.join(' ') || names.join(' '),
      hint: 'Give the option level: the text before .energy.',
    },
  );
}

function elementsOf(reader: Hdf5Reader, group: string): Int32Array {
  if (reader.has(`${group}/atomic_numbers`)) return readNumbers(reader, `${group}/atomic_numbers`);
  const where = `${reader.path}, ${group}/species`;
  return Int32Array.from(reader.strings(`${group}/species`), (symbol) => {
    try {
      return numberOf(symbol);
    } catch (cause) {
      throw formatError(
        'ani/bad-element',
        { where },
        { expected: 'symbols of elements', found: symbol, hint: 'The file is damaged.', cause },
      );
    }
  });
}
