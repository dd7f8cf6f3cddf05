import { formatNumber, markdownTable } from '@mlffd/report';
import type { TeacherAudit } from '@mlffd/teachers';
import { findingsOf, type Finding } from './teacherAuditFindings.ts';

const MARKS = { pass: 'ok', warn: 'look', info: '' } as const;

/** An audit as the terminal shows it. */
export function auditText(audit: TeacherAudit): string {
  const { isolated_atoms: atoms, failures, calls } = audit;
  const findings = findingsOf(audit);
  const table = markdownTable({
    columns: [{ label: 'largest' }, { label: 'measured' }, { label: 'resolution' }, { label: '' }],
    rows: findings.map((finding) => [
      ascii(finding.title),
      measuredText(finding),
      finding.resolution === null ? '' : figure(finding.resolution),
      MARKS[finding.status],
    ]),
  });
  const warnings = findings.filter(({ status }) => status === 'warn');
  return [
    `${audit.teacher}, ${String(calls)} calls`,
    '',
    table,
    '',
    ...warnings.map(({ title, meaning }) => `${ascii(title)}: ${ascii(meaning)}`),
    ...(warnings.length === 0 ? ['Nothing here stands in the way of a student.'] : []),
    '',
    latencyTable(audit),
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

function latencyTable({ latency, structures }: TeacherAudit): string {
  const rows =
    latency.length > 0 ? latency : structures.map((own) => ({ ...own, structure: own.name }));
  return markdownTable({
    columns: [
      { label: 'structure' },
      { label: 'atoms' },
      { label: 'least ms' },
      { label: 'median ms' },
    ],
    rows: rows.map(({ structure, atoms, latency_min_ms, latency_median_ms }) => [
      structure,
      atoms,
      latency_min_ms,
      latency_median_ms,
    ]),
  });
}

function measuredText({ measured, unit }: Finding): string {
  return measured === null ? 'not measured' : `${figure(measured)} ${ascii(unit)}`;
}

/** What is far below anything that matters is written as a bound. */
function figure(value: number): string {
  return value > 0 && value < 1e-3 ? 'below 0.001' : formatNumber(value, { ascii: true });
}

function ascii(text: string): string {
  return text.replaceAll('Å', 'A').replaceAll('−', '-');
}
