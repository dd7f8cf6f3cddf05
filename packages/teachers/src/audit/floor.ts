import { type Atoms, type Calculator, Rng } from '@mlffd/core';
import type { AuditEvent } from './auditTeacher.ts';
import { type AuditDepth, checksOf, invalid, named } from './options.ts';
import type { AuditFailure, AuditStructure, FloorAudit } from './report.ts';
import { auditFloor } from './structureChecks.ts';
import { TeacherProbe } from './teacherProbe.ts';
import { rms } from './vectors.ts';

/** Options of `measureFloor`. */
export interface MeasureFloorOptions extends AuditDepth {
  /** Structures of the kind that a student learns from. */
  readonly structures: readonly (Atoms | AuditStructure)[];
  /** Picks coordinates, directions and rotations, default 1. */
  readonly seed?: number;
  readonly onEvent?: (event: AuditEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * What a conservative, equivariant student cannot learn from its teacher, in the units of its
 * errors; the figures are null where the teacher answered for no structure.
 */
export interface TeacherFloor {
  /** Structures that were measured. */
  readonly structures: number;
  readonly calls: number;
  /** Largest |sum of the forces| / N: a student's own forces add up to zero. */
  readonly net_force_meV_A: number | null;
  /** Largest torque of an open structure; null without one. */
  readonly torque_meV: number | null;
  /** Root mean square change of a force component under rotations. */
  readonly rotation_force_meV_A: number | null;
  /** Largest spread of the energy under rotations. */
  readonly rotation_energy_meV_atom: number | null;
  /** Root mean square of F + dE/dr: what energies and forces have no common student for. */
  readonly gradient_error_meV_A: number | null;
  /** Gradient errors of this size are no finding. */
  readonly gradient_resolution_meV_A: number | null;
  /** Largest part of the derivatives of the forces that is no gradient of any energy. */
  readonly curl_part: number | null;
  /** Parts of this size are no finding. */
  readonly curl_part_resolution: number | null;
  readonly failures: readonly AuditFailure[];
}

/**
 * The part of `auditTeacher` that bounds a student's errors, in few calls: 3 + 6 coordinates +
 * 4 directions + rotations for each structure.
 *
 * @throws InvalidArgumentError for options out of range
 * @throws PropertyNotAvailableError for a teacher without energy or forces
 * @throws AbortedError when `signal` fires
 */
export async function measureFloor(
  teacher: Calculator,
  options: MeasureFloorOptions,
): Promise<TeacherFloor> {
  const { seed = 1, onEvent, signal } = options;
  const checks = checksOf(options);
  const structures = options.structures.map(named);
  if (structures.length === 0) throw invalid('structures', 0, 'at least one structure');
  const probe = new TeacherProbe(teacher, signal);
  const found: FloorAudit[] = [];
  const failures: AuditFailure[] = [];
  for (const [k, structure] of structures.entries()) {
    const { name } = structure;
    onEvent?.({ type: 'progress', done: k, total: structures.length, next: name });
    const audit = await probe.attempt(
      () => auditFloor(probe, structure, new Rng(seed, 'floor', k), checks),
      (error) => failures.push({ check: 'structure', structure: name, error }),
    );
    if (audit !== undefined) found.push(audit);
  }
  return { structures: found.length, calls: probe.calls, ...figuresOf(found), failures };
}

function figuresOf(
  found: readonly FloorAudit[],
): Omit<TeacherFloor, 'structures' | 'calls' | 'failures'> {
  const most = (values: readonly number[], unit = 1): number | null =>
    values.length === 0 ? null : unit * Math.max(...values);
  const mean = (values: readonly number[]): number | null =>
    values.length === 0 ? null : 1000 * rms(values);
  return {
    net_force_meV_A: most(
      found.map(({ net_force_eV_A, atoms }) => net_force_eV_A / atoms),
      1000,
    ),
    torque_meV: most(
      found.flatMap(({ torque_eV }) => torque_eV ?? []),
      1000,
    ),
    rotation_force_meV_A: mean(found.map((own) => own.rotation_force_rms_eV_A)),
    rotation_energy_meV_atom: most(
      found.map((own) => own.rotation_energy_spread_eV_atom),
      1000,
    ),
    gradient_error_meV_A: mean(found.map((own) => own.gradient_error_rms_eV_A)),
    gradient_resolution_meV_A: most(
      found.map((own) => own.gradient_resolution_eV_A),
      1000,
    ),
    curl_part: most(found.map((own) => own.curl_part)),
    curl_part_resolution: most(found.map((own) => own.curl_part_resolution)),
  };
}
