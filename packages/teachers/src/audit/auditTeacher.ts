import { type Atoms, type Calculator, type ConformanceTolerances } from '@mlffd/core';
import { requirePositive } from '../checks.ts';
import { fingerprintOf } from '../combine/members.ts';
import { type AuditDepth, checksOf, invalid, named } from './options.ts';
import { planAudit } from './plan.ts';
import type { AuditFailure, AuditStructure, TeacherAudit } from './report.ts';
import { summaryOf } from './summary.ts';
import { TeacherProbe } from './teacherProbe.ts';

/** Told before each part of the work. */
export interface AuditEvent {
  readonly type: 'progress';
  /** Parts done and in all. */
  readonly done: number;
  readonly total: number;
  /** What comes next, in words. */
  readonly next: string;
}

export interface AuditTeacherOptions extends AuditDepth {
  /** Structures of the kind that the teacher is wanted for; open and periodic ones. */
  readonly structures: readonly (Atoms | AuditStructure)[];
  /** Picks coordinates, directions and rotations, default 1. */
  readonly seed?: number;
  /** Calls of each structure that are timed, default 5. */
  readonly repeats?: number;
  /** Gap between structures that should not feel each other, Angstrom, default 50. */
  readonly separation?: number;
  /** Of the conformance suite, default `AUDIT_TOLERANCES`: what float32 keeps to. */
  readonly tolerances?: Partial<ConformanceTolerances>;
  /** Numbers of atoms that calls are timed at, default 3, 22, 100 and 500; none for none. */
  readonly sizes?: readonly number[];
  readonly onEvent?: (event: AuditEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * Measures what no student can be better at than its teacher. With N atoms, energies E and forces F:
 *
 * | key | formula |
 * |---|---|
 * | `isolated_atoms` | E of one atom: the zero that energies count from |
 * | `net_force_eV_A` | length of sum_i F_i; not zero for a teacher that predicts forces directly |
 * | `torque_eV` | length of sum_i (r_i - mean r) x F_i; open structures |
 * | `repeat_*` | the same structure asked twice, others in between: dE / N, max_i of the length of dF_i |
 * | `gradient_error_*` | F_k + dE/dx_k, central differences of sixth order, coordinates at random |
 * | `gradient_resolution_eV_A` | differences of two step sizes apart: errors of that size are no finding |
 * | `curl_*` | u.J.v - v.J.u, J = dF/dr, along pairs of random directions, differences of fourth order |
 * | `curl_part` | norm of (J - J^T) / 2 over the norm of J: what is no gradient of any energy |
 * | `rotation_energy_spread_eV_atom` | (max E - min E) / N over rotations and none |
 * | `rotation_force_*` | R^-1 F(R r) - F(r): rms of components, largest length of an atom |
 * | `size_consistency` | far apart: abs(E(AB) - E(A) - E(B)) / N; supercell: abs(E(2 cells) - 2 E) / N |
 * | `cutoffs` | jumps of energy and force of a dimer at the cutoff, for a teacher that tells it |
 * | `conformance` | `checkCalculator` of core, on the first open and the first periodic structure |
 * | `latency_*` | energy and forces of structures that differ by 0.001 Angstrom, one after another |
 * | `latency` | the same two repeated to other sizes, while a call is expected to take less than 10 s |
 *
 * Open structures are put beside the next open one. Energies that do not return to where they were
 * show as `gradient_error_*`: where F is no gradient, work along a closed path is not zero. A check
 * that the teacher refuses is among `failures`, and the others go on.
 *
 * @throws InvalidArgumentError for options out of range
 * @throws PropertyNotAvailableError for a teacher without energy or forces
 * @throws AbortedError when `signal` fires
 */
export async function auditTeacher(
  teacher: Calculator,
  options: AuditTeacherOptions,
): Promise<TeacherAudit> {
  const { seed = 1, separation = 50, repeats = 5, sizes = SIZES, onEvent, signal } = options;
  const { tolerances = {} } = options;
  const checks = checksOf(options, { repeats, ...sizesOf(sizes) });
  requirePositive(separation, 'separation', 'Angstrom');
  const structures = options.structures.map(named);
  if (structures.length === 0) throw invalid('structures', 0, 'at least one structure');
  const probe = new TeacherProbe(teacher, signal);
  const settings = { checks, seed, separation, repeats, sizes, tolerances };
  const { tasks, findings } = planAudit(probe, structures, settings);
  const failures: AuditFailure[] = [];
  for (const [done, { check, structure, run }] of tasks.entries()) {
    onEvent?.({ type: 'progress', done, total: tasks.length, next: `${check}, ${structure}` });
    await probe.attempt(run, (error) => failures.push({ check, structure, error }));
  }
  return {
    format: 'mlffd-teacher-audit-1',
    teacher: teacher.name,
    fingerprint: fingerprintOf(teacher) ?? null,
    properties: [...teacher.properties],
    cutoff_A: teacher.cutoff ?? null,
    seed,
    displacement_A: checks.displacement,
    calls: probe.calls,
    summary: summaryOf(findings),
    ...findings,
    failures,
  };
}

/** Numbers of atoms that calls are timed at. */
const SIZES: readonly number[] = [3, 22, 100, 500];

function sizesOf(sizes: readonly number[]): Record<string, number> {
  return Object.fromEntries(sizes.map((size, k) => [`sizes, ${k}`, size]));
}
