/** How well values of B agree with those of A; units are those of the values. */
export interface PairFigures {
  readonly count: number;
  readonly mae: number;
  readonly rmse: number;
  readonly max: number;
  /** Mean of B - A. */
  readonly bias: number;
  /** 1 - sum (B - A)^2 / sum (A - mean A)^2; null where A is constant. */
  readonly r2: number | null;
}

/** One of the two, with the times of its calls. */
export interface ComparedTeacher {
  readonly name: string;
  readonly fingerprint: string | null;
  readonly properties: readonly string[];
  /** Structures that it answered for. */
  readonly answered: number;
  readonly failed: number;
  /** Null without an answer. */
  readonly latency_min_ms: number | null;
  readonly latency_median_ms: number | null;
  /** Times over atoms, without the first call. */
  readonly latency_us_atom: number | null;
}

/**
 * Energies per atom after removing one energy per element from each: those of A are fitted to the
 * energies of A, those of B are the same with the fit of the difference added.
 */
export interface EnergyComparison {
  readonly structures: number;
  readonly mae_meV_atom: number;
  readonly rmse_meV_atom: number;
  readonly max_meV_atom: number;
  readonly r2: number | null;
  /** Spearman: 1 where both order the structures alike; null where either is constant. */
  readonly rank_correlation: number | null;
  /** Reference energies that the compositions determine: so many differences are zero by fitting. */
  readonly fitted: number;
  /** Elements of which only combinations are determined, in groups. */
  readonly undetermined: readonly (readonly string[])[];
  /** What the fits removed, by element. */
  readonly references: Readonly<Record<string, { readonly a_eV: number; readonly b_eV: number }>>;
}

/** Differences of forces over a group of atoms; A is the reference. */
export interface ForceFigures {
  readonly atoms: number;
  /** Over components. */
  readonly mae_meV_A: number;
  readonly rmse_meV_A: number;
  readonly max_meV_A: number;
  /** Mean cosine between both, over atoms with |F| of A above 1 meV/Angstrom; null without one. */
  readonly cosine: number | null;
}

export interface ForceComparison extends ForceFigures {
  readonly r2: number | null;
  /** Mean |component| of A. */
  readonly mean_abs_meV_A: number;
  readonly by_element: Readonly<Record<string, ForceFigures>>;
  /** By |F| of A on the atom; empty ranges are left out. */
  readonly by_force: readonly (ForceFigures & {
    readonly low_eV_A: number;
    /** Null for no end. */
    readonly high_eV_A: number | null;
  })[];
}

/** Differences of the six components. */
export interface StressComparison {
  readonly structures: number;
  readonly mae_GPa: number;
  readonly rmse_GPa: number;
  readonly max_GPa: number;
  readonly r2: number | null;
  /** Mean of B - A of a third of the trace: B would hold the cell under so much more tension. */
  readonly tension_bias_GPa: number;
}

/** One structure that both answered for. */
export interface ComparedStructure {
  /** In the list that was given. */
  readonly index: number;
  readonly name: string;
  readonly formula: string;
  readonly atoms: number;
  /** B - A, references removed. */
  readonly energy_difference_meV_atom: number | null;
  readonly force_rmse_meV_A: number | null;
  /** Largest |F_B - F_A| of an atom, and its index. */
  readonly force_max_meV_A: number | null;
  readonly force_max_atom: number | null;
  readonly stress_rmse_GPa: number | null;
}

/** A structure that stands out. */
export interface WorstStructure extends ComparedStructure {
  /** Largest of its differences in units of the root mean square over all structures. */
  readonly times_typical: number;
  readonly why: string;
}

/** A structure that a teacher has no answer for. */
export interface ComparisonFailure {
  readonly index: number;
  readonly name: string;
  readonly teacher: 'a' | 'b';
  readonly error: string;
}

/** Plain data, as it is written to a file: units are part of the names. */
export interface TeacherComparison {
  readonly format: 'mlffd-teacher-comparison-1';
  readonly a: ComparedTeacher;
  readonly b: ComparedTeacher;
  /** Structures that were given, that both were asked about, and that both answered for. */
  readonly given: number;
  readonly asked: number;
  readonly compared: number;
  readonly atoms: number;
  /** Why not all were asked about; null where they were. */
  readonly ended: string | null;
  /** Null where it is not a property of both, or all structures are fitted away. */
  readonly energy: EnergyComparison | null;
  readonly forces: ForceComparison | null;
  readonly stress: StressComparison | null;
  /** Worst first. */
  readonly worst: readonly WorstStructure[];
  readonly structures: readonly ComparedStructure[];
  readonly failures: readonly ComparisonFailure[];
}

/** Values of A and B, one beside the other. */
export interface PairedValues {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** What plots are drawn from. */
export interface ComparisonSeries {
  /** References removed, eV/atom. */
  readonly energies: PairedValues;
  /** Components, eV/Angstrom. */
  readonly forces: PairedValues;
  /** Components, GPa. */
  readonly stresses: PairedValues;
}
