import { type Atoms, type Calculator, InvalidArgumentError, Rng, symbolOf } from '@mlffd/core';
import { requirePositive } from '../checks.ts';
import { fingerprintOf } from '../combine/members.ts';
import type {
  AuditFailure,
  AuditStructure,
  AuditSummary,
  CutoffAudit,
  IsolatedAtomAudit,
  SizeConsistencyAudit,
  StructureAudit,
  TeacherAudit,
} from './report.ts';
import { auditStructure, type StructureChecks } from './structureChecks.ts';
import { cutoffJump, farApart, isolatedEnergy, supercell } from './systemChecks.ts';
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

export interface AuditTeacherOptions {
  /** Structures of the kind that the teacher is wanted for; open and periodic ones. */
  readonly structures: readonly (Atoms | AuditStructure)[];
  /** Picks coordinates and rotations, default 1. */
  readonly seed?: number;
  /** Step of the differences, Angstrom, default 0.005; half and twice of it are used,
   * too. Smaller ones drown in the noise of float32. */
  readonly displacement?: number;
  /** Coordinates of each structure that are differentiated, 6 calls each, default 9. */
  readonly coordinates?: number;
  /** Rotations of each structure, default 4. */
  readonly rotations?: number;
  /** Calls of each structure that are timed, default 5. */
  readonly repeats?: number;
  /** Gap between structures that should not feel each other, Angstrom, default 50. */
  readonly separation?: number;
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
 * | `rotation_energy_spread_eV_atom` | (max E - min E) / N over rotations and none |
 * | `rotation_force_*` | R^-1 F(R r) - F(r): rms of components, largest length of an atom |
 * | `size_consistency` | far apart: abs(E(AB) - E(A) - E(B)) / N; supercell: abs(E(2 cells) - 2 E) / N |
 * | `cutoffs` | jumps of energy and force of a dimer at the cutoff, for a teacher that tells it |
 * | `latency_*` | energy and forces of structures that differ by 0.001 Angstrom, one after another |
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
  const { seed = 1, separation = 50, onEvent, signal } = options;
  const checks = checksOf(options);
  requirePositive(separation, 'separation', 'Angstrom');
  const structures = options.structures.map(named);
  if (structures.length === 0) throw invalid('structures', 0, 'at least one structure');
  const probe = new TeacherProbe(teacher, signal);
  const failures: AuditFailure[] = [];
  const isolated: IsolatedAtomAudit[] = [];
  const audited: StructureAudit[] = [];
  const sizes: SizeConsistencyAudit[] = [];
  const cutoffs: CutoffAudit[] = [];
  const tasks: { next: string; run: () => Promise<void> }[] = [];
  const add = <T>(check: string, structure: string, ask: () => Promise<T>, out: T[]): void => {
    const run = async (): Promise<void> => {
      const found = await probe.attempt(ask, (error) => failures.push({ check, structure, error }));
      if (found !== undefined) out.push(found);
    };
    tasks.push({ next: `${check}, ${structure}`, run });
  };
  const elements = [...new Set(structures.flatMap(({ atoms }) => [...atoms.numbers]))].sort(
    (a, b) => a - b,
  );
  for (const z of elements) {
    const run = async (): Promise<void> => {
      isolated.push(await auditAtom(probe, z));
    };
    tasks.push({ next: `isolated atom, ${symbolOf(z)}`, run });
  }
  for (const [k, structure] of structures.entries()) {
    const rng = new Rng(seed, 'audit', k);
    add('structure', structure.name, () => auditStructure(probe, structure, rng, checks), audited);
  }
  for (const [a, b] of neighbors(structures.filter(({ atoms }) => !atoms.pbc.includes(true)))) {
    add('far apart', `${a.name} and ${b.name}`, () => farApart(probe, [a, b], separation), sizes);
  }
  for (const structure of structures.filter(({ atoms }) => atoms.pbc.includes(true))) {
    add('supercell', structure.name, () => supercell(probe, structure), sizes);
  }
  const { cutoff } = teacher;
  for (const pair of cutoff === undefined ? [] : pairsOf(elements)) {
    const name = pair.map((z) => symbolOf(z)).join('-');
    const where = { cutoff: cutoff ?? 0, step: STEP };
    add('cutoff', name, () => cutoffJump(probe, pair, where), cutoffs);
  }
  for (const [done, { next, run }] of tasks.entries()) {
    onEvent?.({ type: 'progress', done, total: tasks.length, next });
    await run();
  }
  return {
    format: 'mlffd-teacher-audit-1',
    teacher: teacher.name,
    fingerprint: fingerprintOf(teacher) ?? null,
    properties: [...teacher.properties],
    cutoff_A: cutoff ?? null,
    seed,
    displacement_A: checks.displacement,
    calls: probe.calls,
    summary: summaryOf(audited, sizes, cutoffs),
    isolated_atoms: isolated,
    structures: audited,
    size_consistency: sizes,
    cutoffs,
    failures,
  };
}

