import { Concerned } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import { AUDIT_CUTOFF } from '../sample.ts';
import type { SourceTable } from '../sourceTable.ts';

/** Atoms without any neighbour in reach: something flew apart, or the cell is wrong. */
export function detachedAtoms(table: SourceTable): AuditCheck {
  const concerned = new Concerned(table);
  let atoms = 0;
  return {
    see({ index, list, structure }) {
      const n = structure.atoms.numbers.length;
      if (list === undefined || n < 2) return;
      let alone = 0;
      for (let i = 0; i < n; i++) if (list.offsets[i] === list.offsets[i + 1]) alone++;
      if (alone === 0) return;
      atoms += alone;
      concerned.add(index);
    },
    findings: () =>
      concerned.finding({
        check: 'detached-atom',
        severity: 'info',
        message: `${atoms} atoms of ${concerned.count} structures have no neighbour within ${AUDIT_CUTOFF} A; a student sees them as isolated`,
        fix: 'Keep them if they are dimers or evaporation on purpose; otherwise look for exploded trajectories and for a cell or pbc that was lost.',
      }),
  };
}
