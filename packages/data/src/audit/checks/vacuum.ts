import { Concerned, figure } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import { emptyLayers } from '../emptySpace.ts';
import { hasVolume } from '../sample.ts';
import type { SourceTable } from '../sourceTable.ts';

/** An empty layer that is wider than any interaction, Angstrom. */
const WIDE = 8;

/** Slabs and molecules in a box whose stress is divided by a volume that somebody chose. */
export function vacuum(table: SourceTable): AuditCheck {
  const concerned = new Concerned(table);
  let widest = 0;
  return {
    see({ index, usable, structure: { atoms, stress } }) {
      if (!usable || stress === undefined || !hasVolume(atoms)) return;
      const layer = Math.max(...emptyLayers(atoms));
      if (layer <= WIDE) return;
      widest = Math.max(widest, layer);
      concerned.add(index);
    },
    findings: () =>
      concerned.finding({
        check: 'vacuum-stress',
        severity: 'info',
        message: `${concerned.count} structures with a stress have an empty layer of more than ${WIDE} A (as much as ${figure(widest)} A); such a stress depends on how much vacuum there is`,
        fix: 'Leave the stress of slabs and molecules out; set pbc to false along the vacuum.',
      }),
  };
}
