import { Concerned } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import type { SourceTable } from '../sourceTable.ts';
import { judgeValences } from '../valences.ts';

/** Part of the organic structures that must look bare for an error. */
const MOST = 0.5;

/** Organic structures that lost their hydrogens, as in files for viewers and of X-ray structures. */
export function missingHydrogens(table: SourceTable): AuditCheck {
  const bare = new Concerned(table);
  let organic = 0;
  return {
    see({ index, list, structure: { atoms } }) {
      if (list === undefined) return;
      const verdict = judgeValences(atoms.numbers, list);
      if (verdict !== 'inorganic') organic++;
      if (verdict === 'bare') bare.add(index);
    },
    findings: () =>
      bare.finding({
        check: 'missing-hydrogens',
        severity: bare.count >= MOST * organic ? 'error' : 'warning',
        message: `${bare.count} of ${organic} organic structures have no hydrogen, and C, N or O atoms with free valences`,
        fix: 'Export the structures again with explicit hydrogens, or read them from molfiles or SMILES, which adds them; labels of bare structures are those of radicals.',
      }),
  };
}
