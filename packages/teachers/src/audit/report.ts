import type { Atoms, CheckName } from '@mlffd/core';

/** What a teacher is asked about. */
export interface AuditStructure {
  readonly name: string;
  readonly atoms: Atoms;
}

/** Energy of one atom without neighbours: the zero that the teacher counts from. */
export interface IsolatedAtomAudit {
  readonly element: string;
  /** Null where the teacher refuses. */
  readonly energy_eV: number | null;
  readonly error: string | null;
}

/** What no student can be better at, measured on one structure. Formulas are at `auditTeacher`. */
export interface FloorAudit {
  readonly name: string;
  readonly atoms: number;
  readonly periodic: readonly boolean[];
  readonly energy_eV_atom: number;
  readonly force_rms_eV_A: number;
  readonly force_max_eV_A: number;
  readonly net_force_eV_A: number;
  /** Null for periodic structures. */
  readonly torque_eV: number | null;
  readonly repeat_energy_eV_atom: number;
  readonly repeat_force_eV_A: number;
  readonly gradient_coordinates: number;
  readonly gradient_error_rms_eV_A: number;
  readonly gradient_error_max_eV_A: number;
  /** How far apart differences of two step sizes are: errors of this size are no finding. */
  readonly gradient_resolution_eV_A: number;
  /** Directions in which the forces were differentiated; every two of them are a pair. */
  readonly curl_directions: number;
  readonly curl_rms_eV_A2: number;
  readonly curl_max_eV_A2: number;
  /** How far apart the curls of two step sizes are, rms: a curl of this size is no finding. */
  readonly curl_resolution_eV_A2: number;
  /** Norm of the antisymmetric part of the derivatives of the forces over that of the whole. */
  readonly curl_part: number;
  readonly curl_part_resolution: number;
  readonly rotations: number;
  readonly rotation_energy_spread_eV_atom: number;
  readonly rotation_force_rms_eV_A: number;
  readonly rotation_force_max_eV_A: number;
}

/** What was measured on one structure. */
export interface StructureAudit extends FloorAudit {
  readonly latency_min_ms: number;
  readonly latency_median_ms: number;
}

/** Two structures far apart, or two cells of one, against each by itself. */
export interface SizeConsistencyAudit {
  readonly kind: 'far-apart' | 'supercell';
  readonly structures: readonly string[];
  readonly atoms: number;
  /** Gap between the two, Angstrom; null for a supercell. */
  readonly separation_A: number | null;
  readonly energy_error_eV_atom: number;
  readonly force_error_max_eV_A: number;
}

/** A pair of atoms that crosses the cutoff. */
export interface CutoffAudit {
  readonly elements: readonly [string, string];
  readonly distance_A: number;
  readonly energy_jump_eV: number;
  readonly force_jump_eV_A: number;
  /** The way across; null beyond the first few pairs. */
  readonly curve: CutoffCurve | null;
}

/** Energy and force of a pair on its way across the cutoff. */
export interface CutoffCurve {
  readonly distance_A: readonly number[];
  /** Less the energy at the last distance. */
  readonly energy_eV: readonly number[];
  /** On the second atom, along the pair: positive pushes apart. */
  readonly force_eV_A: readonly number[];
}

/** One check of `checkCalculator` on one structure. */
export interface ConformanceAudit {
  readonly check: CheckName;
  readonly structure: string;
  readonly passed: boolean;
  /** In the unit of the tolerance; null where the check itself failed. */
  readonly measured: number | null;
  readonly tolerance: number;
  /** What was measured, or what went wrong, in words. */
  readonly detail: string;
}

/** Times of calls for energy and forces at one size. */
export interface LatencyAudit {
  /** The structure that was repeated. */
  readonly structure: string;
  readonly atoms: number;
  readonly repeats: number;
  readonly latency_min_ms: number;
  readonly latency_median_ms: number;
}

/** A check that the teacher did not answer. */
export interface AuditFailure {
  readonly check: string;
  readonly structure: string;
  readonly error: string;
}

/** The worst of each kind; null where nothing was measured. */
export interface AuditSummary {
  readonly net_force_max_eV_A: number | null;
  readonly torque_max_eV: number | null;
  readonly repeat_force_max_eV_A: number | null;
  readonly gradient_error_max_eV_A: number | null;
  readonly gradient_resolution_max_eV_A: number | null;
  readonly curl_rms_max_eV_A2: number | null;
  readonly curl_resolution_max_eV_A2: number | null;
  readonly curl_part_max: number | null;
  readonly rotation_energy_max_eV_atom: number | null;
  readonly rotation_force_max_eV_A: number | null;
  readonly size_consistency_max_eV_atom: number | null;
  readonly cutoff_energy_jump_max_eV: number | null;
  readonly cutoff_force_jump_max_eV_A: number | null;
}

/** Plain data, as it is written to a file: units are part of the names. */
export interface TeacherAudit {
  readonly format: 'mlffd-teacher-audit-1';
  readonly teacher: string;
  readonly fingerprint: string | null;
  readonly properties: readonly string[];
  /** Null where the teacher does not tell. */
  readonly cutoff_A: number | null;
  readonly seed: number;
  readonly displacement_A: number;
  /** Evaluations that all this took. */
  readonly calls: number;
  readonly summary: AuditSummary;
  readonly isolated_atoms: readonly IsolatedAtomAudit[];
  readonly structures: readonly StructureAudit[];
  readonly size_consistency: readonly SizeConsistencyAudit[];
  readonly cutoffs: readonly CutoffAudit[];
  readonly conformance: readonly ConformanceAudit[];
  readonly latency: readonly LatencyAudit[];
  readonly failures: readonly AuditFailure[];
}
