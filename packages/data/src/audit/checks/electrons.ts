import { Concerned } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import type { SourceTable } from '../sourceTable.ts';

/**
 * Charge and spin of finite structures: the number of electrons and of unpaired ones must both be
 * even or both be odd, and a key that only some structures have is one that was lost.
 */
export function electrons(table: SourceTable): AuditCheck {
  const impossible = new Concerned(table);
  const silent = new Concerned(table);
  const uncharged = new Concerned(table);
  let charged = 0;
  return {
    see({ index, structure: { atoms } }) {
      const { numbers, pbc, charge, spin } = atoms;
      if (charge === undefined) uncharged.add(index);
      else if (charge !== 0) charged++;
      if (pbc.includes(true) || !Number.isInteger(charge ?? 0)) return;
      const count = numbers.reduce((sum, z) => sum + z, 0) - (charge ?? 0);
      if (spin === undefined && charge === undefined) {
        if (count % 2 !== 0) silent.add(index);
      } else if (Math.abs(count - (spin ?? 0)) % 2 === 1) {
        impossible.add(index);
      }
    },
    findings: () => [
      ...impossible.finding({
        check: 'spin-parity',
        severity: 'warning',
        message: `${impossible.count} structures have a number of electrons that does not go with their unpaired electrons (spin, 0 unless given)`,
        fix: 'Correct charge and spin: spin is the number of unpaired electrons, not the multiplicity.',
      }),
      ...silent.finding({
        check: 'odd-electrons',
        severity: 'info',
        message: `${silent.count} finite structures have an odd number of electrons, and neither charge nor spin`,
        fix: 'Give charge and spin if these are ions or radicals; without, they are taken for neutral and look like missing or extra hydrogens.',
      }),
      ...(charged === 0
        ? []
        : uncharged.finding({
            check: 'missing-charge',
            severity: 'warning',
            message: `${charged} structures are charged, ${uncharged.count} others say nothing of their charge and are taken for neutral`,
            fix: 'Give the charge of all structures, 0 where they are neutral.',
          })),
    ],
  };
}
