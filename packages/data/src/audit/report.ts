import type { Finding, Severity } from './finding.ts';

/** What an audit gives, as plain JSON. */
export interface AuditReport {
  readonly structures: number;
  readonly atoms: number;
  /** Symbols, by atomic number. */
  readonly elements: readonly string[];
  /** In order of severity. */
  readonly findings: readonly Finding[];
  /** Number of findings of each severity. */
  readonly counts: Readonly<Record<Severity, number>>;
  /** False when there is any error. */
  readonly go: boolean;
}

export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

/** How `auditText` and `auditExitCode` judge. */
export interface AuditExitOptions {
  /** Warnings are as bad as errors; default false. */
  readonly strict?: boolean;
}

/** Exit code of a program, for CI: 1 when there is an error (strict: or a warning), otherwise 0. */
export function auditExitCode(
  { counts }: Pick<AuditReport, 'counts'>,
  { strict = false }: AuditExitOptions = {},
): 0 | 1 {
  return counts.error > 0 || (strict && counts.warning > 0) ? 1 : 0;
}

/** The report for a terminal. */
export function auditText(report: AuditReport): string {
  const { structures, atoms, elements, findings, counts, go } = report;
  const size = `${structures} structures, ${atoms} atoms of ${elements.join(' ') || 'no elements'}`;
  const number = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const summary =
    findings.length === 0
      ? 'nothing found'
      : `${number(counts.error, 'error')}, ${number(counts.warning, 'warning')}, ${counts.info} to know`;
  return [
    `${go ? 'GO' : 'NO-GO'}: ${summary}`,
    size,
    ...findings.flatMap((finding) => ['', ...linesOf(finding)]),
    '',
  ].join('\n');
}

function linesOf({ check, severity, message, fix, count, indices, sources }: Finding): string[] {
  const more = count > indices.length ? `, ... (${count} in all)` : '';
  return [
    `${severity.toUpperCase()}  ${check}`,
    `  ${message}`,
    ...(count === 0 ? [] : [`  structures: ${indices.join(', ')}${more}`]),
    ...(sources.length === 0
      ? []
      : [`  sources: ${sources.map(({ source, count: n }) => `${source} (${n})`).join(', ')}`]),
    `  fix: ${fix}`,
  ];
}
