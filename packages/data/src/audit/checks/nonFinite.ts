import { Concerned } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import { allFinite } from '../sample.ts';
import type { SourceTable } from '../sourceTable.ts';

/** Positions, cells or labels that are not finite, or of the wrong length. */
export function nonFinite(table: SourceTable): AuditCheck {
  const bad = new Concerned(table);
  const wrong = new Concerned(table);
  return {
    see({ index, structure: { atoms, energy = 0, forces, stress } }) {
      const { positions, cell, numbers } = atoms;
      if (![positions, cell, [energy], forces ?? [], stress ?? []].every(allFinite)) bad.add(index);
      const atomRows = [positions, forces ?? positions];
      const fits = atomRows.every(({ length }) => length === 3 * numbers.length);
      if (!fits || (stress !== undefined && stress.length !== 6)) wrong.add(index);
    },
    findings: () => [
      ...bad.finding({
        check: 'non-finite',
        severity: 'error',
        message: `positions or labels are NaN or infinite in ${bad.count} structures`,
        fix: 'Remove these structures, or label them again; leave a label out where there is none.',
      }),
      ...wrong.finding({
        check: 'wrong-length',
        severity: 'error',
        message: `${wrong.count} structures have labels that do not fit the number of their atoms`,
        fix: 'Give 3 force components for each atom and 6 of the stress (xx yy zz yz xz xy).',
      }),
    ],
  };
}
