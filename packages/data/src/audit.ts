import { closeContacts, compositionRank, duplicates } from './auditGeometry.ts';
import { badValues, forceOutliers, netForces, zeroLabels } from './auditLabels.ts';
import type { AuditCheck, Finding, Severity } from './finding.ts';
import type { LabelledStructure } from './structure.ts';

/** Options of `audit`. */
export interface AuditOptions {
  /** Smallest distance, as a fraction of the sum of the covalent radii; default 0.5. */
  readonly minDistance?: number;
  /** A force above this many times the median of the largest forces is an outlier; default 20. */
  readonly forceFactor?: number;
  /** A net force per atom above this is reported, eV/Angstrom; default 0.01. */
  readonly netForce?: number;
}

/** What an audit gives; `findings` is in order of severity. */
export interface AuditReport {
  readonly structures: number;
  readonly findings: readonly Finding[];
  /** False when there is any error. */
  readonly go: boolean;
}

const ORDER: readonly Severity[] = ['error', 'warning', 'info'];

/**
 * Looks through labelled structures for what spoils a training before it begins: values that are
 * not finite, labels that are all zero, duplicates and contradictions, outliers of the forces,
 * close contacts, compositions that leave reference energies open.
 */
export function audit(
  structures: Iterable<LabelledStructure>,
  options: AuditOptions = {},
): AuditReport {
  const checks: AuditCheck[] = [
    badValues(),
    zeroLabels(),
    duplicates(),
    forceOutliers(options.forceFactor ?? 20),
    netForces(options.netForce ?? 0.01),
    closeContacts(options.minDistance ?? 0.5),
    compositionRank(),
  ];
  let count = 0;
  for (const structure of structures) {
    for (const check of checks) check.see(structure, count);
    count++;
  }
  const findings = checks
    .flatMap((check) => check.findings())
    .sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  return {
    structures: count,
    findings,
    go: !findings.some(({ severity }) => severity === 'error'),
  };
}
