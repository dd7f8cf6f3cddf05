import {
  FileFormatError,
  isSymbol,
  numberOf,
  readTextFile,
  symbolOf,
  writeFileAtomic,
} from '@mlffd/core';
import type { Normalization } from './normalization.ts';

type BySymbol = Readonly<Record<string, number>>;

interface NormalizationFile {
  readonly format: 'mlffd-normalization';
  readonly version: 1;
  readonly dataset: string;
  readonly reference_energies_eV: BySymbol;
  readonly given: readonly string[];
  readonly freedom: number;
  readonly rank: number;
  readonly undetermined: readonly (readonly string[])[];
  readonly energy_residual_rms_meV_per_atom: number;
  readonly force_rms_eV_per_A: number;
  readonly force_rms_by_element_eV_per_A: BySymbol;
  readonly mean_neighbors: number;
  readonly cutoff_A: number;
  readonly ridge: number;
  readonly structures: number;
  readonly atoms: number;
  readonly structures_with_energy: number;
  readonly structures_with_forces: number;
  readonly atoms_by_element: BySymbol;
  readonly structures_by_element: BySymbol;
}

const NUMBERS = [
  'freedom',
  'rank',
  'energy_residual_rms_meV_per_atom',
  'force_rms_eV_per_A',
  'mean_neighbors',
  'cutoff_A',
  'ridge',
  'structures',
  'atoms',
  'structures_with_energy',
  'structures_with_forces',
] as const;

const TABLES = [
  'reference_energies_eV',
  'force_rms_by_element_eV_per_A',
  'atoms_by_element',
  'structures_by_element',
] as const;

/**
 * Writes a normalisation as JSON, atomically, with units in the keys and elements by symbol.
 *
 * @throws FileSystemError when the file cannot be written
 */
export function saveNormalization(
  path: string,
  normalization: Normalization,
  dataset: { readonly hash: string },
): void {
  const { counts } = normalization;
  const file: NormalizationFile = {
    format: 'mlffd-normalization',
    version: 1,
    dataset: dataset.hash,
    reference_energies_eV: bySymbol(normalization.referenceEnergies),
    given: normalization.given.map(symbolOf),
    freedom: normalization.freedom,
    rank: normalization.rank,
    undetermined: normalization.undetermined.map((group) => group.map(symbolOf)),
    energy_residual_rms_meV_per_atom: normalization.energyResidual,
    force_rms_eV_per_A: normalization.forceRms,
    force_rms_by_element_eV_per_A: bySymbol(normalization.forceRmsByElement),
    mean_neighbors: normalization.meanNeighbors,
    cutoff_A: normalization.cutoff,
    ridge: normalization.ridge,
    structures: counts.structures,
    atoms: counts.atoms,
    structures_with_energy: counts.energies,
    structures_with_forces: counts.forces,
    atoms_by_element: bySymbol(counts.atomsByElement),
    structures_by_element: bySymbol(counts.structuresByElement),
  };
  writeFileAtomic(path, `${JSON.stringify(file, undefined, 2)}\n`);
}

/**
 * Reads a normalisation; with a dataset, only one that was fitted to it.
 *
 * @throws FileSystemError when the file cannot be read
 * @throws FileFormatError when it is none, or belongs to another dataset
 */
export function loadNormalization(
  path: string,
  dataset?: { readonly hash: string },
): Normalization {
  const file = parse(path);
  if (dataset !== undefined && file.dataset !== dataset.hash) {
    throw new FileFormatError(
      'data/wrong-normalization',
      `${path} is the normalisation of another dataset`,
      {
        expected: `dataset ${dataset.hash}`,
        found: `dataset ${file.dataset}`,
        where: path,
        hint: 'Fit the normalisation to this dataset anew.',
      },
    );
  }
  return {
    referenceEnergies: byNumber(file.reference_energies_eV),
    given: file.given.map(numberOf),
    freedom: file.freedom,
    rank: file.rank,
    undetermined: file.undetermined.map((group) => group.map(numberOf)),
    energyResidual: file.energy_residual_rms_meV_per_atom,
    forceRms: file.force_rms_eV_per_A,
    forceRmsByElement: byNumber(file.force_rms_by_element_eV_per_A),
    meanNeighbors: file.mean_neighbors,
    cutoff: file.cutoff_A,
    ridge: file.ridge,
    counts: {
      structures: file.structures,
      atoms: file.atoms,
      energies: file.structures_with_energy,
      forces: file.structures_with_forces,
      atomsByElement: byNumber(file.atoms_by_element),
      structuresByElement: byNumber(file.structures_by_element),
    },
  };
}

function bySymbol(values: Readonly<Record<number, number>>): BySymbol {
  return Object.fromEntries(Object.entries(values).map(([z, x]) => [symbolOf(Number(z)), x]));
}

function byNumber(values: BySymbol): Record<number, number> {
  return Object.fromEntries(Object.entries(values).map(([symbol, x]) => [numberOf(symbol), x]));
}

function parse(path: string): NormalizationFile {
  const text = readTextFile(path);
  let wrong = 'format';
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) {
      const file = value as Record<string, unknown>;
      const found = wrongKey(file);
      if (found === undefined) return value as NormalizationFile;
      wrong = found;
    }
  } catch {
    // Reported below with the other kinds of a wrong file.
  }
  throw new FileFormatError(
    'data/bad-normalization',
    `${path} is not a normalisation of version 1`,
    {
      expected: 'JSON with format "mlffd-normalization", version 1 and all its keys',
      found: `a missing or wrong ${wrong}`,
      where: path,
      hint: 'Fit the normalisation anew.',
    },
  );
}

function wrongKey(file: Readonly<Record<string, unknown>>): string | undefined {
  if (file.format !== 'mlffd-normalization' || file.version !== 1) return 'format or version';
  if (typeof file.dataset !== 'string') return 'dataset';
  if (!isSymbols(file.given)) return 'given';
  if (!(Array.isArray(file.undetermined) && file.undetermined.every(isSymbols)))
    return 'undetermined';
  return (
    NUMBERS.find((key) => !Number.isFinite(file[key])) ?? TABLES.find((key) => !isTable(file[key]))
  );
}

function isSymbols(value: unknown): boolean {
  return Array.isArray(value) && value.every((x) => typeof x === 'string' && isSymbol(x));
}

function isTable(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([symbol, x]) => isSymbol(symbol) && Number.isFinite(x))
  );
}
