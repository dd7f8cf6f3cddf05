import { Concerned, figure } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import type { SourceTable } from '../sourceTable.ts';

/**
 * Forces that do not add up to zero: the teacher is not translation invariant.
 *
 * @param limit eV/Angstrom per atom
 */
export function netForces(table: SourceTable, limit: number): AuditCheck {
  const concerned = new Concerned(table);
  let worst = 0;
  return {
    see({ index, structure: { forces } }) {
      if (forces === undefined) return;
      const sum = [0, 0, 0];
      for (let i = 0; i < forces.length; i++) sum[i % 3] += forces[i];
      const perAtom = Math.hypot(...sum) / (forces.length / 3);
      if (!(perAtom > limit)) return;
      concerned.add(index);
      worst = Math.max(worst, perAtom);
    },
    findings: () =>
      concerned.finding({
        check: 'net-force',
        severity: 'info',
        message: `the forces on all atoms of ${concerned.count} structures add up to as much as ${figure(worst)} eV/A per atom; no conservative student can follow`,
        fix: 'Nothing, if the teacher predicts forces directly; otherwise look for constrained or missing atoms, and for external fields.',
      }),
  };
}