/** Half the way across the cutoff, Angstrom. */
const STEP = 1e-3;
/** Pairs of elements that are moved across the cutoff. */
const MOST_PAIRS = 10;

async function auditAtom(probe: TeacherProbe, z: number): Promise<IsolatedAtomAudit> {
  let error: string | null = null;
  const energy = await probe.attempt(
    () => isolatedEnergy(probe, z),
    (text) => (error = text),
  );
  return { element: symbolOf(z), energy_eV: energy ?? null, error };
}

function summaryOf(
  structures: readonly StructureAudit[],
  sizes: readonly SizeConsistencyAudit[],
  cutoffs: readonly CutoffAudit[],
): AuditSummary {
  return {
    net_force_max_eV_A: worst(structures.map((own) => own.net_force_eV_A)),
    torque_max_eV: worst(structures.flatMap((own) => own.torque_eV ?? [])),
    repeat_force_max_eV_A: worst(structures.map((own) => own.repeat_force_eV_A)),
    gradient_error_max_eV_A: worst(structures.map((own) => own.gradient_error_max_eV_A)),
    gradient_resolution_max_eV_A: worst(structures.map((own) => own.gradient_resolution_eV_A)),
    rotation_energy_max_eV_atom: worst(structures.map((own) => own.rotation_energy_spread_eV_atom)),
    rotation_force_max_eV_A: worst(structures.map((own) => own.rotation_force_max_eV_A)),
    size_consistency_max_eV_atom: worst(sizes.map((own) => own.energy_error_eV_atom)),
    cutoff_energy_jump_max_eV: worst(cutoffs.map((own) => own.energy_jump_eV)),
    cutoff_force_jump_max_eV_A: worst(cutoffs.map((own) => own.force_jump_eV_A)),
  };
}

const worst = (values: readonly number[]): number | null =>
  values.length === 0 ? null : Math.max(...values);

/** Each with the next; one alone with itself. */
function neighbors(open: readonly AuditStructure[]): [AuditStructure, AuditStructure][] {
  if (open.length === 1) return [[open[0], open[0]]];
  return open.slice(1).map((next, k) => [open[k], next]);
}

function pairsOf(elements: readonly number[]): [number, number][] {
  return elements
    .flatMap((a, k) => elements.slice(k).map((b): [number, number] => [a, b]))
    .slice(0, MOST_PAIRS);
}

function checksOf(options: AuditTeacherOptions): StructureChecks {
  const { displacement = 0.005, coordinates = 9, rotations = 4, repeats = 5 } = options;
  requirePositive(displacement, 'displacement', 'Angstrom');
  for (const [name, value] of Object.entries({ coordinates, rotations, repeats })) {
    if (Number.isInteger(value) && value > 0) continue;
    throw invalid(name, value, 'a positive integer');
  }
  return { displacement, coordinates, rotations, repeats };
}

function named(structure: Atoms | AuditStructure, index: number): AuditStructure {
  return 'atoms' in structure ? structure : { name: `structure ${index}`, atoms: structure };
}

function invalid(where: string, value: number, expected: string): InvalidArgumentError {
  return new InvalidArgumentError('teachers/invalid-option', `${where}: ${value}`, {
    expected,
    found: String(value),
    where,
  });
}
