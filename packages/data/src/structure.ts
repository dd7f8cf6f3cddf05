import { stableStringify } from '@mlffd/core';
import type { Atoms, InfoValue, Results } from '@mlffd/core';
import { InvalidStructureError } from './errors.ts';

/** Where a structure comes from. */
export interface StructureMeta {
  /** Unique within a dataset and stable between runs. */
  readonly id: string;
  /**
   * Structures that share ancestry: one trajectory, one rattled parent. A split never tears a group
   * apart.
   */
  readonly group: string;
  /** How it was made: `rattle`, `strain`, `md`, a file name ... */
  readonly source: string;
  /** `id` of the structure that it was made from, where that is known. */
  readonly parent?: string;
  /** Temperature of the thermostat, K, of structures from MD. */
  readonly temperature?: number;
  /** Whatever else is worth knowing about its making: strain, step, seed. */
  readonly details?: Readonly<Record<string, InfoValue>>;
}

/** Labels that came with a structure, for instance from the MD run that made it. */
export interface KnownLabels {
  /** `name` of the calculator that gave them; another teacher's labels are not used. */
  readonly teacher: string;
  readonly results: Results;
}

/** A structure that is to be labelled. */
export interface Structure {
  readonly atoms: Atoms;
  readonly meta: StructureMeta;
  readonly known?: KnownLabels;
}

/** A structure with what the teacher said about it; a label that is absent is not known. */
export interface LabelledStructure {
  readonly atoms: Atoms;
  readonly meta: StructureMeta;
  /** Potential energy, eV. */
  readonly energy?: number;
  /** Forces, eV/Angstrom, 3N values; a store keeps them in float32. */
  readonly forces?: Float64Array;
  /** Stress, eV/Angstrom^3, Voigt xx yy zz yz xz xy, tension positive. */
  readonly stress?: Float64Array;
  /**
   * Energies of the atoms, eV, N values that add up to `energy`. How a teacher deals the energy out
   * is its own choice: these are no observables, but what a student may learn from beside them.
   */
  readonly energies?: Float64Array;
}

/** Properties that a store can hold. */
export type LabelProperty = 'energy' | 'forces' | 'stress' | 'energies';

export const LABEL_PROPERTIES: readonly LabelProperty[] = [
  'energy',
  'forces',
  'stress',
  'energies',
];

// A fixed-length HDF5 string loses trailing blanks and whatever follows a NUL.
const UNSTORABLE = /[\p{Cc}\p{Cs}]|^\s|\s$|^$/u;

/**
 * Checks the texts of a structure before any work is spent on it.
 *
 * @throws InvalidStructureError for an id, group or source that would not come back from a file
 * @throws InvalidArgumentError for `info` or `details` that JSON cannot hold
 */
export function checkRecord({ atoms, meta }: Pick<Structure, 'atoms' | 'meta'>): void {
  for (const key of ['id', 'group', 'source'] as const) {
    const text = meta[key];
    if (!UNSTORABLE.test(text)) continue;
    throw new InvalidStructureError(
      'data/bad-name',
      `the ${key} ${JSON.stringify(text)} cannot be stored`,
      {
        expected: 'a non-empty text without control characters and blanks at either end',
        found: JSON.stringify(text),
        where: `${key} of structure ${JSON.stringify(meta.id)}`,
        hint: `Give the structure another ${key}.`,
      },
    );
  }
  stableStringify(
    [atoms.info, meta.temperature, meta.details].filter((part) => part !== undefined),
  );
}
