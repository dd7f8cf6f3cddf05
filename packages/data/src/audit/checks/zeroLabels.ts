import { LABEL_PROPERTIES } from '../../structure.ts';
import type { LabelProperty } from '../../structure.ts';
import { Concerned } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import type { SourceTable } from '../sourceTable.ts';

/**
 * Labels that are zero throughout, which is how a missing label is often written. A perfect crystal
 * has no forces, hence only a warning where few structures have none.
 */
export function zeroLabels(table: SourceTable): AuditCheck {
  const zero: Record<LabelProperty, Concerned> = {
    energy: new Concerned(table),
    forces: new Concerned(table),
    stress: new Concerned(table),
    energies: new Concerned(table),
  };
  const present: Record<LabelProperty, number> = { energy: 0, forces: 0, stress: 0, energies: 0 };
  return {
    see({ index, structure }) {
      for (const property of LABEL_PROPERTIES) {
        const value = structure[property];
        if (value === undefined) continue;
        present[property]++;
        const values = typeof value === 'number' ? [value] : value;
        // One atom alone has no force by symmetry.
        if (property === 'forces' && values.length === 3) continue;
        if (Array.prototype.every.call(values, (x) => x === 0)) zero[property].add(index);
      }
    },
    findings: () =>
      LABEL_PROPERTIES.flatMap((property) => {
        const { count } = zero[property];
        const verb = property === 'forces' || property === 'energies' ? 'are' : 'is';
        return zero[property].finding({
          check: `zero-${property}`,
          severity: count > present[property] / 2 ? 'error' : 'warning',
          message: `${property} ${verb} exactly zero in ${count} of ${present[property]} structures`,
          fix: 'Look for the key of the label in the source files: a missing label must be left out, not written as zero. Perfect crystals may stay.',
        });
      }),
  };
}
