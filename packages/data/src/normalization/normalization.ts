import { symbolOf } from '@mlffd/core';

/** What a student needs to know of its data before training: zero and scale of the labels. */
export interface Normalization {
  /** Energy of an atom, eV by atomic number: fitted, or as given. */
  readonly referenceEnergies: Readonly<Record<number, number>>;
  /** Elements whose energies were given, ascending. */
  readonly given: readonly number[];
  /** Number of energies that were fitted. */
  readonly freedom: number;
  /** How many combinations of them the compositions determine; less than `freedom`: see below. */
  readonly rank: number;
  /** Elements of which only combinations are determined, in groups that depend on each other. */
  readonly undetermined: readonly (readonly number[])[];
  /** Root mean square of energies minus reference energies, meV/atom. */
  readonly energyResidual: number;
  /** Root mean square of the force components, eV/Angstrom; 0 without forces. */
  readonly forceRms: number;
  /** The same by atomic number of the atom. */
  readonly forceRmsByElement: Readonly<Record<number, number>>;
  /** Mean number of neighbours of an atom within the cutoff. */
  readonly meanNeighbors: number;
  /** Angstrom. */
  readonly cutoff: number;
  readonly ridge: number;
  readonly counts: NormalizationCounts;
}

/** What was averaged over. */
export interface NormalizationCounts {
  readonly structures: number;
  readonly atoms: number;
  /** Structures with an energy. */
  readonly energies: number;
  /** Structures with forces. */
  readonly forces: number;
  /** By atomic number. */
  readonly atomsByElement: Readonly<Record<number, number>>;
  /** Structures with the element, by atomic number. */
  readonly structuresByElement: Readonly<Record<number, number>>;
}

/** What is wrong with the reference energies in words; undefined when all are determined. */
export function rankWarning({
  rank,
  freedom,
  undetermined,
}: Pick<Normalization, 'rank' | 'freedom' | 'undetermined'>): string | undefined {
  if (rank === freedom) return undefined;
  const groups = undetermined.map((group) => group.map(symbolOf).join(', ')).join('; ');
  const verb = undetermined.length === 1 ? 'is one group' : 'are groups';
  return `the compositions determine ${rank} of ${freedom} reference energies: ${groups} ${verb} of elements whose amounts never vary freely, so that only combinations of their energies are known`;
}
