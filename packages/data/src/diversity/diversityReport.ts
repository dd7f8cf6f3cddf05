import type { Finding } from '../audit/finding.ts';
import type { Bins, Distribution } from './distribution.ts';
import type { StructureKind } from './structureKind.ts';

/** What is known of one element. */
export interface ElementEntry {
  readonly symbol: string;
  readonly number: number;
  /** Structures that have it. */
  readonly structures: number;
  readonly atoms: number;
  /** Labelled forces on its atoms, eV/Angstrom; null where there are none. */
  readonly forces: { readonly mean: number; readonly max: number } | null;
  /** Atoms by the size of their force, in the order of `FORCE_BUCKETS`. */
  readonly forceBuckets: readonly number[];
  /** Reference energy by least squares, eV; null without energies. */
  readonly reference: number | null;
}

/** How often something with a name occurs. */
export interface Count {
  readonly name: string;
  readonly structures: number;
}

/** Nearest neighbours of two elements, in the sample. */
export interface PairEntry {
  /** Symbols in order of atomic number: `H-O`. */
  readonly pair: string;
  /** Atoms that have the other element within reach. */
  readonly count: number;
  /** Smallest distance, Angstrom. */
  readonly min: number;
  /** Mean distance of the nearest neighbour of the other element, Angstrom. */
  readonly mean: number;
  /** Sum of the covalent radii, Angstrom. */
  readonly covalent: number;
}

/** RMSDs among structures of one formula. */
export interface RmsdGroup {
  readonly formula: string;
  readonly periodic: boolean;
  /** Indices in the dataset. */
  readonly structures: readonly number[];
  /** Angstrom, row by row; null where two structures cannot be compared. */
  readonly matrix: readonly (readonly (number | null)[])[];
  /** Of the pairs; null where none could be compared. */
  readonly median: number | null;
  readonly max: number | null;
}

/** The map of descriptors: two principal components of each structure of the sample. */
export interface DescriptorMap {
  /** Share of the variance of each axis, 0..1. */
  readonly explained: readonly number[];
  /** The three descriptors that each axis follows most; `less` before those that fall along it. */
  readonly axes: readonly (readonly string[])[];
  readonly index: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Of each point: name of its source, its elements, its kind. */
  readonly source: readonly string[];
  readonly system: readonly string[];
  readonly kind: readonly StructureKind[];
}

/** One part of the coverage score. */
export interface CoveragePart {
  readonly name: CoverageName;
  readonly title: string;
  /** 0..1. */
  readonly score: number;
  /** Weight in the score; all weights add up to 1. */
  readonly weight: number;
  /** The number behind it and what it is compared with. */
  readonly explanation: string;
}

/** Names of the parts of the coverage score. */
export type CoverageName =
  | 'elements'
  | 'sizes'
  | 'energies'
  | 'forces'
  | 'temperatures'
  | 'environments'
  | 'uniqueness'
  | 'groups';

/** Something that deserves a look. */
export interface DiversityAlert {
  /** Stable name, e.g. `rare-element`. */
  readonly code: string;
  readonly severity: Finding['severity'];
  readonly message: string;
  /** The numbers in the message. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** What to add next. */
export interface Suggestion {
  /** The part of the score that it would raise. */
  readonly part: CoverageName;
  /** Most that the score can gain by it, 0..1. */
  readonly gain: number;
  readonly text: string;
}

/** One demand of a gate. */
export interface GateCriterion {
  readonly name: string;
  readonly measured: number;
  readonly relation: '>=' | '<=';
  readonly goal: number;
  readonly unit: string;
  readonly holds: boolean;
}

/** Outcome of one gate. */
export interface GateOutcome {
  readonly name: string;
  /** Structures at which it stands. */
  readonly structures: number;
  readonly go: boolean;
  readonly criteria: readonly GateCriterion[];
}

/** Everything that `analyzeDiversity` finds; plain JSON. */
export interface DiversityReport {
  readonly format: 'mlffd-diversity';
  readonly version: 1;
  readonly structures: number;
  readonly atoms: number;
  /** Structures that were to be labelled; the number of structures unless the caller said more. */
  readonly attempted: number;
  /** Structures that have each label, and that have energy and forces. */
  readonly labelled: Readonly<Record<'energy' | 'forces' | 'stress' | 'complete', number>>;
  /** Descriptors, pairs, map and RMSD are of this seeded sample; all else is of all structures. */
  readonly sample: { readonly structures: number; readonly seed: number; readonly text: string };
  readonly elements: readonly ElementEntry[];
  readonly sizes: {
    readonly distribution: Distribution;
    readonly bins: Bins;
    readonly inGoal: number;
  };
  readonly compositions: {
    readonly formulas: number;
    readonly systems: number;
    readonly frequentFormulas: readonly Count[];
    readonly frequentSystems: readonly Count[];
  };
  readonly kinds: Readonly<Record<StructureKind, number>>;
  readonly sources: readonly Count[];
  /** Temperatures that the structures' origin tells, K. */
  readonly temperatures: { readonly distribution: Distribution | null; readonly bins: Bins | null };
  /** Volumes per atom of bulk crystals of one formula: those that differ by 1 % or more are strained. */
  readonly cells: {
    readonly formulas: number;
    readonly strained: number;
    readonly largestSpread: number;
  };
  readonly groups: {
    readonly count: number;
    readonly effective: number;
    readonly largest: Count;
  };
  /** Energies per atom less the reference energies of the elements, eV/atom. */
  readonly energies: {
    readonly distribution: Distribution;
    readonly bins: Bins;
    /** Whether the compositions determine all reference energies. */
    readonly determined: boolean;
  } | null;
  /** |F| of every atom, eV/Angstrom; quantiles are from the bins. */
  readonly forces: {
    readonly distribution: Distribution;
    readonly bins: Bins;
    /** Atoms below 0.1, from 0.1 to 1, above 1 eV/Angstrom. */
    readonly buckets: readonly number[];
  } | null;
  /** Pressure, GPa, compression positive. */
  readonly pressures: { readonly distribution: Distribution; readonly bins: Bins } | null;
  readonly pairs: readonly PairEntry[];
  readonly rmsd: { readonly text: string; readonly groups: readonly RmsdGroup[] };
  readonly map: DescriptorMap;
  readonly distinctness: {
    /** Effective number of different structures in the sample. */
    readonly effective: number;
    /** Share of the sample that nearly repeats another structure of it. */
    readonly nearDuplicates: number;
    /** Share of all structures that repeat another one up to 0.001 Angstrom. */
    readonly duplicates: number;
    /** Directions of descriptor space that the sample fills. */
    readonly dimension: number;
    /** Covering radius of the sample after so many farthest points. */
    readonly covering: readonly { readonly count: number; readonly radius: number }[];
  };
  readonly audit: { readonly errors: number; readonly warnings: number };
  readonly coverage: { readonly score: number; readonly parts: readonly CoveragePart[] };
  readonly alerts: readonly DiversityAlert[];
  readonly suggestions: readonly Suggestion[];
  /** All gates, smallest first; `verdict` is the one that fits the number of structures. */
  readonly gates: readonly GateOutcome[];
  readonly verdict: GateOutcome;
}
