import { dirname, resolve } from 'node:path';
import { createAtoms, writeFileAtomic, type Atoms } from '@mlffd/core';
import { readStructures } from '@mlffd/data';
import { markdownTable } from '@mlffd/report';
import {
  auditTeacher,
  startTeacherPool,
  type AuditStructure,
  type AuditSummary,
  type TeacherAudit,
} from '@mlffd/teachers';
import { Display } from '../../terminal/display.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { count } from '../numbers.ts';
import { makeOutputFolder } from '../outputFolder.ts';

interface CheckFlags {
  readonly structures?: string;
  readonly most: string;
  readonly out?: string;
}

/** `mlffd teacher check`: what no student can be better at than its teacher. */
export async function teacherCheckCommand(
  spec: string,
  flags: CheckFlags,
  io: CommandIo,
): Promise<void> {
  const most = count(flags.most, '--most');
  const structures =
    flags.structures === undefined ? EXAMPLES : await structuresOf(flags.structures, most);
  const display = new Display(io);
  const teacher = await startTeacherPool(spec, { copies: 1 });
  try {
    const audit = await auditTeacher(teacher, {
      structures,
      signal: io.signal,
      onEvent: ({ done, total, next }) => {
        const progress = { done, total, unit: 'parts', detail: next };
        display.onEvent({ type: 'progress', stage: 'check', progress });
      },
    });
    display.print(auditText(audit));
    if (flags.out === undefined) return;
    const out = resolve(flags.out);
    makeOutputFolder(dirname(out));
    writeFileAtomic(out, `${JSON.stringify(audit, null, 2)}\n`);
    display.print(`figures  ${out}`);
  } finally {
    display.close();
    await teacher.dispose();
  }
}

async function structuresOf(file: string, most: number): Promise<AuditStructure[]> {
  const frames = await readStructures(file);
  return frames.slice(0, most).map(({ atoms }, k) => ({ name: `frame ${String(k)}`, atoms }));
}

const water: Atoms = createAtoms({
  symbols: ['O', 'H', 'H'],
  positions: [0, 0, 0.12, 0, 0.78, -0.46, 0.03, -0.75, -0.5],
});
const copper: Atoms = createAtoms({
  symbols: ['Cu', 'Cu', 'Cu', 'Cu'],
  positions: [0.05, 0, 0, 0, 1.83, 1.8, 1.8, 0.04, 1.8, 1.8, 1.8, -0.03],
  cell: [3.62, 3.62, 3.62],
  pbc: true,
});
const silicon: Atoms = createAtoms({
  symbols: ['Si', 'Si'],
  positions: [0.04, -0.03, 0.02, 1.36, 1.36, 1.33],
  cell: [0, 2.715, 2.715, 2.715, 0, 2.715, 2.715, 2.715, 0],
  pbc: true,
});

/** A molecule, a metal and a semiconductor, none at rest; what a teacher does not know is reported. */
const EXAMPLES: readonly AuditStructure[] = [
  { name: 'water', atoms: water },
  { name: 'copper', atoms: copper },
  { name: 'silicon', atoms: silicon },
];

const NAMES: Readonly<Record<keyof AuditSummary, string>> = {
  net_force_max_eV_A: 'net force, eV/Angstrom',
  torque_max_eV: 'torque of open structures, eV',
  repeat_force_max_eV_A: 'the same structure again, eV/Angstrom',
  gradient_error_max_eV_A: 'forces against differences of energies, eV/Angstrom',
  gradient_resolution_max_eV_A: 'resolution of that, eV/Angstrom',
  rotation_energy_max_eV_atom: 'energy under rotation, eV/atom',
  rotation_force_max_eV_A: 'forces under rotation, eV/Angstrom',
  size_consistency_max_eV_atom: 'two far apart against each alone, eV/atom',
  cutoff_energy_jump_max_eV: 'energy at the cutoff, eV',
  cutoff_force_jump_max_eV_A: 'forces at the cutoff, eV/Angstrom',
};

function auditText(audit: TeacherAudit): string {
  const { summary, structures, isolated_atoms: atoms, failures, calls } = audit;
  const worst = Object.entries(NAMES).map(([key, name]) => [
    name,
    summary[key as keyof AuditSummary]?.toExponential(1) ?? 'not measured',
  ]);
  const times = structures.map(({ name, atoms: size, latency_min_ms, latency_median_ms }) => [
    name,
    size,
    latency_min_ms,
    latency_median_ms,
  ]);
  return [
    `${audit.teacher}, ${String(calls)} calls`,
    '',
    markdownTable({ columns: [{ label: 'largest error' }, { label: 'measured' }], rows: worst }),
    '',
    markdownTable({
      columns: [
        { label: 'structure' },
        { label: 'atoms' },
        { label: 'least ms' },
        { label: 'median ms' },
      ],
      rows: times,
    }),
    '',
    ...atoms.map(({ element, energy_eV, error }) =>
      energy_eV === null
        ? `isolated ${element}: ${error ?? 'refused'}`
        : `isolated ${element}: ${energy_eV.toFixed(4)} eV`,
    ),
    ...failures.map(
      ({ check, structure, error }) => `not measured: ${check} of ${structure}: ${error}`,
    ),
    '',
  ].join('\n');
}
