import { type ConformanceTolerances, Rng, symbolOf } from '@mlffd/core';
import { auditConformance } from './conformance.ts';
import { callTimes, latencyBySize } from './latency.ts';
import type {
  AuditStructure,
  ConformanceAudit,
  CutoffAudit,
  IsolatedAtomAudit,
  LatencyAudit,
  SizeConsistencyAudit,
  StructureAudit,
} from './report.ts';
import { auditFloor, type StructureChecks } from './structureChecks.ts';
import { cutoffJump, farApart, isolatedEnergy, supercell } from './systemChecks.ts';
import type { TeacherProbe } from './teacherProbe.ts';

/** A part of an audit. */
export interface AuditTask {
  readonly check: string;
  readonly structure: string;
  readonly run: () => Promise<void>;
}

/** Where the parts put what they find. */
export interface AuditFindings {
  readonly isolated_atoms: IsolatedAtomAudit[];
  readonly structures: StructureAudit[];
  readonly size_consistency: SizeConsistencyAudit[];
  readonly cutoffs: CutoffAudit[];
  readonly conformance: ConformanceAudit[];
  readonly latency: LatencyAudit[];
}

export interface AuditSettings {
  readonly checks: StructureChecks;
  readonly seed: number;
  /** Angstrom. */
  readonly separation: number;
  readonly repeats: number;
  readonly sizes: readonly number[];
  readonly tolerances: Partial<ConformanceTolerances>;
}

/** Half the way across the cutoff, Angstrom. */
const STEP = 1e-3;
/** Pairs of elements that are moved across the cutoff, and those whose way is drawn. */
const [MOST_PAIRS, MOST_CURVES] = [10, 3];

/** All parts of an audit in their order. */
export function planAudit(
  probe: TeacherProbe,
  structures: readonly AuditStructure[],
  settings: AuditSettings,
): { readonly tasks: readonly AuditTask[]; readonly findings: AuditFindings } {
  const found: AuditFindings = {
    isolated_atoms: [],
    structures: [],
    size_consistency: [],
    cutoffs: [],
    conformance: [],
    latency: [],
  };
  const elements = [...new Set(structures.flatMap(({ atoms }) => [...atoms.numbers]))].sort(
    (a, b) => a - b,
  );
  const tasks: AuditTask[] = [
    ...elements.map((z) =>
      task('isolated atom', symbolOf(z), found.isolated_atoms, () => auditAtom(probe, z)),
    ),
    ...structures.map((structure, k) =>
      task('structure', structure.name, found.structures, () =>
        auditStructure(probe, structure, { ...settings, rng: new Rng(settings.seed, 'audit', k) }),
      ),
    ),
    ...sizeTasks(probe, structures, { separation: settings.separation, found }),
    ...cutoffTasks(probe, elements, found),
    ...(['open', 'periodic'] as const).flatMap((kind) =>
      exampleTasks(probe, { kind, structures, settings, found }),
    ),
  ];
  return { tasks, findings: found };
}

function task<T>(check: string, structure: string, out: T[], ask: () => Promise<T>): AuditTask {
  const run = async (): Promise<void> => {
    out.push(await ask());
  };
  return { check, structure, run };
}

function sizeTasks(
  probe: TeacherProbe,
  structures: readonly AuditStructure[],
  { separation, found }: { readonly separation: number; readonly found: AuditFindings },
): AuditTask[] {
  const out = found.size_consistency;
  const isPeriodic = ({ atoms }: AuditStructure): boolean => atoms.pbc.includes(true);
  return [
    ...neighbors(structures.filter((structure) => !isPeriodic(structure))).map(([a, b]) =>
      task('far apart', `${a.name} and ${b.name}`, out, () => farApart(probe, [a, b], separation)),
    ),
    ...structures
      .filter(isPeriodic)
      .map((structure) =>
        task('supercell', structure.name, out, () => supercell(probe, structure)),
      ),
  ];
}

function cutoffTasks(
  probe: TeacherProbe,
  elements: readonly number[],
  { cutoffs }: AuditFindings,
): AuditTask[] {
  const { cutoff } = probe.teacher;
  if (cutoff === undefined) return [];
  return pairsOf(elements).map((pair, k) => {
    const name = pair.map((z) => symbolOf(z)).join('-');
    const where = { cutoff, step: STEP, curve: k < MOST_CURVES };
    return task('cutoff', name, cutoffs, () => cutoffJump(probe, pair, where));
  });
}

/** What one structure of a kind is enough for: the first that the teacher has answered for by then. */
function exampleTasks(
  probe: TeacherProbe,
  plan: {
    readonly kind: 'open' | 'periodic';
    readonly structures: readonly AuditStructure[];
    readonly settings: AuditSettings;
    readonly found: AuditFindings;
  },
): AuditTask[] {
  const { kind, structures, settings, found } = plan;
  const candidates = structures.filter(
    ({ atoms }) => atoms.pbc.includes(true) === (kind === 'periodic'),
  );
  if (candidates.length === 0) return [];
  const withExample = (run: (example: AuditStructure) => Promise<void>) => async () => {
    const answered = new Set(found.structures.map(({ name }) => name));
    const example = candidates.find(({ name }) => answered.has(name));
    if (example !== undefined) await run(example);
  };
  const structure = `${kind} structure`;
  return [
    {
      check: 'conformance',
      structure,
      run: withExample(async (example) => {
        found.conformance.push(...(await auditConformance(probe, example, settings)));
      }),
    },
    {
      check: 'latency',
      structure,
      run: withExample((example) =>
        latencyBySize(probe, example, settings, (result) => found.latency.push(result)),
      ),
    },
  ];
}

async function auditAtom(probe: TeacherProbe, z: number): Promise<IsolatedAtomAudit> {
  let error: string | null = null;
  const energy = await probe.attempt(
    () => isolatedEnergy(probe, z),
    (text) => (error = text),
  );
  return { element: symbolOf(z), energy_eV: energy ?? null, error };
}

async function auditStructure(
  probe: TeacherProbe,
  structure: AuditStructure,
  how: { readonly rng: Rng; readonly checks: StructureChecks; readonly repeats: number },
): Promise<StructureAudit> {
  const { latency_min_ms, latency_median_ms } = await callTimes(
    probe,
    structure.atoms,
    how.repeats,
  );
  const floor = await auditFloor(probe, structure, how.rng, how.checks);
  return { ...floor, latency_min_ms, latency_median_ms };
}

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
